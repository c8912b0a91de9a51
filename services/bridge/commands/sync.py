"""`bangkom lms sync`: enrolments and completions on both sides compared, and mended where asked."""

import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from sqlalchemy import Engine, Row

from services.bridge.commands.opened import asked, connector_of, opened, site_of, unit
from services.bridge.commands.sites import harmless
from services.bridge.contract import Capability, Connector, Page
from services.bridge.domain import NOT_CAPABLE
from services.bridge.handlers.comparisons import mended, note_drift
from services.bridge.handlers.drift import Drift, compare_completions, compare_roster, mend
from services.bridge.store import facts

MOST_PAGES = 10_000
COLUMNS = {
    "missing": "Hilang / missing",
    "left": "Tertinggal / left over",
    "outside": "Di luar / outside",
    "unreported": "Belum dilaporkan / unreported",
    "strangers": "Bukan milik kita / not ours",
}


@click.command("sync")
@click.argument("code")
@click.option("--course", "courses", multiple=True, help="Only this course; may be repeated.")
@click.option("--fix", is_flag=True, help="Mend what differs: by calls to the LMS and by events.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def sync(code: str, courses: tuple[str, ...], fix: bool, as_json: bool) -> None:
    """Compare who is enrolled and who completed what in the LMS CODE with what Bangkom knows; 1 where they differ and
    nothing was mended."""
    engine = opened("lms sync")
    with unit(engine) as made:
        site = site_of(made, code)
        names = list(courses) or facts.courses_of(made.db, code)
    connector = connector_of(site)
    if not connector.capabilities & (Capability.ROSTER | Capability.COMPLETION):
        raise click.ClickException(NOT_CAPABLE().sentence())
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(code, total=len(names))
        drifts = []
        for name in names:
            drifts.append(_course(engine, site, connector, name, fix))
            progress.advance(task)
    rows = [{"course": drift.course, **{name: _count(drift, name) for name in COLUMNS}} for drift in drifts]
    if as_json:
        click.echo(json.dumps({"site": code, "fixed": fix, "courses": rows}))
    else:
        table = Table("Kursus / course", *COLUMNS.values(), box=None)
        for row in rows:
            table.add_row(*(Text(harmless(str(word))) for word in row.values()))
        Console().print(table)
    sys.exit(1 if any(drift.found for drift in drifts) and not fix else 0)


def _course(engine: Engine, site: Row[Any], connector: Connector, course: str, fix: bool) -> Drift:
    drift = Drift(course)
    if Capability.ROSTER in connector.capabilities:
        roster = [row for page in _pages(partial(connector.roster, course)) for row in page]
        with unit(engine) as made:
            drift = compare_roster(made, site, course, roster)
            note_drift(made, site.code, drift)
    if Capability.COMPLETION in connector.capabilities:
        for page in _pages(partial(connector.completion, course)):
            with unit(engine) as made:
                drift.unreported += compare_completions(made, site, course, page)
    if fix and drift.found:
        with unit(engine) as made:
            mend(made, site, drift)
            mended(made, site.code, course)
    return drift


def _pages(read: Callable[[int], Page[Any]]) -> Iterator[list[Any]]:
    after = 0
    for _ in range(MOST_PAGES):
        page = asked(partial(read, after))
        yield list(page.rows)
        after = page.next
        if not after:
            return


def _count(drift: Drift, name: str) -> int:
    found = getattr(drift, name)
    return found if isinstance(found, int) else len(found)
