"""Importing agencies by code, and finding or making the ones that other files name."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.enrolment.handlers.settings import zone
from services.enrolment.store import people
from services.enrolment.tools.staff import AGENCY_PARENT, TWICE, AgencyLine, code_of, read_agency
from shared.errors import DomainError
from shared.events.enrolment import AgenciesChanged, Agency
from shared.ids import id_of
from shared.imports import ImportOptions, LineState, Report
from shared.outbox import emit
from shared.spreadsheet import Table
from shared.unit import Unit


class NamedAgencies:
    """The agencies of an instance by code and name; the ones that a file names and nobody knows are made."""

    def __init__(self, unit: Unit, instance: str) -> None:
        self._unit = unit
        self._instance = instance
        rows = people.lock_agencies(unit.db, instance)
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
    people.keep_agencies(unit.db, rows)
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
    emit(unit.db, AgenciesChanged(instance=instance, agencies=said))


def import_agencies(unit: Unit, table: Table, options: ImportOptions, *, instance: str) -> Report:
    """Import agencies by code; a parent may stand later in the file, or be known already."""
    people.lock_imports(unit.db)
    people.seed_reference(unit.db, zone(), instance)
    report = Report(kind="agencies", file=options.file.name, unknown=table.unknown)
    known = {row.code: row for row in people.lock_agencies(unit.db, instance)}
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
