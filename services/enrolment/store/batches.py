"""Batches, their sessions, what happened to them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, insert, select, update

from services.enrolment.saga.batch import BatchSaga, BatchState
from services.enrolment.saga.values import Hold
from services.enrolment.store.tables import batch, happening, programme_version, seat
from services.enrolment.store.tables import session as meeting

BatchRow = Row[Any]
_MOST_WORDS = 8


def lock(db: Connection, batch_id: UUID) -> BatchRow | None:
    """The batch, locked; None where there is none."""
    return db.execute(select(batch).where(batch.c.batch_id == batch_id).with_for_update()).one_or_none()


def lock_many(db: Connection, batch_ids: Collection[UUID]) -> dict[UUID, BatchRow]:
    """Batches, locked in the order of their ids."""
    if not batch_ids:
        return {}
    query = select(batch).where(batch.c.batch_id.in_(batch_ids)).order_by(batch.c.batch_id).with_for_update()
    return {row.batch_id: row for row in db.execute(query)}


def lock_free(db: Connection, batch_id: UUID) -> BatchRow | None:
    """The batch, locked, unless another transaction holds it: a sweep goes on with the next."""
    query = select(batch).where(batch.c.batch_id == batch_id).with_for_update(skip_locked=True)
    return db.execute(query).one_or_none()


def get(db: Connection, batch_id: UUID) -> BatchRow | None:
    return db.execute(select(batch).where(batch.c.batch_id == batch_id)).one_or_none()


def add(db: Connection, values: Mapping[str, Any], meetings: Sequence[Mapping[str, Any]]) -> None:
    db.execute(insert(batch).values(**values))
    if meetings:
        db.execute(insert(meeting), list(meetings))


def saga_of(row: BatchRow) -> BatchSaga:
    return BatchSaga(BatchState(row.state), row.attempt, Hold(row.money), row.asks, row.deadline, row.reason)


def save(db: Connection, row: BatchRow, saga: BatchSaga, now: datetime, raises_rev: bool) -> BatchRow:
    """Store a batch's saga; answers the row as it stands now."""
    values: dict[str, Any] = {
        "state": saga.state.value,
        "attempt": saga.attempt,
        "money": saga.money.value,
        "asks": saga.asks,
        "deadline": saga.deadline,
        "reason": saga.reason,
    }
    if saga.state.value != row.state:
        values["since"] = now
    if raises_rev:
        values["rev"] = row.rev + 1
    return db.execute(update(batch).where(batch.c.batch_id == row.batch_id).values(**values).returning(batch)).one()


def set_values(db: Connection, batch_id: UUID, **values: Any) -> BatchRow:
    return db.execute(update(batch).where(batch.c.batch_id == batch_id).values(**values).returning(batch)).one()


def meetings_of(db: Connection, batch_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The sessions of batches in the order of their start."""
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    if batch_ids:
        query = select(meeting).where(meeting.c.batch_id.in_(batch_ids))
        for row in db.execute(query.order_by(meeting.c.starts_at, meeting.c.session_id)):
            found[row.batch_id].append(row)
    return found


def counts(db: Connection, batch_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Seats by state of each batch."""
    found: dict[UUID, dict[str, int]] = {batch_id: {} for batch_id in batch_ids}
    if batch_ids:
        query = (
            select(seat.c.batch_id, seat.c.state, func.count())
            .where(seat.c.batch_id.in_(batch_ids))
            .group_by(seat.c.batch_id, seat.c.state)
        )
        for batch_id, state, count in db.execute(query):
            found[batch_id][state] = count
    return found


def page(
    db: Connection,
    now: datetime,
    *,
    state: str | None,
    programme_id: UUID | None,
    q: str,
    after: UUID | None,
    limit: int,
) -> list[BatchRow]:
    """Batches with their programme's title, newest first; each word of `q` is part of what they are called."""
    query = _titled()
    if state == "running":
        query = query.where(batch.c.state == "open", batch.c.begins_at <= now)
    elif state == "open":
        query = query.where(batch.c.state == "open", (batch.c.begins_at.is_(None)) | (batch.c.begins_at > now))
    elif state is not None:
        query = query.where(batch.c.state == state)
    if programme_id is not None:
        query = query.where(batch.c.programme_id == programme_id)
    called = func.concat_ws(" ", batch.c.name, programme_version.c.title, programme_version.c.code)
    for word in q.split()[:_MOST_WORDS]:
        query = query.where(called.icontains(word, autoescape=True))
    if after is not None:
        query = query.where(
            batch.c.position < select(batch.c.position).where(batch.c.batch_id == after).scalar_subquery()
        )
    return list(db.execute(query.order_by(batch.c.position.desc()).limit(limit)))


def titled(db: Connection, batch_id: UUID) -> BatchRow | None:
    """One batch with its programme's title."""
    return db.execute(_titled().where(batch.c.batch_id == batch_id)).one_or_none()


def _titled() -> Any:
    return select(batch, programme_version.c.title, programme_version.c.code, programme_version.c.jp).join(
        programme_version,
        (programme_version.c.programme_id == batch.c.programme_id) & (programme_version.c.version == batch.c.version),
    )


def latest_of(db: Connection, programme_id: UUID) -> BatchRow | None:
    """The batch of a programme opened last that was not refused or cancelled."""
    return db.execute(
        select(batch)
        .where(batch.c.programme_id == programme_id, batch.c.state.in_(("opening", "open", "closed")))
        .order_by(batch.c.position.desc())
        .limit(1)
    ).one_or_none()


def due(db: Connection, now: datetime, limit: int) -> list[UUID]:
    """Batches whose own deadline has passed."""
    query = select(batch.c.batch_id).where(batch.c.deadline <= now).order_by(batch.c.deadline).limit(limit)
    return list(db.scalars(query))


def with_nominations_over(db: Connection, now: datetime, limit: int) -> list[UUID]:
    """Open batches whose first session has begun and whose nominations have not been ended yet."""
    return list(
        db.scalars(
            select(batch.c.batch_id)
            .where(batch.c.state == "open", ~batch.c.nominations_ended, batch.c.begins_at <= now)
            .order_by(batch.c.begins_at)
            .limit(limit)
        )
    )


def with_refused_seats(db: Connection, line_id: UUID) -> list[UUID]:
    """Open batches of a line in which seats were refused."""
    return list(
        db.scalars(
            select(batch.c.batch_id)
            .where(
                batch.c.line_id == line_id,
                batch.c.state == "open",
                select(seat.c.seat_id)
                .where(seat.c.batch_id == batch.c.batch_id, seat.c.state == "refused")
                .correlate(batch)
                .exists(),
            )
            .order_by(batch.c.batch_id)
        )
    )


def tell(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append happenings: {at, batch_id, seat_id | None, code, count, facts}."""
    if rows:
        db.execute(insert(happening), [dict(row) for row in rows])


def told_of(db: Connection, batch_id: UUID, limit: int) -> list[Row[Any]]:
    """What happened to a batch, the oldest first."""
    return list(
        db.execute(
            select(happening.c.at, happening.c.code, happening.c.count.label("number"), happening.c.facts)
            .where(happening.c.batch_id == batch_id, happening.c.seat_id.is_(None))
            .order_by(happening.c.position)
            .limit(limit)
        )
    )
