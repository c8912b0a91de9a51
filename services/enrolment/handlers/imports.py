"""Importing people and agencies: nothing is written where a line is bad, a line that changes nothing says nothing."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.enrolment.domain.completion import local_day
from services.enrolment.domain.nip import mask_nip
from services.enrolment.domain.people import ACTIVE
from services.enrolment.handlers.settings import zone
from services.enrolment.store import people
from services.enrolment.tools.staff import (
    AGENCY_PARENT,
    SUPERVISOR,
    TWICE,
    AgencyLine,
    StaffLine,
    code_of,
    read_agency,
    read_staff,
)
from shared.errors import DomainError
from shared.events.enrolment import AgenciesChanged, Agency, PeopleChanged, Person
from shared.ids import id_of, new_id
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
    people.lock_imports(unit.session)
    people.seed_reference(unit.session, zone(), instance)
    report = Report(kind="staff", file=options.file.name, unknown=table.unknown)
    good, bad = _read(table, _today(unit), agency, progress)
    known = people.lock_by_nip(
        unit.session,
        {staff.nip.digits for _, staff in good} | {staff.supervisor_nip for _, staff in good if staff.supervisor_nip},
    )
    good, cut = _with_supervisors(good, known)
    bad.update(cut)
    agencies = _Agencies(unit, instance)
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
    people.add_people(unit.session, new)
    people.change_people(unit.session, [row for row, _ in changed], (*_COLUMNS, "supervisor_id"))
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
        emit(unit.session, PeopleChanged(agency_id=agency_id, people=tuple(persons)))


class _Agencies:
    """The agencies of an instance by code and name; the ones that a file names and nobody knows are made."""

    def __init__(self, unit: Unit, instance: str) -> None:
        self._unit = unit
        self._instance = instance
        rows = people.lock_agencies(unit.session, instance)
        self._by_code: dict[str, UUID] = {row.code.casefold(): row.agency_id for row in rows}
        self._by_name: dict[str, UUID] = {row.name.casefold(): row.agency_id for row in rows}
        self.made: list[dict[str, Any]] = []

    def of(self, code: str | None, name: str | None) -> UUID:
        """The agency with this code, else with this name, else a new one."""
        found = self._by_code.get(code.casefold()) if code else self._by_name.get((name or "").casefold())
        if found is None and not code and name:
            code = code_of(name)
            found = self._by_code.get(code.casefold())
        if found is not None:
            return found
        code = code or code_of(name or "")
        agency_id = id_of("agency", self._instance, code)
        self.made.append(
            {
                "agency_id": agency_id,
                "rev": 1,
                "instance": self._instance,
                "code": code,
                "name": name or code,
                "parent_id": None,
            }
        )
        self._by_code[code.casefold()] = agency_id
        if name:
            self._by_name.setdefault(name.casefold(), agency_id)
        return agency_id

    def write(self) -> None:
        write_agencies(self._unit, self._instance, self.made)


def write_agencies(unit: Unit, instance: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store agencies and say that they changed."""
    people.keep_agencies(unit.session, rows)
    said = tuple(
        Agency(
            agency_id=row["agency_id"],
            rev=row["rev"],
            code=row["code"],
            name=row["name"],
            parent_id=row["parent_id"],
        )
        for row in rows
    )
    emit(unit.session, AgenciesChanged(instance=instance, agencies=said))


def import_agencies(unit: Unit, table: Table, options: ImportOptions, *, instance: str) -> Report:
    """Import agencies by code; a parent may stand later in the file, or be known already."""
    people.lock_imports(unit.session)
    people.seed_reference(unit.session, zone(), instance)
    report = Report(kind="agencies", file=options.file.name, unknown=table.unknown)
    known = {row.code: row for row in people.lock_agencies(unit.session, instance)}
    good, bad = _read_agencies(table)
    good, cut = _with_parents(good, known)
    bad.update(cut)
    ids = {code: row.agency_id for code, row in known.items()}
    ids |= {read.code: ids.get(read.code) or id_of("agency", instance, read.code) for read in good.values()}
    rows = []
    for line in table.lines:
        if line.number in bad:
            report.add(line.number, LineState.BAD, line.values.get("code", "")[:50], problems=bad[line.number])
            continue
        read = good[line.number]
        before = known.get(read.code)
        parent_id = ids[read.parent_code] if read.parent_code else None
        if not read.names_parent and before is not None:
            parent_id = before.parent_id
        changes = (
            [name for name, value in (("name", read.name), ("parent_id", parent_id)) if getattr(before, name) != value]
            if before is not None
            else []
        )
        state = LineState.NEW if before is None else LineState.CHANGED if changes else LineState.SAME
        report.add(line.number, state, f"{read.code} {read.name}", changes=changes)
        if state is not LineState.SAME:
            rows.append(
                {
                    "agency_id": ids[read.code],
                    "rev": before.rev + 1 if before is not None else 1,
                    "instance": instance,
                    "code": read.code,
                    "name": read.name,
                    "parent_id": parent_id,
                }
            )
    if report.may_write(options):
        write_agencies(unit, instance, _parents_first(rows))
        report.written = True
    return report


def _read_agencies(table: Table) -> tuple[dict[int, AgencyLine], dict[int, list[DomainError]]]:
    good: dict[int, AgencyLine] = {}
    bad: dict[int, list[DomainError]] = {}
    seen: dict[str, int] = {}
    for line in table.lines:
        read = read_agency(line.values)
        if isinstance(read, list):
            bad[line.number] = [*line.problems, *read]
        elif line.problems:
            bad[line.number] = list(line.problems)
        elif read.code in seen:
            bad[line.number] = [TWICE(line=seen[read.code])]
        else:
            seen[read.code] = line.number
            good[line.number] = read
    return good, bad


def _with_parents(
    good: dict[int, AgencyLine], known: Mapping[str, Any]
) -> tuple[dict[int, AgencyLine], dict[int, list[DomainError]]]:
    bad: dict[int, list[DomainError]] = {}
    by_id = {row.agency_id: row.code for row in known.values()}
    while True:
        above = {code: by_id.get(row.parent_id) for code, row in known.items()}
        above |= {read.code: read.parent_code for read in good.values() if read.names_parent or read.code not in known}
        cut = {number: read for number, read in good.items() if read.parent_code and _broken(read.code, above)}
        if not cut:
            return good, bad
        bad.update({number: [AGENCY_PARENT(code=read.parent_code)] for number, read in cut.items()})
        good = {number: read for number, read in good.items() if number not in bad}


def _broken(code: str, above: Mapping[str, str | None]) -> bool:
    """Whether the way up from an agency ends nowhere or goes round."""
    seen = {code}
    at = above.get(code)
    while at is not None:
        if at in seen or at not in above:
            return True
        seen.add(at)
        at = above[at]
    return False


def _parents_first(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows in an order in which each parent that is among them comes before its children."""
    waiting = {row["agency_id"]: row for row in rows}
    ordered: list[Mapping[str, Any]] = []
    while waiting:
        ready = [row for row in waiting.values() if row["parent_id"] not in waiting]
        ordered += ready
        waiting = {agency_id: row for agency_id, row in waiting.items() if row not in ready}
    return ordered
