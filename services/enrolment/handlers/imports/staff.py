"""Importing people by NIP, with the agencies and supervisors that their lines name."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.enrolment.domain.completion import local_day
from services.enrolment.domain.nip import mask_nip
from services.enrolment.domain.people import ACTIVE
from services.enrolment.handlers.imports.agencies import NamedAgencies
from services.enrolment.handlers.settings import zone
from services.enrolment.store import people
from services.enrolment.tools.staff import SUPERVISOR, TWICE, StaffLine, read_staff
from shared.errors import DomainError
from shared.events.enrolment import PeopleChanged, Person
from shared.ids import new_id
from shared.imports import ImportOptions, LineState, Report
from shared.outbox import emit
from shared.spreadsheet import Line, Table
from shared.unit import Unit

_SAID = ("nip", "name", "email", "standing", "agency_id", "merged_into")
_COLUMNS = ("name", "email", "username", "standing", "agency_id", "unit", "grade", "position", "position_kind")
_DEFAULTS = {
    "email": "",
    "username": "",
    "standing": ACTIVE,
    "unit": "",
    "grade": "",
    "position": "",
    "position_kind": "",
}

Progress = Callable[[int], None]


def _quiet(done: int) -> None:
    """Nobody watches."""


@dataclass
class _Plan:
    """What is to be written of one good line."""

    line: Line
    staff: StaffLine
    agency_id: UUID
    before: Any
    person_id: UUID


def import_staff(
    unit: Unit,
    table: Table,
    options: ImportOptions,
    *,
    instance: str,
    agency: str | None = None,
    progress: Progress = _quiet,
) -> Report:
    """Import people by NIP. Agencies that the file names and nobody knows are made. A supervisor may stand later in the
    file, or be known already. A column that the file does not have leaves what is known as it is."""
    people.lock_imports(unit.db)
    people.seed_reference(unit.db, zone(), instance)
    report = Report(kind="staff", file=options.file.name, unknown=table.unknown)
    good, bad = _read(table, _today(unit), agency, progress)
    known = people.lock_by_nip(
        unit.db,
        {staff.nip.digits for _, staff in good} | {staff.supervisor_nip for _, staff in good if staff.supervisor_nip},
    )
    good, cut = _with_supervisors(good, known)
    bad.update(cut)
    agencies = NamedAgencies(unit, instance)
    plans = [
        _Plan(
            line,
            staff,
            agencies.of(staff.agency_code, staff.agency_name),
            before := known.get(staff.nip.digits),
            before.person_id if before is not None else new_id(),
        )
        for line, staff in good
    ]
    ids = {nip: row.person_id for nip, row in known.items()} | {plan.staff.nip.digits: plan.person_id for plan in plans}
    rows = [(plan, *_row(plan, ids)) for plan in plans]
    told = {plan.line.number: (plan, changes) for plan, _, changes in rows}
    for line in table.lines:
        if line.number in bad:
            report.add(line.number, LineState.BAD, _subject(line), problems=bad[line.number])
        else:
            plan, changes = told[line.number]
            state = LineState.NEW if plan.before is None else LineState.CHANGED if changes else LineState.SAME
            subject = f"{mask_nip(plan.staff.nip.digits)} {plan.staff.given['name']}"
            report.add(line.number, state, subject, changes=changes if plan.before is not None else ())
    report.extra = {"agencies_made": len(agencies.made)}
    if report.may_write(options):
        agencies.write()
        _write_people(unit, [row for plan, row, _ in rows if plan.before is None], rows)
        report.written = True
    return report


def _today(unit: Unit) -> Any:
    return local_day(unit.now, zone())


def _read(
    table: Table, today: Any, agency: str | None, progress: Progress
) -> tuple[list[tuple[Line, StaffLine]], dict[int, list[DomainError]]]:
    good: list[tuple[Line, StaffLine]] = []
    bad: dict[int, list[DomainError]] = {}
    seen: dict[str, int] = {}
    for number, line in enumerate(table.lines, start=1):
        read = read_staff(line.values, today, agency)
        if isinstance(read, list):
            bad[line.number] = [*line.problems, *read]
        elif line.problems:
            bad[line.number] = list(line.problems)
        elif read.nip.digits in seen:
            bad[line.number] = [TWICE(line=seen[read.nip.digits])]
        else:
            seen[read.nip.digits] = line.number
            good.append((line, read))
        if number % 100 == 0:
            progress(100)
    progress(len(table.lines) % 100)
    return good, bad


def _with_supervisors(
    good: list[tuple[Line, StaffLine]], known: Mapping[str, Any]
) -> tuple[list[tuple[Line, StaffLine]], dict[int, list[DomainError]]]:
    """Lines whose supervisor is known or comes in a good line; a line that is cut may cut those below it."""
    bad: dict[int, list[DomainError]] = {}
    while True:
        there = {staff.nip.digits for _, staff in good}
        cut = [
            line
            for line, staff in good
            if staff.supervisor_nip is not None
            and staff.supervisor_nip not in there
            and staff.supervisor_nip not in known
        ]
        if not cut:
            return good, bad
        bad.update({line.number: [SUPERVISOR()] for line in cut})
        good = [(line, staff) for line, staff in good if line.number not in bad]


def _subject(line: Line) -> str:
    """What a bad line is known by; its number is masked whatever it is."""
    nip = line.values.get("nip") or line.values.get("username", "")
    name = line.values.get("name") or " ".join(
        part for part in (line.values.get("firstname", ""), line.values.get("lastname", "")) if part
    )
    return f"{mask_nip(nip[:18])} {name[:80]}".strip()


def _row(plan: _Plan, ids: Mapping[str, UUID]) -> tuple[dict[str, Any], list[str]]:
    """The person's row as it shall be, and the columns in which it differs from before."""
    staff, before = plan.staff, plan.before
    wanted: dict[str, Any] = {**staff.given, "agency_id": plan.agency_id}
    if staff.names_supervisor:
        wanted["supervisor_id"] = ids[staff.supervisor_nip] if staff.supervisor_nip else None
    if before is None:
        new = {"person_id": plan.person_id, "nip": staff.nip.digits, "status": staff.nip.status, "rev": 1}
        return {**_DEFAULTS, "supervisor_id": None, **wanted, **new}, []
    changes = [name for name, value in wanted.items() if getattr(before, name) != value]
    kept = {name: getattr(before, name) for name in (*_COLUMNS, "supervisor_id", "nip")}
    return {**kept, **wanted, "person_id": plan.person_id, "rev": before.rev + 1}, changes


def _write_people(
    unit: Unit, new: Sequence[Mapping[str, Any]], rows: Sequence[tuple[_Plan, dict[str, Any], list[str]]]
) -> None:
    changed = [(row, changes) for plan, row, changes in rows if plan.before is not None and changes]
    people.add_people(unit.db, new)
    people.change_people(unit.db, [row for row, _ in changed], (*_COLUMNS, "supervisor_id"))
    said = [*new, *(row for row, changes in changed if set(changes) & set(_SAID))]
    by_agency: dict[UUID, list[Person]] = defaultdict(list)
    for row in said:
        by_agency[row["agency_id"]].append(
            Person(
                person_id=row["person_id"],
                rev=row["rev"],
                nip=row["nip"],
                name=row["name"],
                email=row["email"],
                standing=row["standing"],
                agency_id=row["agency_id"],
            )
        )
    for agency_id, persons in sorted(by_agency.items()):
        emit(unit.db, PeopleChanged(agency_id=agency_id, people=tuple(persons)))
