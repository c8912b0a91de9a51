"""Reading lines, their entries and a batch's money, each person within their scope."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.budget.domain.ledger import SEAT, STATES, Balance
from services.budget.store import lines as store
from shared.auth import AUDITOR, BUDGET_OFFICER, OPERATOR, TRAINING_OFFICE
from shared.errors import NOT_FOUND
from shared.unit import Unit

READERS = (BUDGET_OFFICER, TRAINING_OFFICE, AUDITOR, OPERATOR)
"""Who sees lines: for the agencies for which they hold the role."""


def scope(unit: Unit) -> store.Agencies:
    """The agencies whose lines the person may read; None means all."""
    seen: set[UUID] = set()
    for role in READERS:
        agencies = unit.by.agencies(role)
        if agencies is None:
            return None
        seen |= agencies
    return seen


def lines(
    unit: Unit, year: int | None, agency_id: UUID | None, search: str | None, after: UUID | None, limit: int
) -> dict[str, Any]:
    """A page of the lines in scope."""
    rows = store.page_of_lines(
        unit.db, scope(unit), year=year, agency_id=agency_id, search=search, after=after, limit=limit + 1
    )
    return _page([_line(row) for row in rows], "line_id", limit)


def line(unit: Unit, line_id: UUID) -> dict[str, Any]:
    """One line in scope."""
    row = store.line(unit.db, scope(unit), line_id)
    if row is None:
        raise NOT_FOUND()
    return _line(row)


def entries(unit: Unit, line_id: UUID, after: UUID | None, limit: int) -> dict[str, Any]:
    """A page of the entries of a line in scope."""
    line(unit, line_id)
    rows = store.page_of_entries(unit.db, line_id, after=after, limit=limit + 1)
    return _page([_entry(row) for row in rows], "entry_id", limit)


def batch_money(unit: Unit, batch_id: UUID) -> dict[str, Any]:
    """What a batch holds, spent, gave back and was refused, over the lines in scope; zero where nothing was asked."""
    rows = [_batch_line(row) for row in store.money_of_batch(unit.db, scope(unit), batch_id)]
    return {
        "batch_id": batch_id,
        **{state: sum(row[state] for row in rows) for state in STATES},
        "seats": {state: sum(row["seats"][state] for row in rows) for state in STATES},
        "lines": rows,
    }


def _line(row: Any) -> dict[str, Any]:
    balance = Balance(row.original, row.shifts, row.amendment, row.reserved, row.realised)
    return dict(row._mapping) | {
        "remaining": balance.remaining,
        "absorption_percent": balance.absorption_percent,
    }


def _entry(row: Any) -> dict[str, Any]:
    return dict(row._mapping) | {
        "seat_id": row.subject_id if row.subject == SEAT else None,
        "document": f"{row.document_kind.upper()} {row.document_number}" if row.document_kind else None,
    }


def _batch_line(row: Any) -> dict[str, Any]:
    seats = {state: int(getattr(row, f"seats_{state}")) for state in STATES}
    return dict(row._mapping) | {state: int(getattr(row, state)) for state in STATES} | {"seats": seats}


def _page(rows: Sequence[dict[str, Any]], key: str, limit: int) -> dict[str, Any]:
    return {"items": rows[:limit], "next": rows[limit - 1][key] if len(rows) > limit else None}
