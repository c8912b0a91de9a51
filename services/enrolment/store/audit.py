"""Facts for the audit, read in slices so that any number of seats can be asked for."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, func, select

from services.enrolment.domain.states import COUNTING
from services.enrolment.store.tables import attendance, batch, progress, run_change, seat

_SLICE = 2_000


def seats(db: Connection) -> Iterator[Row[Any]]:
    """Seats that ever asked for money, with their batch's line, price and site and whether their person took part."""
    was_present = (
        select(attendance.c.seat_id)
        .where(attendance.c.seat_id == seat.c.seat_id, attendance.c.present)
        .correlate(seat)
        .exists()
        .label("present")
    )
    facts = select(progress.c.seat_id).where(progress.c.seat_id == seat.c.seat_id).correlate(seat)
    went_on = facts.exists().label("progressed")
    query = (
        select(
            seat.c.position,
            seat.c.seat_id,
            seat.c.attempt,
            seat.c.state,
            seat.c.money,
            seat.c.place,
            seat.c.batch_id,
            seat.c.course,
            seat.c.since,
            seat.c.deadline,
            batch.c.line_id,
            batch.c.seat_price,
            batch.c.site,
            was_present,
            went_on,
        )
        .join(batch, batch.c.batch_id == seat.c.batch_id)
        .where(seat.c.asked)
        .order_by(seat.c.position)
        .limit(_SLICE)
    )
    position = 0
    while rows := list[Row[Any]](db.execute(query.where(seat.c.position > position))):
        yield from rows
        position = rows[-1].position


def batches(db: Connection) -> Iterator[Row[Any]]:
    query = select(batch).order_by(batch.c.position).limit(_SLICE)
    position = 0
    while rows := db.execute(query.where(batch.c.position > position)).all():
        yield from rows
        position = rows[-1].position


def changes(db: Connection) -> list[Row[Any]]:
    return list(db.execute(select(run_change).order_by(run_change.c.finding_id)))


def overfull(db: Connection) -> list[Row[Any]]:
    """Batches with more seats than capacity."""
    taken = (
        select(seat.c.batch_id, func.count().label("taken"))
        .where(seat.c.state.in_([state.value for state in COUNTING]))
        .group_by(seat.c.batch_id)
        .subquery()
    )
    return list(
        db.execute(
            select(batch.c.batch_id, batch.c.capacity, taken.c.taken)
            .join(taken, taken.c.batch_id == batch.c.batch_id)
            .where(taken.c.taken > batch.c.capacity)
        )
    )


def unproven(db: Connection) -> list[Row[Any]]:
    """Completed seats without attendance or progress."""
    return list(
        db.execute(
            select(seat.c.seat_id, seat.c.batch_id)
            .where(
                seat.c.state == "completed",
                ~select(attendance.c.seat_id)
                .where(attendance.c.seat_id == seat.c.seat_id, attendance.c.present)
                .correlate(seat)
                .exists(),
                ~select(progress.c.seat_id).where(progress.c.seat_id == seat.c.seat_id).correlate(seat).exists(),
            )
            .limit(1_000)
        )
    )
