"""Batches, their sessions, what happened to them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.orm import Session

from services.enrolment.saga.batch import BatchSaga, BatchState
from services.enrolment.saga.values import Hold
from services.enrolment.store.tables import batch, happening, programme_version, seat
from services.enrolment.store.tables import session as meeting

BatchRow = Row[Any]


def lock(session: Session, batch_id: UUID) -> BatchRow | None:
    """The batch, locked; None where there is none."""
    return session.execute(select(batch).where(batch.c.batch_id == batch_id).with_for_update()).one_or_none()


def lock_many(session: Session, batch_ids: Collection[UUID]) -> dict[UUID, BatchRow]:
    """Batches, locked in the order of their ids."""
    if not batch_ids:
        return {}
    query = select(batch).where(batch.c.batch_id.in_(batch_ids)).order_by(batch.c.batch_id).with_for_update()
    return {row.batch_id: row for row in session.execute(query)}


def lock_free(session: Session, batch_id: UUID) -> BatchRow | None:
    """The batch, locked, unless another transaction holds it: a sweep goes on with the next."""
    query = select(batch).where(batch.c.batch_id == batch_id).with_for_update(skip_locked=True)
    return session.execute(query).one_or_none()


def get(session: Session, batch_id: UUID) -> BatchRow | None:
    return session.execute(select(batch).where(batch.c.batch_id == batch_id)).one_or_none()


def add(session: Session, values: Mapping[str, Any], meetings: Sequence[Mapping[str, Any]]) -> None:
    session.execute(insert(batch).values(**values))
    if meetings:
        session.execute(insert(meeting), list(meetings))


def saga_of(row: BatchRow) -> BatchSaga:
    return BatchSaga(BatchState(row.state), row.attempt, Hold(row.money), row.asks, row.deadline, row.reason)


def save(session: Session, row: BatchRow, saga: BatchSaga, now: datetime, raises_rev: bool) -> BatchRow:
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
    return session.execute(
        update(batch).where(batch.c.batch_id == row.batch_id).values(**values).returning(batch)
    ).one()


def set_values(session: Session, batch_id: UUID, **values: Any) -> BatchRow:
    return session.execute(update(batch).where(batch.c.batch_id == batch_id).values(**values).returning(batch)).one()


def meetings_of(session: Session, batch_ids: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The sessions of batches in the order of their start."""
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    if batch_ids:
        query = select(meeting).where(meeting.c.batch_id.in_(batch_ids))
        for row in session.execute(query.order_by(meeting.c.starts_at, meeting.c.session_id)):
            found[row.batch_id].append(row)
    return found


def counts(session: Session, batch_ids: Collection[UUID]) -> dict[UUID, dict[str, int]]:
    """Seats by state of each batch."""
    found: dict[UUID, dict[str, int]] = {batch_id: {} for batch_id in batch_ids}
    if batch_ids:
        query = (
            select(seat.c.batch_id, seat.c.state, func.count())
            .where(seat.c.batch_id.in_(batch_ids))
            .group_by(seat.c.batch_id, seat.c.state)
        )
        for batch_id, state, count in session.execute(query):
            found[batch_id][state] = count
    return found


def page(
    session: Session,
    now: datetime,
    *,
    state: str | None,
    programme_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[BatchRow]:
    """Batches with their programme's title, newest first."""
    query = _titled()
    if state == "running":
        query = query.where(batch.c.state == "open", batch.c.begins_at <= now)
    elif state == "open":
        query = query.where(batch.c.state == "open", (batch.c.begins_at.is_(None)) | (batch.c.begins_at > now))
    elif state is not None:
        query = query.where(batch.c.state == state)
    if programme_id is not None:
        query = query.where(batch.c.programme_id == programme_id)
    if after is not None:
        query = query.where(
            batch.c.position < select(batch.c.position).where(batch.c.batch_id == after).scalar_subquery()
        )
    return list(session.execute(query.order_by(batch.c.position.desc()).limit(limit)))


def titled(session: Session, batch_id: UUID) -> BatchRow | None:
    """One batch with its programme's title."""
    return session.execute(_titled().where(batch.c.batch_id == batch_id)).one_or_none()


def _titled() -> Any:
    return select(batch, programme_version.c.title, programme_version.c.code, programme_version.c.jp).join(
        programme_version,
        (programme_version.c.programme_id == batch.c.programme_id) & (programme_version.c.version == batch.c.version),
    )


def latest_of(session: Session, programme_id: UUID) -> BatchRow | None:
    """The batch of a programme opened last that was not refused or cancelled."""
    return session.execute(
        select(batch)
        .where(batch.c.programme_id == programme_id, batch.c.state.in_(("opening", "open", "closed")))
        .order_by(batch.c.position.desc())
        .limit(1)
    ).one_or_none()


def due(session: Session, now: datetime, limit: int) -> list[UUID]:
    """Batches whose own deadline has passed."""
    query = select(batch.c.batch_id).where(batch.c.deadline <= now).order_by(batch.c.deadline).limit(limit)
    return list(session.scalars(query))


def with_nominations_over(session: Session, now: datetime, limit: int) -> list[UUID]:
    """Open batches whose first session has begun and whose nominations have not been ended yet."""
    return list(
        session.scalars(
            select(batch.c.batch_id)
            .where(batch.c.state == "open", ~batch.c.nominations_ended, batch.c.begins_at <= now)
            .order_by(batch.c.begins_at)
            .limit(limit)
        )
    )


def with_refused_seats(session: Session, line_id: UUID) -> list[UUID]:
    """Open batches of a line in which seats were refused."""
    return list(
        session.scalars(
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


def tell(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append happenings: {at, batch_id, seat_id | None, code, count, facts}."""
    if rows:
        session.execute(insert(happening), [dict(row) for row in rows])


def told_of(session: Session, batch_id: UUID, limit: int) -> list[Row[Any]]:
    """What happened to a batch, the oldest first."""
    return list(
        session.execute(
            select(happening.c.at, happening.c.code, happening.c.count.label("number"), happening.c.facts)
            .where(happening.c.batch_id == batch_id, happening.c.seat_id.is_(None))
            .order_by(happening.c.position)
            .limit(limit)
        )
    )
