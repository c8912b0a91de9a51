"""Places, the questions for them and their withdrawal: every query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Integer, Row, bindparam, cast, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from services.bridge.domain import ABSENT, ASKED, Place, Request, Triple

from .tables import EFFECT, PERSON, PLACE, REQUEST, WITHDRAWAL

_TRIPLE = tuple_(PLACE.c.site, PLACE.c.person_id, PLACE.c.course)
_CHANGING = ("rev", "wanted", "actual", "pushed", "since", "effect_id", "key", "retry_at", "failed_at")


def lock_places(db: Connection, triples: Iterable[Triple], now: datetime) -> dict[Triple, Place]:
    """These places, made where they are missing, locked in their order."""
    order = sorted(set(triples))
    if not order:
        return {}
    db.execute(
        upsert(PLACE).on_conflict_do_nothing(),
        [{**asdict(one), "rev": 0, "wanted": ABSENT, "actual": ABSENT, "pushed": 0, "since": now} for one in order],
    )
    query = select(PLACE).where(_TRIPLE.in_([_key(one) for one in order]))
    rows = db.execute(query.order_by(PLACE.c.site, PLACE.c.person_id, PLACE.c.course).with_for_update())
    return {place.triple: place for place in map(_place, rows)}


def put_places(db: Connection, places: Iterable[Place]) -> None:
    """Write locked places back."""
    rows = [
        {
            **{f"of_{name}": value for name, value in asdict(place.triple).items()},
            **{f"to_{name}": getattr(place, name) for name in _CHANGING},
        }
        for place in places
    ]
    if rows:
        made = (
            update(PLACE)
            .where(
                PLACE.c.site == bindparam("of_site"),
                PLACE.c.person_id == bindparam("of_person_id"),
                PLACE.c.course == bindparam("of_course"),
            )
            .values({name: bindparam(f"to_{name}") for name in _CHANGING})
        )
        db.execute(made, rows)


def places_of(db: Connection, triples: Iterable[Triple]) -> dict[Triple, Place]:
    """These places, without a lock."""
    rows = db.execute(select(PLACE).where(_TRIPLE.in_([_key(one) for one in set(triples)])))
    return {place.triple: place for place in map(_place, rows)}


def places_of_course(db: Connection, code: str, course: str) -> list[Place]:
    """Every place of a course, without a lock."""
    return [_place(row) for row in db.execute(select(PLACE).where(PLACE.c.site == code, PLACE.c.course == course))]


def triples_of_keys(db: Connection, keys: Iterable[UUID]) -> dict[UUID, Triple]:
    """The places whose last wish was handed over under these keys."""
    rows = db.execute(select(PLACE).where(PLACE.c.key.in_(list(keys))))
    return {row.key: Triple(row.site, row.person_id, row.course) for row in rows}


def triples_to_retry(db: Connection, now: datetime, most: int) -> list[Triple]:
    """Places that rested long enough, and places whose open call still says an older wish."""
    stale = cast(EFFECT.c.data["rev"].astext, Integer) < PLACE.c.rev
    query = (
        select(PLACE.c.site, PLACE.c.person_id, PLACE.c.course)
        .outerjoin(EFFECT, EFFECT.c.effect_id == PLACE.c.effect_id)
        .where(
            or_(
                PLACE.c.retry_at <= now,
                PLACE.c.effect_id.is_not(None) & EFFECT.c.done_at.is_(None) & stale,
            )
        )
        .limit(most)
        .with_for_update(of=PLACE, skip_locked=True)
    )
    return [Triple(*row) for row in db.execute(query)]


def triples_overdue(db: Connection, now: datetime, most: int) -> list[Triple]:
    """Places with a question whose deadline has passed without an answer."""
    query = (
        select(REQUEST.c.site, REQUEST.c.person_id, REQUEST.c.course)
        .where(REQUEST.c.state == ASKED, REQUEST.c.deadline < now)
        .order_by(REQUEST.c.deadline)
        .limit(most)
    )
    return [Triple(*row) for row in db.execute(query)]


def add_effects(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write effect rows; one that is there already stays as it is."""
    if rows:
        db.execute(upsert(EFFECT).on_conflict_do_nothing(), list(rows))


def renew_effects(db: Connection, data: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Let open effect rows that nobody settles right now say the present wish, and be tried at once."""
    query = (
        select(EFFECT.c.effect_id)
        .where(EFFECT.c.effect_id.in_(list(data)), EFFECT.c.done_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    free = list(db.scalars(query))
    if free:
        made = (
            update(EFFECT)
            .where(EFFECT.c.effect_id == bindparam("of"))
            .values(data=bindparam("to", type_=EFFECT.c.data.type), next_at=func.now())
        )
        db.execute(made, [{"of": one, "to": dict(data[one])} for one in free])


def requests_of_seats(db: Connection, seats: Iterable[UUID]) -> dict[tuple[UUID, int], Request]:
    """Every question of these seats."""
    rows = db.execute(select(REQUEST).where(REQUEST.c.seat_id.in_(list(seats))))
    return {(one.seat_id, one.attempt): one for one in map(_request, rows)}


def live_requests(db: Connection, triples: Iterable[Triple]) -> dict[Triple, list[Request]]:
    """The questions of these places that are open or were answered with yes, and not withdrawn since."""
    query = (
        select(REQUEST)
        .outerjoin(WITHDRAWAL, WITHDRAWAL.c.seat_id == REQUEST.c.seat_id)
        .where(
            tuple_(REQUEST.c.site, REQUEST.c.person_id, REQUEST.c.course).in_([_key(one) for one in set(triples)]),
            REQUEST.c.state != "refused",
            func.coalesce(WITHDRAWAL.c.attempt, 0) < REQUEST.c.attempt,
        )
        .order_by(REQUEST.c.at, REQUEST.c.seat_id)
    )
    found: dict[Triple, list[Request]] = {}
    for one in map(_request, db.execute(query)):
        found.setdefault(one.triple, []).append(one)
    return found


def put_requests(db: Connection, requests: Sequence[Request], now: datetime) -> None:
    """Write questions and their answers."""
    rows = [
        {
            "seat_id": one.seat_id,
            "attempt": one.attempt,
            "batch_id": one.batch_id,
            **asdict(one.triple),
            "deadline": one.deadline,
            "state": one.state,
            "code": one.code,
            "at": now,
            "answered_at": None if one.state == ASKED else now,
        }
        for one in sorted(requests, key=lambda one: (str(one.seat_id), one.attempt))
    ]
    if rows:
        made = upsert(REQUEST)
        changing = {name: made.excluded[name] for name in ("deadline", "state", "code", "answered_at")}
        keys = [REQUEST.c.seat_id, REQUEST.c.attempt]
        db.execute(made.on_conflict_do_update(index_elements=keys, set_=changing), rows)


def withdraw(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note withdrawals; one with a lower attempt than is known changes nothing, a higher one has to be proven anew."""
    made = upsert(WITHDRAWAL)
    changing = {name: made.excluded[name] for name in ("attempt", "batch_id", "site", "person_id", "course", "at")}
    db.execute(
        made.on_conflict_do_update(
            index_elements=[WITHDRAWAL.c.seat_id],
            set_={**changing, "proven_at": None},
            where=made.excluded.attempt > WITHDRAWAL.c.attempt,
        ),
        sorted(rows, key=lambda row: str(row["seat_id"])),
    )


def withdrawals_of_seats(db: Connection, seats: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """The withdrawals of these seats."""
    rows = db.execute(select(WITHDRAWAL).where(WITHDRAWAL.c.seat_id.in_(list(seats))))
    return {row.seat_id: row for row in rows}


def unproven(db: Connection, triples: Iterable[Triple]) -> list[Row[Any]]:
    """The withdrawals of these places that are not proven."""
    triple = tuple_(WITHDRAWAL.c.site, WITHDRAWAL.c.person_id, WITHDRAWAL.c.course)
    query = select(WITHDRAWAL).where(triple.in_([_key(one) for one in set(triples)]), WITHDRAWAL.c.proven_at.is_(None))
    return list(db.execute(query.order_by(WITHDRAWAL.c.seat_id)))


def prove(db: Connection, seats: Iterable[UUID], now: datetime) -> None:
    """Note that these withdrawals are proven."""
    db.execute(update(WITHDRAWAL).where(WITHDRAWAL.c.seat_id.in_(list(seats))).values(proven_at=now))


def last_requests(
    db: Connection,
    batch_id: UUID | None = None,
    agencies: frozenset[UUID] | None = None,
    after: UUID | None = None,
    limit: int | None = None,
) -> Iterable[Row[Any]]:
    """The last question of each seat, by seat id, with the withdrawn attempt and the place: of a batch or all, of
    people of some agencies or of all."""
    query = (
        select(
            REQUEST,
            func.coalesce(WITHDRAWAL.c.attempt, 0).label("withdrawn"),
            PLACE.c.wanted,
            PLACE.c.actual,
            PLACE.c.since,
        )
        .ext(distinct_on(REQUEST.c.seat_id))
        .outerjoin(WITHDRAWAL, WITHDRAWAL.c.seat_id == REQUEST.c.seat_id)
        .outerjoin(
            PLACE,
            (PLACE.c.site == REQUEST.c.site)
            & (PLACE.c.person_id == REQUEST.c.person_id)
            & (PLACE.c.course == REQUEST.c.course),
        )
        .order_by(REQUEST.c.seat_id, REQUEST.c.attempt.desc())
    )
    if batch_id is not None:
        query = query.where(REQUEST.c.batch_id == batch_id)
    if agencies is not None:
        people = select(PERSON.c.person_id).where(PERSON.c.agency_id.in_(list(agencies)))
        query = query.where(REQUEST.c.person_id.in_(people))
    if after is not None:
        query = query.where(REQUEST.c.seat_id > after)
    if limit is not None:
        query = query.limit(limit)
    return db.execute(query.execution_options(yield_per=1000))


def story(db: Connection, seat_id: UUID) -> tuple[list[Row[Any]], Row[Any] | None]:
    """The questions of one seat and its withdrawal."""
    asked = db.execute(select(REQUEST).where(REQUEST.c.seat_id == seat_id).order_by(REQUEST.c.attempt)).all()
    return list(asked), withdrawals_of_seats(db, [seat_id]).get(seat_id)


def wanted_by_nobody(db: Connection) -> Iterable[Row[Any]]:
    """Places wanted though no seat asks for them, for the audit."""
    live = (
        select(REQUEST.c.seat_id)
        .outerjoin(WITHDRAWAL, WITHDRAWAL.c.seat_id == REQUEST.c.seat_id)
        .where(
            REQUEST.c.site == PLACE.c.site,
            REQUEST.c.person_id == PLACE.c.person_id,
            REQUEST.c.course == PLACE.c.course,
            REQUEST.c.state != "refused",
            func.coalesce(WITHDRAWAL.c.attempt, 0) < REQUEST.c.attempt,
        )
        .exists()
    )
    query = select(PLACE.c.site, PLACE.c.person_id, PLACE.c.course).where(PLACE.c.wanted == "enrolled", ~live)
    return db.execute(query)


def _key(triple: Triple) -> tuple[str, UUID, str]:
    return triple.site, triple.person_id, triple.course


def _place(row: Row[Any]) -> Place:
    return Place(triple=Triple(row.site, row.person_id, row.course), **{name: getattr(row, name) for name in _CHANGING})


def _request(row: Row[Any]) -> Request:
    return Request(
        seat_id=row.seat_id,
        attempt=row.attempt,
        batch_id=row.batch_id,
        triple=Triple(row.site, row.person_id, row.course),
        deadline=row.deadline,
        state=row.state,
        code=row.code,
    )
