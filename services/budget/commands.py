"""What budget adds to the command line: importing a budget document."""

import os
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from services.budget.domain.documents import DOCUMENTS, DPA, Change
from services.budget.domain.problems import REPEATED_ROW
from services.budget.handlers import documents
from services.budget.handlers.documents import Paper, Row, Weighed, Weighing
from services.budget.tools.amounts import readable
from services.budget.tools.papers import ALIASES, REQUIRED, read_line, subject
from shared import clock
from shared.config import DatabaseSettings, read
from shared.db import engine_of
from shared.imports import ImportOptions, LineState, Report, import_options, progress
from shared.spreadsheet import Line, read_table
from shared.unit import Unit, unit_of

_BUDGET = {"id": "pagu", "en": "budget"}


def import_budget(
    unit: Unit, options: ImportOptions, paper: Paper, *, instance: str, year: int | None = None
) -> Report:
    """Import the lines of one document in this unit. Nothing is written where a line is bad, unless bad ones are
    skipped, nor on a dry run. `instance` and `year` hold for lines that name none.
    """
    table = read_table(options.file, ALIASES, options.mapping)
    table.require(*REQUIRED)
    report = Report(kind="budget", file=options.file.name, unknown=table.unknown)
    with progress(options.file.name, 2 * len(table.lines), quiet=options.as_json) as advance:
        rows = _read(report, table.lines, instance, year, advance)
        weighings = documents.weigh(unit, paper, rows)
        for weighing in weighings:
            for one in weighing.rows:
                _tell(report, one, options.language)
                advance(1)
        report.lines.sort(key=lambda line: line.number)
        report.extra = _totals(paper, weighings)
        if report.may_write(options):
            for weighing in weighings:
                documents.book(unit, paper, weighing)
            report.written = True
    return report


def _read(
    report: Report, lines: Sequence[Line], instance: str, year: int | None, advance: Callable[[int], None]
) -> list[Row]:
    """The good rows; the bad ones are reported."""
    rows: list[Row] = []
    first: dict[UUID, int] = {}
    for line in lines:
        advance(1)
        found = read_line(line.values, instance, str(year or ""))
        problems = list(line.problems)
        if isinstance(found, list):
            problems += found
        elif not problems:
            row = Row(line.number, found)
            if row.line_id in first:
                problems.append(REPEATED_ROW(row=first[row.line_id]))
            else:
                first[row.line_id] = line.number
                rows.append(row)
        if problems:
            report.add(line.number, LineState.BAD, subject(line.values), problems=problems)
            advance(1)
    return rows


def _tell(report: Report, one: Weighed, language: str) -> None:
    codes = one.row.codes
    about = f"{codes.agency_code} {codes.sub_activity} {codes.account} {codes.fund}"
    if not isinstance(one.result, Change):
        report.add(one.row.number, LineState.BAD, about, problems=[one.result])
        return
    change = one.result
    state = LineState.NEW if one.new else LineState.CHANGED if change.difference else LineState.SAME
    changes = []
    if state is not LineState.SAME:
        sign = "+" if change.difference >= 0 else ""
        moved = f"{readable(change.before)} -> {readable(change.after)} ({sign}{readable(change.difference)})"
        changes.append(f"{_BUDGET[language]} {moved}")
    report.add(one.row.number, state, about, changes=changes)


def _totals(paper: Paper, weighings: Sequence[Weighing]) -> dict[str, Any]:
    """What the document does as a whole, and to each line; before and after are of the lines it names."""
    good = [(one, one.result) for each in weighings for one in each.rows if isinstance(one.result, Change)]
    return {
        "document": paper.kind,
        "date": paper.dated.isoformat(),
        "numbers": sorted({each.number for each in weighings}),
        "before": sum(change.before for _, change in good),
        "after": sum(change.after for _, change in good),
        "difference": sum(change.difference for _, change in good),
        "differences": [
            {
                "line": one.row.number,
                "line_id": str(one.row.line_id),
                "before": change.before,
                "after": change.after,
                "difference": change.difference,
            }
            for one, change in good
            if change.difference or one.new
        ],
    }


commands = click.Group("budget")


@commands.group("import")
def import_group() -> None:
    """Bring files in."""


@import_group.command("budget")
@click.option("--document", type=click.Choice(DOCUMENTS), default=DPA, show_default=True, help="What kind it is.")
@click.option("--number", callback=lambda _context, _option, value: _number(value), help="The document's own number.")
@click.option("--date", "dated", type=click.DateTime(["%Y-%m-%d"]), help="The document's date; today without it.")
@click.option(
    "--instance",
    envvar="BANGKOM_INSTANCE",
    default="12.73",
    show_default=True,
    help="Code of the city or province, for lines that name none.",
)
@click.option("--year", type=click.IntRange(2000, 2100), help="Fiscal year, for lines that name none.")
@import_options
def import_budget_command(
    options: ImportOptions,
    document: str,
    number: str | None,
    dated: datetime | None,
    instance: str,
    year: int | None,
) -> None:
    """Import the lines of a budget document from FILE (CSV or XLSX)."""
    settings = read(DatabaseSettings, "budget", process="import budget")
    engine = engine_of(settings.database_url, name="bangkom import budget")
    paper = Paper(document, dated.date() if dated else _today(), number)
    try:
        with unit_of(engine, "budget") as unit:
            report = import_budget(unit, options, paper, instance=instance, year=year)
    finally:
        engine.dispose()
    report.conclude(options)


def _number(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z ./-]{0,79}", value):
        raise click.BadParameter("letters, digits, dots, slashes and dashes, at most 80")
    return value


def _today() -> date:
    """In the city's own zone: BANGKOM_TIME_ZONE, as everywhere."""
    return clock.now().astimezone(ZoneInfo(os.environ.get("BANGKOM_TIME_ZONE", "Asia/Jakarta"))).date()
