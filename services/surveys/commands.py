"""What surveys adds to the command line: importing instruments."""

import json
from typing import Any

import click

from services.surveys.domain import instrument
from services.surveys.domain.problems import BAD_INSTRUMENT, UNREADABLE
from services.surveys.handlers import instruments
from services.surveys.handlers.settings import settings
from services.surveys.store import instruments as store
from shared.config import DatabaseSettings, read
from shared.db import engine_of
from shared.errors import DomainError
from shared.imports import ImportOptions, LineState, Report, import_options
from shared.unit import Unit, unit_of

_LARGEST = 1024 * 1024


def import_survey(
    unit: Unit, options: ImportOptions, *, code: str | None = None, programme_code: str | None = None
) -> Report:
    """Import one SurveyJS form in this unit. A line of the report is a question; one that can't be carried is named,
    and then nothing is written, whatever the options say: half a form is another form."""
    report = Report(kind="survey", file=options.file.name)
    definition = _definition(options)
    named = definition.get("bangkom", {}) if isinstance(definition.get("bangkom", {}), dict) else {}
    code = code or str(named.get("code") or options.file.stem).lower().replace(" ", "-")[:50]
    programme_code = programme_code or (str(named["programme_code"])[:50] if named.get("programme_code") else None)
    try:
        items = instrument.read(definition, settings().thresholds)
    except DomainError as no:
        report.add(1, LineState.BAD, code, problems=[no])
        return report
    known = store.latest(unit.db, code)
    state = LineState(instruments.state_of(known, definition, programme_code))
    for number, item in enumerate(items, start=1):
        report.add(number, state, f"{item.name}: {item.title[options.language]}")
    if report.may_write(options):
        instruments.keep(unit, code, definition, programme_code)
        report.written = True
    report.extra = {"code": code, "programme_code": programme_code}
    return report


def _definition(options: ImportOptions) -> dict[str, Any]:
    unreadable = UNREADABLE(file=options.file.name)
    if options.file.stat().st_size > _LARGEST:
        raise unreadable
    try:
        found = json.loads(options.file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        raise unreadable from None
    if not isinstance(found, dict):
        raise BAD_INSTRUMENT(place="survey", reason="object")
    return found


commands = click.Group("surveys")


@commands.group("import")
def import_group() -> None:
    """Bring files in."""


@import_group.command("survey")
@click.option("--code", help="What the instrument is called; the file's name without it.")
@click.option("--programme", "programme_code", help="Code of the programme it is for; all without it.")
@import_options
def import_survey_command(options: ImportOptions, code: str | None, programme_code: str | None) -> None:
    """Import an instrument from FILE (SurveyJS JSON)."""
    found = read(DatabaseSettings, "surveys", process="import survey")
    engine = engine_of(found.database_url, name="bangkom import survey")
    with unit_of(engine, "surveys") as unit:
        report = import_survey(unit, options, code=code, programme_code=programme_code)
    report.conclude(options)
