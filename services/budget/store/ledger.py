"""The locked side: lines for update, claims and withdrawals by subject, and what is written under the lock."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from services.budget.domain.ledger import Balance, Claim, Line
from services.budget.store.tables import CLAIM, ENTRY, LINE, WITHDRAWAL
from shared.errors import NotYet

_CLAIM_COLUMNS = [
    CLAIM.c[name]
    for name in (
        "subject_id",
        "attempt",
        "kind",
        "batch_id",
        "line_id",
        "asked",
        "state",
        "code",
        "available",
        "entry_id",
    )
]
_IMPORTING = 0x62756467657401
"""The number of the advisory lock that an import holds."""
_BALANCE_COLUMNS = (LINE.c.original, LINE.c.shifts, LINE.c.amendment, LINE.c.reserved, LINE.c.realised)


def among(column: Column[Any], ids: Iterable[UUID | None]) -> ColumnElement[bool]:
    """`column = ANY (ids)`: one parameter and one statement text however many ids there are."""
    return column == any_(literal(list(set(ids)), ARRAY(Uuid)))


@dataclass(frozen=True)
class Entry:
    """A row for the ledger."""

    entry_id: UUID
    line_id: UUID
    kind: str
    amount: int
    moment: datetime
    document_id: UUID | None = None
    subject: str | None = None
    subject_id: UUID | None = None
    batch_id: UUID | None = None
    attempt: int | None = None


def lock_batch(db: Connection, batch_id: UUID) -> None:
    """Let one transaction at a time work on the money of a batch, before any line is locked: a question and a
    withdrawal that cross see each other even where a batch moved from one line to another.
    """
    db.execute(select(func.pg_advisory_xact_lock(_lock_number(batch_id))))


def lock_lines(db: Connection, line_ids: Iterable[UUID]) -> dict[UUID, Line]:
    """The lines that exist, locked in the order of their ids. Where one is missing while documents are being
    imported, it may be on its way: NotYet, so that a refusal for want of a line can't cross its coming.
    """
    wanted = set(line_ids)
    found = lock_rows(db, wanted)
    if len(found) < len(wanted):
        if not db.scalar(select(func.pg_try_advisory_xact_lock_shared(_IMPORTING))):
            raise NotYet("a budget document is being imported")
        found |= lock_rows(db, wanted - found.keys())
    return found


def lock_imports(db: Connection) -> None:
    """One import of documents at a time, before any line is locked."""
    db.execute(select(func.pg_advisory_xact_lock(_IMPORTING)))


def lock_rows(db: Connection, line_ids: Iterable[UUID]) -> dict[UUID, Line]:
    """The lines that exist, locked in the order of their ids."""
    rows = db.execute(
        select(LINE.c.line_id, LINE.c.year, LINE.c.threshold, *_BALANCE_COLUMNS)
        .where(among(LINE.c.line_id, line_ids))
        .order_by(LINE.c.line_id)
        .with_for_update()
    )
    return {row.line_id: _line(row) for row in rows}


def _line(row: Any) -> Line:
    balance = Balance(row.original, row.shifts, row.amendment, row.reserved, row.realised)
    return Line(row.line_id, row.year, balance, row.threshold)


def _lock_number(line_id: UUID) -> int:
    return int.from_bytes(line_id.bytes[:8], "big", signed=True)


def claims_of(db: Connection, subject_ids: Iterable[UUID]) -> list[Claim]:
    """Everything stored of these subjects' questions."""
    rows = db.execute(
        select(*_CLAIM_COLUMNS)
        .where(among(CLAIM.c.subject_id, subject_ids))
        .order_by(CLAIM.c.subject_id, CLAIM.c.attempt)
    )
    return [Claim(**row._mapping) for row in rows]


def claim_lines(db: Connection, subject_ids: Iterable[UUID]) -> set[UUID]:
    """The lines on which these subjects ever asked."""
    return set(db.scalars(select(CLAIM.c.line_id).where(among(CLAIM.c.subject_id, subject_ids)).distinct()))


def withdrawn_up_to(db: Connection, subject_ids: Iterable[UUID]) -> dict[UUID, int]:
    """The highest attempt up to which each subject was given up."""
    rows = db.execute(
        select(WITHDRAWAL.c.subject_id, func.max(WITHDRAWAL.c.attempt).label("highest"))
        .where(among(WITHDRAWAL.c.subject_id, subject_ids))
        .group_by(WITHDRAWAL.c.subject_id)
    )
    return {row.subject_id: row.highest for row in rows}


def freed_by(db: Connection, subject_ids: Iterable[UUID]) -> dict[tuple[UUID, int], int]:
    """What each stored withdrawal of these subjects freed."""
    rows = db.execute(
        select(WITHDRAWAL.c.subject_id, WITHDRAWAL.c.attempt, WITHDRAWAL.c.freed).where(
            among(WITHDRAWAL.c.subject_id, subject_ids)
        )
    )
    return {(row.subject_id, row.attempt): row.freed for row in rows}


def add_entries(db: Connection, entries: Sequence[Entry]) -> None:
    """Append to the ledger. The line's balances are the caller's to raise, in this transaction."""
    if entries:
        db.execute(insert(ENTRY), [vars(entry) for entry in entries])


def add_claims(db: Connection, claims: Sequence[Claim], now: datetime) -> None:
    """Store answers to questions."""
    if claims:
        db.execute(insert(CLAIM), [vars(claim) | {"since": now} for claim in claims])


def set_state(db: Connection, claims: Sequence[Claim], state: str, now: datetime) -> None:
    """Reserved claims were given back or spent."""
    if claims:
        entry_ids = [claim.entry_id for claim in claims]
        db.execute(update(CLAIM).where(among(CLAIM.c.entry_id, entry_ids)).values(state=state, since=now))


def add_withdrawals(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store that subjects were given up."""
    if rows:
        db.execute(upsert(WITHDRAWAL).on_conflict_do_nothing(), list(rows))


def set_balances(db: Connection, lines: Sequence[Line]) -> None:
    """Write the balances and thresholds of locked lines."""
    if lines:
        db.execute(
            update(LINE).where(LINE.c.line_id == bindparam("of")),
            [{"of": line.line_id, "threshold": line.threshold, **vars(line.balance)} for line in lines],
        )
