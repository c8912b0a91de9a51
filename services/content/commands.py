"""What content adds to the command line: importing programmes."""

from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import click
from marshmallow import ValidationError

from services.content.domain.programmes import PREREQUISITE_CYCLE, requires
from services.content.handlers import programmes
from services.content.schemas import DefinitionIn
from services.content.tools import definition_of, read_programmes
from shared.config import DatabaseSettings, read
from shared.db import engine_of
from shared.errors import DomainError, problem
from shared.imports import ImportOptions, LineState, Report, import_options, progress
from shared.unit import Unit, unit_of
from shared.web.reading import mistyped, unstorable

NOT_A_PROGRAMME = problem(
    "content.not_a_programme",
    422,
    "Isian {field}: {why}",
    "Field {field}: {why}",
)
TWICE = problem(
    "content.programme_twice",
    422,
    "Kode {code} ada dua kali dalam berkas ini.",
    "Code {code} is in this file twice.",
)
MOST_PROGRAMMES = 2000
TOO_MANY_PROGRAMMES = problem(
    "content.too_many_programmes",
    422,
    "Berkas berisi lebih dari {most} program.",
    "The file holds more than {most} programmes.",
)


def import_programmes(unit: Unit, file: Path, options: ImportOptions, publishing: bool) -> Report:
    """Import the programmes of a file in this unit; with --dry-run or where bad lines forbid it nothing stays
    written."""
    report = Report(kind="programmes", file=file.name)
    found = read_programmes(file)
    if len(found) > MOST_PROGRAMMES:
        raise TOO_MANY_PROGRAMMES(most=MOST_PROGRAMMES)
    good = _checked(report, found)
    # Everything is tried under a savepoint, also for a dry run: what the report says is what would have happened.
    trial = unit.db.begin_nested()
    with progress("programmes", len(good), quiet=options.as_json) as advance:
        for number, data in _in_order(report, good):
            _bring_in(unit, report, number, data, publishing)
            advance(1)
    report.lines.sort(key=lambda line: line.number)
    if report.may_write(options):
        trial.commit()
        report.written = True
    else:
        trial.rollback()
    return report


def _checked(report: Report, found: list[Any]) -> list[tuple[int, dict[str, Any]]]:
    good: list[tuple[int, dict[str, Any]]] = []
    codes: set[str] = set()
    for number, data in enumerate(found, 1):
        subject = _sayable(data.get("code", ""))[:40] if isinstance(data, dict) else ""
        try:
            wrong = [*unstorable(data), *(mistyped(data, DefinitionIn()) if isinstance(data, dict) else ())]
            if wrong:
                raise ValidationError({".".join(map(_sayable, way)) or "-": [why] for way, why in wrong})
            loaded = DefinitionIn().load(data)
        except ValidationError as error:
            report.add(number, LineState.BAD, subject, problems=_problems(error.messages))
            continue
        if loaded["code"] in codes:
            report.add(number, LineState.BAD, subject, problems=[TWICE(code=loaded["code"])])
            continue
        codes.add(loaded["code"])
        good.append((number, loaded))
    return good


def _in_order(report: Report, good: list[tuple[int, dict[str, Any]]]) -> list[tuple[int, dict[str, Any]]]:
    """Prerequisites before what requires them; definitions that require themselves through others are bad."""
    graph = {data["code"]: data["prerequisites"] for _, data in good}
    by_code: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, data in good:
        circle = next((code for code in data["prerequisites"] if requires(code, data["code"], graph)), None)
        if circle is None:
            by_code[data["code"]] = number, data
        else:
            no = PREREQUISITE_CYCLE(prerequisite=circle)
            report.add(number, LineState.BAD, data["code"], problems=[no])
    order = TopologicalSorter({code: [one for one in graph[code] if one in by_code] for code in by_code})
    return [by_code[code] for code in order.static_order()]


def _bring_in(unit: Unit, report: Report, number: int, data: dict[str, Any], publishing: bool) -> None:
    file = definition_of(data)
    try:
        with unit.db.begin_nested():
            done = programmes.import_one(unit, file, lambda current: definition_of(data, current), publishing)
    except DomainError as no:
        report.add(number, LineState.BAD, file.code, problems=[no])
    else:
        report.add(number, LineState(done.state), file.code, changes=done.changes)


def _sayable(word: object) -> str:
    """A word of the file that can be printed, whatever is in it."""
    return str(word).encode("utf-8", "replace").decode().replace("\0", "?")


def _problems(messages: Any, path: str = "") -> list[DomainError]:
    if isinstance(messages, dict):
        return [no for name, deeper in messages.items() for no in _problems(deeper, f"{path}.{name}".lstrip("."))][:20]
    return [NOT_A_PROGRAMME(field=_sayable(path) or "-", why=str(one)) for one in list(messages)[:3]]


COMMANDS = click.Group("content")


@COMMANDS.group("import")
def import_group() -> None:
    """Bring files in."""


@import_group.command("programmes")
@click.option("--publish", "publishing", is_flag=True, help="Publish what is new or changed.")
@import_options
def import_programmes_command(options: ImportOptions, publishing: bool) -> None:
    """Import programme definitions from a JSON FILE."""
    engine = engine_of(read(DatabaseSettings, "content", process="import programmes").database_url)
    with unit_of(engine, "content") as unit:
        report = import_programmes(unit, options.file, options, publishing)
    report.conclude(options)
