"""What somebody has to do: batches to close or decide, nominations of an agency, one's next session."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Row, Uuid, cast, func, select

from services.enrolment.store.tables import batch, seat
from services.enrolment.store.tables import session as meeting

_MOST = 50


def to_close(db: Connection, now: datetime) -> list[Row[Any]]:
    """Open batches whose last session has ended."""
    query = select(batch.c.batch_id, batch.c.name, batch.c.ends_at).where(
        batch.c.state == "open", batch.c.ends_at <= now
    )
    return list(db.execute(query.order_by(batch.c.ends_at).limit(_MOST)))


def refused(db: Connection, now: datetime) -> list[Row[Any]]:
    """Batches that budget refused and that could still run."""
    return list(
        db.execute(
            select(batch.c.batch_id, batch.c.name, batch.c.begins_at)
            .where(batch.c.state == "refused", (batch.c.begins_at.is_(None)) | (batch.c.begins_at > now))
            .order_by(batch.c.position)
            .limit(_MOST)
        )
    )


def to_nominate(db: Connection, now: datetime, agencies: Collection[UUID] | None) -> list[Row[Any]]:
    """Batches that take nominations from these agencies (None means all), with how many of theirs are in."""
    theirs = select(func.count()).where(
        seat.c.batch_id == batch.c.batch_id,
        seat.c.state.not_in(("released", "rejected", "expired")),
    )
    query = select(
        batch.c.batch_id,
        batch.c.name,
        batch.c.begins_at,
        batch.c.capacity,
    ).where(batch.c.state == "open", (batch.c.begins_at.is_(None)) | (batch.c.begins_at > now))
    if agencies is not None:
        theirs = theirs.where(seat.c.agency_id.in_(agencies))
        query = query.where(
            (func.cardinality(batch.c.agencies) == 0) | batch.c.agencies.op("&&")(cast(list(agencies), ARRAY(Uuid)))
        )
    query = query.add_columns(theirs.correlate(batch).scalar_subquery().label("nominated"))
    return list(db.execute(query.order_by(batch.c.begins_at, batch.c.position).limit(_MOST)))


def next_sessions(db: Connection, person_id: UUID, now: datetime) -> list[Row[Any]]:
    """The next session of each batch in which a person has a confirmed seat."""
    return list(
        db.execute(
            select(
                seat.c.seat_id,
                seat.c.batch_id,
                batch.c.name,
                func.min(meeting.c.starts_at).label("starts_at"),
            )
            .join(batch, batch.c.batch_id == seat.c.batch_id)
            .join(meeting, meeting.c.batch_id == seat.c.batch_id)
            .where(
                seat.c.person_id == person_id,
                seat.c.state == "confirmed",
                batch.c.state == "open",
                meeting.c.ends_at > now,
            )
            .group_by(seat.c.seat_id, seat.c.batch_id, batch.c.name)
            .order_by(func.min(meeting.c.starts_at))
            .limit(_MOST)
        )
    )
