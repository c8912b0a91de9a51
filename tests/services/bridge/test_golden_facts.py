"""What the Moodle plugin makes of an event of Moodle is what the bridge can read: both are tried on the same folder."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.bridge.handlers import pushed

FOLDER = Path(__file__).resolve().parents[3] / "plugins" / "moodle" / "golden" / "facts"
TOLD = {path.stem: row for path in sorted(FOLDER.glob("*.json")) if (row := json.loads(path.read_text("utf-8"))["out"])}


@pytest.mark.parametrize("row", TOLD.values(), ids=TOLD.keys())
def test_the_bridge_reads_what_the_plugin_tells(row: dict[str, Any]) -> None:
    if row["type"] in (pushed.USER_CHANGED, pushed.COURSE_CHANGED):
        kept = pushed._other(row)
        name = "nip" if row["type"] == pushed.USER_CHANGED else "course"
        assert kept[name] == row["data"][name]
        return
    fact = pushed.fact_of(row)
    told = (fact.fact_id, fact.nip, fact.course, fact.module or None)
    assert told == (row["id"], row["subject"], row["data"]["course"], row["data"].get("module") or None)
    assert fact.score == (round(row["data"]["score"]) if row["data"].get("score") is not None else None)
