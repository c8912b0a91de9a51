"""What an auditor reads: every claim and line as facts, and the sums of the ledger compared with what the rows say."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

from services.budget.domain.ledger import (
    AMENDMENT,
    EVERY_ATTEMPT,
    ORIGINAL,
    REALISE,
    REALISED,
    RELEASE,
    RELEASED,
    RESERVE,
    RESERVED,
    SHIFT,
)
from services.budget.store.ledger import among
from services.budget.store.tables import CLAIM, ENTRY, LINE, WITHDRAWAL

_SLICE = 1000


def claims(db: Connection) -> Iterator[Any]:
    """Every claim, with whether its subject was given up since."""
    given_up = exists().where(WITHDRAWAL.c.subject_id == CLAIM.c.subject_id, WITHDRAWAL.c.attempt >= CLAIM.c.attempt)
    return _streamed(db, select(*CLAIM.c, given_up.label("given_up")).order_by(CLAIM.c.subject_id, CLAIM.c.attempt))


def withdrawals_without_claim(db: Connection) -> Iterator[Any]:
    """What was given up without ever having been asked for."""
    asked = exists().where(
        CLAIM.c.subject_id == WITHDRAWAL.c.subject_id,
        or_(CLAIM.c.attempt == WITHDRAWAL.c.attempt, WITHDRAWAL.c.attempt == EVERY_ATTEMPT),
    )
    return _streamed(db, select(*WITHDRAWAL.c).where(~asked).order_by(WITHDRAWAL.c.subject_id))


def lines(db: Connection) -> Iterator[Any]:
    """Every line beside the sums of its ledger, named `ledger_<kind>`."""
    sums = (
        select(
            ENTRY.c.line_id,
            *(
                func.coalesce(func.sum(ENTRY.c.amount).filter(ENTRY.c.kind == kind), 0).label(f"ledger_{kind}")
                for kind in (ORIGINAL, SHIFT, AMENDMENT, RESERVE, RELEASE, REALISE)
            ),
        )
        .group_by(ENTRY.c.line_id)
        .subquery()
    )
    columns = [func.coalesce(column, 0).label(name) for name, column in sums.c.items() if name != "line_id"]
    joined = LINE.outerjoin(sums, sums.c.line_id == LINE.c.line_id)
    return _streamed(db, select(*LINE.c, *columns).select_from(joined).order_by(LINE.c.line_id))


def claims_against_ledger(db: Connection) -> Iterator[Any]:
    """Claims whose entries don't say what their state says: one reserve and, once settled, one release or realise."""

    def booked(kind: str) -> ColumnElement[int]:
        return func.coalesce(func.sum(ENTRY.c.amount).filter(ENTRY.c.kind == kind), -1)

    sums = (
        select(
            ENTRY.c.subject_id,
            ENTRY.c.attempt,
            booked(RESERVE).label("reserve"),
            booked(RELEASE).label("release"),
            booked(REALISE).label("realise"),
        )
        .where(ENTRY.c.subject_id.is_not(None))
        .group_by(ENTRY.c.subject_id, ENTRY.c.attempt)
        .subquery()
    )
    same = and_(sums.c.subject_id == CLAIM.c.subject_id, sums.c.attempt == CLAIM.c.attempt)

    def wanted(*states: str) -> ColumnElement[int]:
        return case((CLAIM.c.state.in_(states), CLAIM.c.asked), else_=-1)

    wrong = or_(
        func.coalesce(sums.c.reserve, -1) != wanted(RESERVED, RELEASED, REALISED),
        func.coalesce(sums.c.release, -1) != wanted(RELEASED),
        func.coalesce(sums.c.realise, -1) != wanted(REALISED),
    )
    return _streamed(
        db,
        select(CLAIM.c.subject_id, CLAIM.c.attempt, CLAIM.c.kind, CLAIM.c.line_id, CLAIM.c.state)
        .select_from(CLAIM.outerjoin(sums, same))
        .where(wrong),
    )


def withdrawals(db: Connection, kind: str, subject_ids: Iterable[UUID]) -> list[Any]:
    """The withdrawals of these subjects, in the order of their attempts."""
    return list(
        db.execute(
            select(*WITHDRAWAL.c)
            .where(WITHDRAWAL.c.kind == kind, among(WITHDRAWAL.c.subject_id, subject_ids))
            .order_by(WITHDRAWAL.c.subject_id, WITHDRAWAL.c.attempt)
        )
    )


def history(db: Connection, subject_id: UUID) -> tuple[list[Any], list[Any]]:
    """The claims and withdrawals of one subject, oldest first."""
    claimed = db.execute(select(*CLAIM.c).where(CLAIM.c.subject_id == subject_id).order_by(CLAIM.c.attempt))
    given_up = db.execute(
        select(*WITHDRAWAL.c).where(WITHDRAWAL.c.subject_id == subject_id).order_by(WITHDRAWAL.c.moment)
    )
    return list(claimed), list(given_up)


def _streamed(db: Connection, statement: Select[Any]) -> Iterator[Any]:
    yield from db.execute(statement, execution_options={"yield_per": _SLICE})
