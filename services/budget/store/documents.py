"""Documents and the lines they set."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from services.budget.store.ledger import among
from services.budget.store.tables import AGENCY, DOCUMENT, DOCUMENT_LINE, LINE


def document(db: Connection, instance: str, year: int, kind: str, number: str) -> Any | None:
    """A document by what people know it by."""
    return db.execute(
        select(*DOCUMENT.c).where(
            DOCUMENT.c.instance == instance,
            DOCUMENT.c.year == year,
            DOCUMENT.c.kind == kind,
            DOCUMENT.c.number == number,
        )
    ).one_or_none()


def amounts_of(db: Connection, document_id: UUID) -> dict[UUID, int]:
    """What a document says of each line."""
    rows = db.execute(
        select(DOCUMENT_LINE.c.line_id, DOCUMENT_LINE.c.amount).where(DOCUMENT_LINE.c.document_id == document_id)
    )
    return {row.line_id: row.amount for row in rows}


def newest_dates(db: Connection, line_ids: Collection[UUID]) -> dict[UUID, date]:
    """The date of the newest document that set each line; plans (RKA) set nothing."""
    rows = db.execute(
        select(DOCUMENT_LINE.c.line_id, func.max(DOCUMENT.c.dated).label("newest"))
        .join(DOCUMENT, DOCUMENT.c.document_id == DOCUMENT_LINE.c.document_id)
        .where(among(DOCUMENT_LINE.c.line_id, line_ids), DOCUMENT.c.kind != "rka")
        .group_by(DOCUMENT_LINE.c.line_id)
    )
    return {row.line_id: row.newest for row in rows}


def agency_names(db: Connection, instance: str, codes: Collection[str]) -> dict[str, str]:
    """The names of agencies that enrolment told us of, by code."""
    rows = db.execute(
        select(AGENCY.c.code, AGENCY.c.name).where(AGENCY.c.instance == instance, AGENCY.c.code.in_(codes))
    )
    return {row.code: row.name for row in rows}


def add_lines(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """New lines, with nothing on them yet."""
    if rows:
        db.execute(insert(LINE), list(rows))


def add_document(db: Connection, row: Mapping[str, Any]) -> None:
    """A document; its lines follow."""
    db.execute(insert(DOCUMENT).values(**row))


def add_amounts(db: Connection, document_id: UUID, amounts: Mapping[UUID, int]) -> None:
    """What a document says of lines; once said, it stays."""
    if amounts:
        rows = [
            {"document_id": document_id, "line_id": line_id, "amount": amount} for line_id, amount in amounts.items()
        ]
        db.execute(insert(DOCUMENT_LINE), rows)
