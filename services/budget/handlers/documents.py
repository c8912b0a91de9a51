"""Importing a budget document: weigh every row against the lines as they stand, then book the differences.

Both happen in one unit: `weigh` locks what `book` writes. A document never changes what it said of a line, so the
same file again changes nothing; a row that was left out as bad the first time may follow later under the same number.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.budget.domain.codes import Codes
from services.budget.domain.documents import Change, change
from services.budget.domain.ledger import Balance, Line
from services.budget.domain.problems import DOCUMENT_DIFFERS
from services.budget.handlers.claims import Book
from services.budget.store import documents as store
from services.budget.store.ledger import Entry, lock_imports, lock_rows
from services.budget.tools.papers import Read
from shared.errors import DomainError
from shared.ids import id_of, new_id
from shared.unit import Unit


@dataclass(frozen=True)
class Paper:
    """A document as people know it. Without a number it is known by what it says."""

    kind: str
    dated: date
    number: str | None = None


@dataclass(frozen=True)
class Row:
    """One line of a document: `number` as in the file; the amount is its whole budget after the document."""

    number: int
    read: Read

    @property
    def codes(self) -> Codes:
        return self.read.codes

    @property
    def amount(self) -> int:
        return self.read.amount

    @property
    def line_id(self) -> UUID:
        return line_id(self.codes)


@dataclass(frozen=True)
class Weighed:
    """What a row would do: a change, or the reason why not. `known` where the document said it before."""

    row: Row
    result: Change | DomainError
    new: bool = False
    known: bool = False


@dataclass(frozen=True)
class Weighing:
    """All rows of one institution and year, weighed under lock."""

    instance: str
    year: int
    number: str
    document_id: UUID | None
    lines: dict[UUID, Line]
    rows: tuple[Weighed, ...]


def line_id(codes: Codes) -> UUID:
    """The id of a line, the same for ever and everywhere."""
    return id_of("line", codes.instance, codes.year, codes.agency_code, codes.sub_activity, codes.account, codes.fund)


def weigh(unit: Unit, paper: Paper, rows: Sequence[Row]) -> list[Weighing]:
    """What the rows would change, by institution and year. Locks the lines until the unit ends."""
    lock_imports(unit.db)
    lines = lock_rows(unit.db, [row.line_id for row in rows])
    groups: dict[tuple[str, int], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.codes.instance, row.codes.year), []).append(row)
    return [_weighing(unit, paper, instance, year, groups[instance, year], lines) for instance, year in sorted(groups)]


def _weighing(
    unit: Unit, paper: Paper, instance: str, year: int, rows: Sequence[Row], lines: dict[UUID, Line]
) -> Weighing:
    number = paper.number or _number(rows)
    stored = store.document(unit.db, instance, year, paper.kind, number)
    said = store.amounts_of(unit.db, stored.document_id) if stored else {}
    dated = stored.dated if stored else paper.dated
    newest = store.newest_dates(unit.db, [row.line_id for row in rows])
    weighed = []
    for row in rows:
        line = lines.get(row.line_id)
        balance = line.balance if line else Balance()
        before = said.get(row.line_id)
        if before is None:
            result = change(paper.kind, dated, row.amount, balance, newest.get(row.line_id))
            weighed.append(Weighed(row, result, new=line is None))
        elif before == row.amount:
            weighed.append(Weighed(row, Change(None, balance.effective, balance.effective), known=True))
        else:
            weighed.append(Weighed(row, DOCUMENT_DIFFERS(kind=paper.kind.upper(), number=number)))
    own = {row.line_id: lines[row.line_id] for row in rows if row.line_id in lines}
    return Weighing(instance, year, number, stored.document_id if stored else None, own, tuple(weighed))


def _number(rows: Sequence[Row]) -> str:
    said = sorted(f"{row.line_id} {row.amount}" for row in rows)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def book(unit: Unit, paper: Paper, weighing: Weighing) -> None:
    """Write what a weighing found good: new lines, the document, its entries, the balances."""
    good = [one for one in weighing.rows if isinstance(one.result, Change) and not one.known]
    if not good:
        return
    document_id = weighing.document_id or new_id()
    new = [one.row for one in good if one.new]
    names = store.agency_names(unit.db, weighing.instance, {row.codes.agency_code for row in new})
    store.add_lines(unit.db, [_line(unit, row, names) for row in new])
    if weighing.document_id is None:
        store.add_document(
            unit.db,
            {
                "document_id": document_id,
                "instance": weighing.instance,
                "year": weighing.year,
                "kind": paper.kind,
                "number": weighing.number,
                "dated": paper.dated,
                "imported_by": unit.by.id,
                "moment": unit.now,
            },
        )
    store.add_amounts(unit.db, document_id, {one.row.line_id: one.row.amount for one in good})
    lines = weighing.lines | {row.line_id: Line(row.line_id, weighing.year, Balance(), 0) for row in new}
    entries = Book(unit, lines)
    for one in good:
        if isinstance(one.result, Change) and one.result.entry_kind is not None:
            entries.post(
                Entry(
                    entry_id=new_id(),
                    line_id=one.row.line_id,
                    kind=one.result.entry_kind,
                    amount=one.result.difference,
                    moment=unit.now,
                    document_id=document_id,
                )
            )
    entries.close()


def _line(unit: Unit, row: Row, agency_names: dict[str, str]) -> dict[str, object]:
    return {
        "line_id": row.line_id,
        **vars(row.codes),
        "agency_name": row.read.agency_name or agency_names.get(row.codes.agency_code) or row.codes.agency_code,
        "sub_activity_name": row.read.sub_activity_name,
        "account_name": row.read.account_name,
        "name": row.read.name,
        "since": unit.now,
    }
