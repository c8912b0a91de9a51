"""What enrolment adds to the command line: importing people, agencies and reference data."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

from services.enrolment.handlers import imports
from services.enrolment.handlers.settings import instance as own_instance
from services.enrolment.handlers.settings import zone
from services.enrolment.store import people
from services.enrolment.tools.staff import AGENCY_ALIASES, STAFF_ALIASES
from shared.config import DatabaseSettings, read
from shared.db import engine_of
from shared.imports import ImportOptions, import_options, progress
from shared.spreadsheet import read_table
from shared.unit import Unit, unit_of

commands = click.Group("enrolment")


@commands.group("import")
def import_group() -> None:
    """Bring files in."""


@contextmanager
def _unit(process: str) -> Iterator[Unit]:
    settings = read(DatabaseSettings, "enrolment", process=process)
    engine = engine_of(settings.database_url, name=f"bangkom {process}")
    try:
        with unit_of(engine, "enrolment") as unit:
            yield unit
    finally:
        engine.dispose()


_instance = click.option("--instance", help="Code of the city or province; BANGKOM_INSTANCE without it.")


@import_group.command("staff")
@click.option("--agency-column", metavar="HEADER", help="The header of the column with the agency's code or name.")
@click.option("--agency", metavar="CODE", help="The agency of lines that name none.")
@_instance
@import_options
def import_staff_command(
    options: ImportOptions, agency_column: str | None, agency: str | None, instance: str | None
) -> None:
    """Import staff from FILE: CSV or XLSX, in Moodle's uploaduser columns or with a header of one's own."""
    mapping = dict(options.mapping)
    if agency_column:
        mapping[agency_column] = "agency_code"
    table = read_table(options.file, STAFF_ALIASES, mapping)
    with (
        _unit("import staff") as unit,
        progress(options.file.name, len(table.lines), quiet=options.as_json) as advance,
    ):
        report = imports.import_staff(
            unit, table, options, instance=instance or own_instance(), agency=agency, progress=advance
        )
    report.conclude(options)


@import_group.command("agencies")
@_instance
@import_options
def import_agencies_command(options: ImportOptions, instance: str | None) -> None:
    """Import agencies from FILE: code, name and the code of the parent."""
    table = read_table(options.file, AGENCY_ALIASES, options.mapping)
    table.require("code", "name")
    with _unit("import agencies") as unit:
        report = imports.import_agencies(unit, table, options, instance=instance or own_instance())
    report.conclude(options)


@import_group.command("reference")
@_instance
def import_reference_command(instance: str | None) -> None:
    """Store the reference data that enrolment needs (JP targets, the instance); what is there stays."""
    with _unit("import reference") as unit:
        added = people.seed_reference(unit.db, zone(), instance or own_instance())
    click.echo(f"{added}")
