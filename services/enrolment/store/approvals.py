"""Approvals: one row a step of a seat; `later` until the step before is given, then `open`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, or_, select, tuple_, update

from services.enrolment.store.tables import approval, batch, person, seat


def add(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        db.execute(insert(approval), [dict(row) for row in rows])


def of_seats(db: Connection, seat_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The approvals of locked seats, by step."""
    found: dict[UUID, list[Row[Any]]] = {seat_id: [] for seat_id in seat_ids}
    if seat_ids:
        query = select(approval).where(approval.c.seat_id.in_(seat_ids))
        for row in db.execute(query.order_by(approval.c.seat_id, approval.c.step).with_for_update()):
            found[row.seat_id].append(row)
    return found


def decide(db: Connection, keys: Collection[tuple[UUID, int]], state: str, now: datetime, by: str) -> None:
    if keys:
        db.execute(
            update(approval)
            .where(tuple_(approval.c.seat_id, approval.c.step).in_(keys))
            .values(state=state, at=now, by=by, deadline=None)
        )


def open_steps(db: Connection, keys: Collection[tuple[UUID, int]], deadline: datetime) -> None:
    if keys:
        db.execute(
            update(approval)
            .where(tuple_(approval.c.seat_id, approval.c.step).in_(keys))
            .values(state="open", deadline=deadline)
        )


def escalate(db: Connection, keys: Collection[tuple[UUID, int]], role: str, deadline: datetime) -> None:
    """Hand open approvals to a role that holds for the seat's agency."""
    if keys:
        db.execute(
            update(approval)
            .where(tuple_(approval.c.seat_id, approval.c.step).in_(keys))
            .values(role=role, approver_id=None, escalated=True, deadline=deadline)
        )


def void(db: Connection, seat_ids: Collection[UUID]) -> None:
    """No approval of these seats is waited for any more."""
    if seat_ids:
        db.execute(
            update(approval)
            .where(approval.c.seat_id.in_(seat_ids), approval.c.state.in_(("open", "later")))
            .values(state="void", deadline=None)
        )


def batches_overdue(db: Connection, now: datetime, limit: int) -> list[UUID]:
    """Batches in which an open approval's deadline has passed."""
    due = (
        select(approval.c.seat_id)
        .where(approval.c.state == "open", approval.c.deadline <= now)
        .order_by(approval.c.deadline)
        .limit(limit)
        .subquery()
    )
    return list(db.scalars(select(seat.c.batch_id).join(due, due.c.seat_id == seat.c.seat_id).distinct()))


def overdue_in(db: Connection, batch_id: UUID, now: datetime, limit: int) -> list[UUID]:
    """Seats of a batch with an overdue open approval."""
    return list(
        db.scalars(
            select(seat.c.seat_id)
            .join(approval, approval.c.seat_id == seat.c.seat_id)
            .where(seat.c.batch_id == batch_id, approval.c.state == "open", approval.c.deadline <= now)
            .order_by(seat.c.seat_id)
            .limit(limit)
        )
    )


def open_for(db: Connection, person_id: UUID | None, agencies: Collection[UUID] | None, limit: int) -> list[Row[Any]]:
    """Per batch: open approvals of a person as supervisor and of a training office for its agencies (None means all,
    empty none), with their number and the earliest deadline."""
    mine = [approval.c.approver_id == person_id] if person_id is not None else []
    if agencies is None:
        mine.append(approval.c.approver_id.is_(None))
    elif agencies:
        mine.append((approval.c.approver_id.is_(None)) & seat.c.agency_id.in_(agencies))
    if not mine:
        return []
    return list(
        db.execute(
            select(
                seat.c.batch_id,
                batch.c.name,
                func.count().label("number"),
                func.min(approval.c.deadline).label("due"),
                func.min(batch.c.begins_at).label("begins_at"),
            )
            .select_from(approval)
            .join(seat, seat.c.seat_id == approval.c.seat_id)
            .join(batch, batch.c.batch_id == seat.c.batch_id)
            .where(approval.c.state == "open", seat.c.state == "requested", or_(*mine))
            .group_by(seat.c.batch_id, batch.c.name)
            .order_by(func.min(approval.c.deadline))
            .limit(limit)
        )
    )


def open_rows(
    db: Connection,
    person_id: UUID | None,
    agencies: Collection[UUID] | None,
    batch_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[Row[Any]]:
    """The single open approvals of open_for, with the person each is about."""
    mine = [approval.c.approver_id == person_id] if person_id is not None else []
    if agencies is None:
        mine.append(approval.c.approver_id.is_(None))
    elif agencies:
        mine.append((approval.c.approver_id.is_(None)) & seat.c.agency_id.in_(agencies))
    if not mine:
        return []
    query = (
        select(
            seat.c.seat_id,
            seat.c.batch_id,
            seat.c.person_id,
            seat.c.note,
            batch.c.name.label("batch_name"),
            person.c.name,
            person.c.position,
            approval.c.role,
            approval.c.deadline,
        )
        .select_from(approval)
        .join(seat, seat.c.seat_id == approval.c.seat_id)
        .join(batch, batch.c.batch_id == seat.c.batch_id)
        .join(person, person.c.person_id == seat.c.person_id)
        .where(approval.c.state == "open", seat.c.state == "requested", or_(*mine))
    )
    if batch_id is not None:
        query = query.where(seat.c.batch_id == batch_id)
    if after is not None:
        query = query.where(seat.c.position > select(seat.c.position).where(seat.c.seat_id == after).scalar_subquery())
    return list(db.execute(query.order_by(seat.c.position).limit(limit)))
