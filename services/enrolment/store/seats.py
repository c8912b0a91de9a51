"""Seats, approvals, the answers that were applied, attendance, progress and credits."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.enrolment.saga.values import Hold, Saga, State
from services.enrolment.store.tables import (
    agency,
    batch,
    credit,
    happening,
    instance,
    person,
    progress,
    saga_answer,
    seat,
)

SeatRow = Row[Any]


def lock(db: Connection, seat_ids: Collection[UUID]) -> dict[UUID, SeatRow]:
    """Seats, locked in the order of their ids."""
    if not seat_ids:
        return {}
    query = select(seat).where(seat.c.seat_id.in_(seat_ids)).order_by(seat.c.seat_id).with_for_update()
    return {row.seat_id: row for row in db.execute(query)}


def lock_states(db: Connection, batch_id: UUID, states: Collection[State]) -> list[SeatRow]:
    """The seats of a locked batch in these states, locked, in the order of their requests."""
    query = (
        select(seat)
        .where(seat.c.batch_id == batch_id, seat.c.state.in_([state.value for state in states]))
        .order_by(seat.c.seat_id)
        .with_for_update()
    )
    return sorted(db.execute(query), key=lambda row: row.position)


def next_in_line(db: Connection, batch_id: UUID, state: State, limit: int) -> list[SeatRow]:
    """Seats of a locked batch that may take a place, the earliest approved first, locked."""
    if limit <= 0:
        return []
    return list(
        db.execute(
            select(seat)
            .where(seat.c.batch_id == batch_id, seat.c.state == state.value, seat.c.money != Hold.FREEING.value)
            .order_by(seat.c.approved_at, seat.c.position)
            .limit(limit)
            .with_for_update()
        )
    )


def by_ids(db: Connection, seat_ids: Collection[UUID]) -> list[SeatRow]:
    """Seats in the order of their requests."""
    if not seat_ids:
        return []
    return list(db.execute(select(seat).where(seat.c.seat_id.in_(seat_ids)).order_by(seat.c.position)))


def get(db: Connection, seat_id: UUID) -> SeatRow | None:
    return db.execute(select(seat).where(seat.c.seat_id == seat_id)).one_or_none()


def batches_of(db: Connection, seat_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The batch of each seat."""
    if not seat_ids:
        return {}
    query = select(seat.c.seat_id, seat.c.batch_id).where(seat.c.seat_id.in_(seat_ids))
    return {row.seat_id: row.batch_id for row in db.execute(query)}


def add(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        db.execute(insert(seat), [dict(row) for row in rows])


def saga_of(row: SeatRow) -> Saga:
    return Saga(
        state=State(row.state),
        attempt=row.attempt,
        course=row.course,
        money=Hold(row.money),
        place=Hold(row.place),
        asks=row.asks,
        deadline=row.deadline,
        reason=row.reason,
        spent=row.spent,
    )


def save(db: Connection, changed: Iterable[tuple[SeatRow, Saga]], now: datetime) -> None:
    """Store sagas: one statement for all seats that now stand alike."""
    alike: dict[tuple[Saga, bool], list[UUID]] = defaultdict(list)
    for row, saga in changed:
        alike[saga, saga.state.value != row.state].append(row.seat_id)
    for (saga, moved), ids in alike.items():
        values: dict[str, Any] = {
            "state": saga.state.value,
            "attempt": saga.attempt,
            "money": saga.money.value,
            "place": saga.place.value,
            "asks": saga.asks,
            "deadline": saga.deadline,
            "reason": saga.reason,
            "spent": saga.spent,
        }
        if moved:
            values["since"] = now
        if saga.state is State.RESERVING:
            values["asked"] = True
        if moved and saga.state is State.CONFIRMED:
            values["confirmed_at"] = now
        db.execute(update(seat).where(seat.c.seat_id.in_(ids)).values(**values))


def set_each(db: Connection, rows: Sequence[Mapping[str, Any]], *columns: str) -> None:
    """Set columns of many seats, a value each; rows hold `seat_id` and the columns."""
    if rows:
        statement = (
            update(seat)
            .where(seat.c.seat_id == bindparam("of_seat"))
            .values({name: bindparam(f"new_{name}") for name in columns})
        )
        db.execute(
            statement,
            [{"of_seat": row["seat_id"], **{f"new_{name}": row[name] for name in columns}} for row in rows],
        )


def set_all(db: Connection, seat_ids: Collection[UUID], **values: Any) -> None:
    if seat_ids:
        db.execute(update(seat).where(seat.c.seat_id.in_(seat_ids)).values(**values))


def claim(db: Connection, keys: Collection[tuple[UUID, int, str]], now: datetime) -> set[tuple[UUID, int, str]]:
    """Claim answers by (item, attempt, kind); answers those that had not been applied before."""
    if not keys:
        return set()
    rows = [{"item_id": item, "attempt": attempt, "kind": kind, "at": now} for item, attempt, kind in sorted(set(keys))]
    statement = (
        upsert(saga_answer)
        .values(rows)
        .on_conflict_do_nothing()
        .returning(saga_answer.c.item_id, saga_answer.c.attempt, saga_answer.c.kind)
    )
    return {(row.item_id, row.attempt, row.kind) for row in db.execute(statement)}


def page(
    db: Connection,
    batch_id: UUID,
    *,
    state: str | None,
    agencies: Collection[UUID] | None,
    after: UUID | None,
    limit: int,
) -> list[Row[Any]]:
    """Seats of a batch with their persons, in the order of the requests; `agencies` None means all."""
    query = (
        select(seat, person.c.name, person.c.nip, person.c.grade, agency.c.name.label("agency_name"))
        .join(person, person.c.person_id == seat.c.person_id)
        .join(agency, agency.c.agency_id == seat.c.agency_id)
        .where(seat.c.batch_id == batch_id)
    )
    if state is not None:
        query = query.where(seat.c.state == state)
    if agencies is not None:
        query = query.where(seat.c.agency_id.in_(agencies))
    if after is not None:
        query = query.where(seat.c.position > select(seat.c.position).where(seat.c.seat_id == after).scalar_subquery())
    return list(db.execute(query.order_by(seat.c.position).limit(limit)))


def of_person(db: Connection, person_id: UUID, limit: int) -> list[Row[Any]]:
    """A person's seats with their batches, newest first."""
    return list(
        db.execute(
            select(seat, batch.c.name.label("batch_name"), batch.c.begins_at, batch.c.programme_id, batch.c.version)
            .join(batch, batch.c.batch_id == seat.c.batch_id)
            .where(seat.c.person_id == person_id)
            .order_by(seat.c.position.desc())
            .limit(limit)
        )
    )


def live_in(db: Connection, batch_id: UUID, people: Collection[UUID], live: Collection[State]) -> set[UUID]:
    """The people who have a live seat in a batch."""
    query = select(seat.c.person_id).where(
        seat.c.batch_id == batch_id,
        seat.c.person_id.in_(people),
        seat.c.state.in_([state.value for state in live]),
    )
    return set(db.scalars(query))


def by_person(db: Connection, batch_id: UUID, people: Collection[UUID]) -> dict[UUID, UUID]:
    """The confirmed seat of each of these people in a batch."""
    query = select(seat.c.person_id, seat.c.seat_id).where(
        seat.c.batch_id == batch_id, seat.c.person_id.in_(people), seat.c.state == State.CONFIRMED.value
    )
    return {row.person_id: row.seat_id for row in db.execute(query)} if people else {}


def batches_with_due_seats(db: Connection, now: datetime, limit: int) -> list[UUID]:
    """Batches in which a seat's deadline has passed."""
    due = select(seat.c.batch_id).where(seat.c.deadline <= now).order_by(seat.c.deadline).limit(limit).subquery()
    return list(db.scalars(select(due.c.batch_id).distinct()))


def lock_due(db: Connection, batch_id: UUID, now: datetime, limit: int) -> list[SeatRow]:
    """Seats of a locked batch whose deadline has passed, locked."""
    return list(
        db.execute(
            select(seat)
            .where(seat.c.batch_id == batch_id, seat.c.deadline <= now)
            .order_by(seat.c.seat_id)
            .limit(limit)
            .with_for_update()
        )
    )


def told_of(db: Connection, seat_id: UUID, limit: int) -> list[Row[Any]]:
    """What happened to a seat, the oldest first."""
    return list(
        db.execute(
            select(happening.c.at, happening.c.code, happening.c.facts)
            .where(happening.c.seat_id == seat_id)
            .order_by(happening.c.position)
            .limit(limit)
        )
    )


def note_progress(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep facts of content: opened stays opened, the first completion stays."""
    if not rows:
        return
    statement = upsert(progress)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=[progress.c.seat_id],
            set_={
                "opened": or_(progress.c.opened, statement.excluded.opened),
                "completed_at": func.coalesce(progress.c.completed_at, statement.excluded.completed_at),
                "score": func.coalesce(progress.c.score, statement.excluded.score),
                "seconds": func.coalesce(progress.c.seconds, statement.excluded.seconds),
            },
        ),
        [dict(row) for row in sorted(rows, key=lambda row: str(row["seat_id"]))],
    )


def progress_of(db: Connection, seat_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    if not seat_ids:
        return {}
    return {row.seat_id: row for row in db.execute(select(progress).where(progress.c.seat_id.in_(seat_ids)))}


def add_credits(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Credit hours, once a seat."""
    if rows:
        db.execute(upsert(credit).on_conflict_do_nothing(), [dict(row) for row in rows])


def credits_of(db: Connection, person_id: UUID, first: date, last: date) -> list[Row[Any]]:
    return list(
        db.execute(
            select(credit)
            .where(credit.c.person_id == person_id, credit.c.on >= first, credit.c.on <= last)
            .order_by(credit.c.on, credit.c.position)
        )
    )


def completed_programmes(db: Connection, people: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The programmes each person has completed."""
    found: dict[UUID, set[UUID]] = defaultdict(set)
    if people:
        query = select(credit.c.person_id, credit.c.programme_id).where(credit.c.person_id.in_(people))
        for row in db.execute(query):
            found[row.person_id].add(row.programme_id)
    return found


def zones_of(db: Connection, agency_ids: Collection[UUID]) -> dict[UUID, str]:
    """The time zone of each agency."""
    if not agency_ids:
        return {}
    query = (
        select(agency.c.agency_id, instance.c.zone)
        .join(instance, instance.c.code == agency.c.instance)
        .where(agency.c.agency_id.in_(agency_ids))
    )
    return {row.agency_id: row.zone for row in db.execute(query)}
