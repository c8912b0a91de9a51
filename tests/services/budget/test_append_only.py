"""What the database itself refuses."""

import pytest
from sqlalchemy import Table, delete, insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.budget.store.tables import DOCUMENT, DOCUMENT_LINE, ENTRY
from shared.ids import new_id
from tests.services.budget.givens import SOON, a_line, entries
from tests.town import Town


@pytest.mark.parametrize("table", [ENTRY, DOCUMENT, DOCUMENT_LINE], ids=lambda table: table.name)
def test_the_ledger_and_the_documents_can_only_grow(town: Town, table: Table) -> None:
    a_line(town, 100)
    for statement in (delete(table), update(table).values({"document_id": new_id()})):
        with pytest.raises(DBAPIError, match="append-only"), town.unit("budget") as unit:
            unit.db.execute(statement)


@pytest.mark.parametrize("change", ["reserved = 101", "realised = 101", "amendment = -101", "reserved = -1"])
def test_a_line_can_not_be_oversold_by_any_statement(town: Town, change: str) -> None:
    a_line(town, 100)
    with pytest.raises(IntegrityError), town.unit("budget") as unit:
        unit.db.execute(text(f"UPDATE line SET {change}"))


@pytest.mark.parametrize("kind", ["reserve", "release", "realise"])
def test_a_seat_has_each_kind_of_entry_once_an_attempt(town: Town, kind: str) -> None:
    line_id, seat = a_line(town, 100), new_id()
    one = {
        "line_id": line_id,
        "kind": kind,
        "amount": 1,
        "subject": "seat",
        "subject_id": seat,
        "batch_id": new_id(),
        "attempt": 1,
        "moment": SOON,
    }
    with town.unit("budget") as unit:
        unit.db.execute(insert(ENTRY).values(entry_id=new_id(), **one))
    with pytest.raises(IntegrityError), town.unit("budget") as unit:
        unit.db.execute(insert(ENTRY).values(entry_id=new_id(), **one))
    assert [entry.kind for entry in entries(town, line_id)] == ["original", kind]
