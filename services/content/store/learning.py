"""Access and progress of people: every query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, case, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from services.content.domain.progress import Steps
from shared.events.content import ProgrammeCompletion
from shared.events.enrolment import Batch

from .tables import ACCESS, BATCH, FINISH, LMS_FACT, STEP


@dataclass(frozen=True, kw_only=True)
class Access:
    """The right of one seat to a programme version; `live` while its confirmation is not released."""

    seat_id: UUID
    person_id: UUID
    batch_id: UUID
    programme_id: UUID
    version: int
    live: bool
    course_score: int | None


def grant(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note confirmed attempts. Whether access follows is decided by comparing attempts, so the order of confirmation
    and release doesn't matter. Rows hold seat_id, attempt, person_id, batch_id, programme_id, version, agency_id,
    granted_at."""
    made = upsert(ACCESS)
    newer = made.excluded.attempt > ACCESS.c.attempt
    kept = {
        name: case((newer, made.excluded[name]), else_=ACCESS.c[name])
        for name in ("programme_id", "version", "agency_id", "granted_at", "person_id", "batch_id")
    }
    db.execute(
        made.on_conflict_do_update(
            index_elements=[ACCESS.c.seat_id],
            set_={"attempt": func.greatest(ACCESS.c.attempt, made.excluded.attempt), **kept},
        ),
        [{"revoked": 0, **row} for row in _in_order(rows)],
    )


def revoke(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note released attempts, also of seats not yet known. Rows hold seat_id, revoked, person_id, batch_id,
    revoked_at."""
    made = upsert(ACCESS)
    newer = made.excluded.revoked > ACCESS.c.revoked
    db.execute(
        made.on_conflict_do_update(
            index_elements=[ACCESS.c.seat_id],
            set_={
                "revoked": func.greatest(ACCESS.c.revoked, made.excluded.revoked),
                "revoked_at": case((newer, made.excluded.revoked_at), else_=ACCESS.c.revoked_at),
            },
        ),
        [{"attempt": 0, **row} for row in _in_order(rows)],
    )


def _in_order(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: str(row["seat_id"]))


def put_batch(db: Connection, batch: Batch) -> None:
    """Keep what is known of a batch; an older rev is dropped."""
    values = {name: getattr(batch, name) for name in ("batch_id", "rev", "programme_id", "version", "name", "mode")}
    made = upsert(BATCH).values(**values)
    db.execute(
        made.on_conflict_do_update(
            index_elements=[BATCH.c.batch_id], set_=values, where=made.excluded.rev > BATCH.c.rev
        )
    )


def lock_access_of(db: Connection, pairs: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Access]:
    """The access of each (person, batch), locked; of several seats the live one. Pairs never heard of are missing."""
    query = (
        select(ACCESS)
        .where(tuple_(ACCESS.c.person_id, ACCESS.c.batch_id).in_(list(set(pairs))), ACCESS.c.attempt > 0)
        .order_by(ACCESS.c.seat_id)
        .with_for_update()
    )
    found: dict[tuple[UUID, UUID], Access] = {}
    for row in db.execute(query):
        one = access_of_row(row)
        if one.live or (one.person_id, one.batch_id) not in found:
            found[one.person_id, one.batch_id] = one
    return found


def known_pairs(db: Connection, pairs: Iterable[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Which (person, batch) were ever confirmed or released."""
    query = select(ACCESS.c.person_id, ACCESS.c.batch_id).where(
        tuple_(ACCESS.c.person_id, ACCESS.c.batch_id).in_(list(set(pairs)))
    )
    return {(row.person_id, row.batch_id) for row in db.execute(query)}


def accesses(db: Connection, seats: Iterable[UUID]) -> list[Access]:
    """The access of these seats that were ever confirmed."""
    query = select(ACCESS).where(ACCESS.c.seat_id.in_(list(seats)), ACCESS.c.attempt > 0)
    return [access_of_row(row) for row in db.execute(query)]


def live_of_person(db: Connection, person_id: UUID) -> list[Row[Any]]:
    """The accessible programmes of a person with the batch's name, the newest first, 200 at most."""
    query = (
        select(ACCESS, BATCH.c.name.label("batch_name"))
        .outerjoin(BATCH, BATCH.c.batch_id == ACCESS.c.batch_id)
        .where(ACCESS.c.person_id == person_id, ACCESS.c.attempt > ACCESS.c.revoked)
        .order_by(ACCESS.c.granted_at.desc(), ACCESS.c.seat_id)
        .limit(200)
    )
    return list(db.execute(query))


def live_of_batch(
    db: Connection, batch_id: UUID, agencies: frozenset[UUID] | None, after: UUID | None, limit: int
) -> list[Access]:
    """The live accesses of a batch by seat id, of some agencies or of all."""
    query: Select[Any] = select(ACCESS).where(ACCESS.c.batch_id == batch_id, ACCESS.c.attempt > ACCESS.c.revoked)
    if agencies is not None:
        query = query.where(ACCESS.c.agency_id.in_(list(agencies)))
    if after is not None:
        query = query.where(ACCESS.c.seat_id > after)
    return [access_of_row(row) for row in db.execute(query.order_by(ACCESS.c.seat_id).limit(limit))]


def batch_name(db: Connection, batch_id: UUID) -> str | None:
    """The name of a batch, where it was heard."""
    return db.scalar(select(BATCH.c.name).where(BATCH.c.batch_id == batch_id))


def steps_of(db: Connection, seats: Iterable[UUID]) -> dict[tuple[UUID, UUID], Steps]:
    """The steps of these seats by (seat, module)."""
    rows = db.execute(select(STEP).where(STEP.c.seat_id.in_(list(seats))))
    return {(row.seat_id, row.module_id): Steps(**row._asdict()) for row in rows}


def put_steps(db: Connection, steps: Iterable[Steps]) -> None:
    """Write steps; the caller holds the lock of their access."""
    rows = [vars(one) for one in steps]
    if not rows:
        return
    made = upsert(STEP)
    changing = {name: made.excluded[name] for name in ("opened_at", "completed_at", "score", "seconds")}
    db.execute(made.on_conflict_do_update(index_elements=[STEP.c.seat_id, STEP.c.module_id], set_=changing), rows)


def put_course_scores(db: Connection, scores: Mapping[UUID, int]) -> None:
    """Keep the best score the LMS gave for the course as a whole."""
    for seat_id, score in sorted(scores.items(), key=lambda item: str(item[0])):
        db.execute(ACCESS.update().where(ACCESS.c.seat_id == seat_id).values(course_score=score))


def finished(db: Connection, seats: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """Which of these seats met the module part of the rule."""
    return {row.seat_id: row for row in db.execute(select(FINISH).where(FINISH.c.seat_id.in_(list(seats))))}


def add_finished(db: Connection, batch_of: Mapping[UUID, UUID], done: Sequence[ProgrammeCompletion]) -> None:
    """Keep completions, once per seat."""
    rows = [
        {
            "seat_id": one.seat_id,
            "batch_id": batch_of[one.seat_id],
            "score": one.score,
            "seconds": one.seconds,
            "at": one.at,
        }
        for one in done
    ]
    if rows:
        db.execute(upsert(FINISH).on_conflict_do_nothing(), rows)


def every_finish(db: Connection) -> Iterable[Row[Any]]:
    """Every completion with whether its seat was ever confirmed and its number of completed modules, for the audit."""
    completed = (
        select(func.count())
        .select_from(STEP)
        .where(STEP.c.seat_id == FINISH.c.seat_id, STEP.c.completed_at.is_not(None))
        .scalar_subquery()
    )
    query = (
        select(
            FINISH.c.seat_id,
            FINISH.c.batch_id,
            func.coalesce(ACCESS.c.attempt > 0, literal(False)).label("confirmed"),
            completed.label("completed"),
        )
        .outerjoin(ACCESS, ACCESS.c.seat_id == FINISH.c.seat_id)
        .order_by(FINISH.c.seat_id)
    )
    return db.execute(query.execution_options(yield_per=1000))


def claim_facts(db: Connection, site: str, facts: Iterable[str], now: datetime) -> set[str]:
    """Note facts of a site; answers those that are new."""
    rows = [{"site": site, "fact_id": fact_id, "at": now} for fact_id in sorted(set(facts))]
    if not rows:
        return set()
    made = upsert(LMS_FACT).values(rows).on_conflict_do_nothing().returning(LMS_FACT.c.fact_id)
    return set(db.scalars(made))


def access_of_row(row: Row[Any]) -> Access:
    """The access in a row of its table."""
    return Access(
        seat_id=row.seat_id,
        person_id=row.person_id,
        batch_id=row.batch_id,
        programme_id=row.programme_id,
        version=row.version,
        live=row.attempt > row.revoked,
        course_score=row.course_score,
    )


def access_row(db: Connection, seat_id: UUID) -> Row[Any] | None:
    """All that is known of one seat's access."""
    return db.execute(select(ACCESS).where(ACCESS.c.seat_id == seat_id)).one_or_none()
