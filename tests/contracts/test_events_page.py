"""docs/events.md says exactly what the code says."""

import re
from pathlib import Path

from shared.events import CATALOGUE
from tests.town import WITH_DATA, service_named

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (?P<name>[a-z]+\.[a-z_]+) \| (?P<says>[^|]+) \| (?P<heard>[^|]+) \|$", re.MULTILINE)


def rows() -> dict[str, set[str]]:
    page = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    return {
        f"bangkom.{row['name']}.v1": {name.strip() for name in row["heard"].split(",") if name.strip() != "-"}
        for row in ROW.finditer(page)
    }


def test_every_event_of_the_code_stands_on_the_page_and_no_other() -> None:
    for name in WITH_DATA:
        service_named(name)
    assert set(rows()) == set(CATALOGUE)


def test_each_event_is_heard_by_the_services_that_the_page_names() -> None:
    heard: dict[str, set[str]] = {kind: set() for kind in rows()}
    for name in WITH_DATA:
        for event in service_named(name).subscriptions:
            heard[event.TYPE].add(name)
    assert heard == rows()
