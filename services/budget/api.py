"""The HTTP door: lines, their entries, a batch's money. Reading only; what changes money comes as events or
documents.
"""

from typing import Any
from uuid import UUID

from services.budget.handlers import views
from services.budget.schemas import BatchMoneyView, EntriesView, EntryFilters, LineFilters, LinesView, LineView
from shared.unit import Unit
from shared.web import Door

door = Door("lines", "Budget lines, their ledger, the money of a batch")


@door.query("/v1/lines", roles=views.READERS, filters=LineFilters, answer=LinesView)
def list_lines(unit: Unit, filters: dict[str, Any]) -> Any:
    """Lines in scope, in the order of their first import."""
    return views.lines(unit, **filters)


@door.query("/v1/lines/<uuid:line_id>", roles=views.READERS, answer=LineView)
def show_line(unit: Unit, line_id: UUID) -> Any:
    """One line with its balances."""
    return views.line(unit, line_id)


@door.query("/v1/lines/<uuid:line_id>/entries", roles=views.READERS, filters=EntryFilters, answer=EntriesView)
def list_entries(unit: Unit, line_id: UUID, filters: dict[str, Any]) -> Any:
    """The ledger of a line, oldest entry first."""
    return views.entries(unit, line_id, **filters)


@door.query("/v1/batches/<uuid:batch_id>/money", roles=views.READERS, answer=BatchMoneyView)
def show_batch_money(unit: Unit, batch_id: UUID) -> Any:
    """What a batch holds, has spent, gave back and was refused, by line."""
    return views.batch_money(unit, batch_id)
