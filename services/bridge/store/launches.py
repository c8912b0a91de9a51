"""Platforms, words that are used once, courses and grades of launches: every query.

A word is kept by its hash only: who reads the table can use none of them.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.bridge.launching import Platform

from .launch_tables import GRADE, LTI_COMPLETION, LTI_COURSE, NOTE, PLATFORM
from .tables import BATCH, EFFECT


def keep(db: Connection, kind: str, word: str, value: Mapping[str, Any], until: datetime) -> bool:
    """Keep a value under a word until then; False where the word is kept already."""
    made = upsert(NOTE).values(kind=kind, key=_hash(word), value=dict(value), expires_at=until)
    return db.execute(made.on_conflict_do_nothing().returning(NOTE.c.key)).one_or_none() is not None


def look(db: Connection, kind: str, word: str, now: datetime, lock: bool = False) -> dict[str, Any] | None:
    """What is kept under a word; None where nothing is, or not any more."""
    query = select(NOTE.c.value).where(NOTE.c.kind == kind, NOTE.c.key == _hash(word), NOTE.c.expires_at > now)
    found = db.scalar(query.with_for_update() if lock else query)
    return dict(found) if found is not None else None


def change(db: Connection, kind: str, word: str, value: Mapping[str, Any]) -> None:
    """Keep another value under a word."""
    db.execute(update(NOTE).where(NOTE.c.kind == kind, NOTE.c.key == _hash(word)).values(value=dict(value)))


def take(db: Connection, kind: str, word: str, now: datetime) -> dict[str, Any] | None:
    """What is kept under a word, once: of two at the same time the second waits and gets nothing."""
    made = delete(NOTE).where(NOTE.c.kind == kind, NOTE.c.key == _hash(word), NOTE.c.expires_at > now)
    found = db.scalar(made.returning(NOTE.c.value))
    return dict(found) if found is not None else None


def forget(db: Connection, before: datetime, most: int) -> int:
    """Delete a slice of what is kept no more."""
    old = select(NOTE.c.kind, NOTE.c.key).where(NOTE.c.expires_at <= before).limit(most)
    old_rows = old.with_for_update(skip_locked=True).subquery()
    made = delete(NOTE).where(NOTE.c.kind == old_rows.c.kind, NOTE.c.key == old_rows.c.key)
    return db.execute(made).rowcount


def put_platform(db: Connection, platform: Platform, site: str, options: Mapping[str, Any], now: datetime) -> None:
    """Keep a platform. The same issuer and client again is a registration renewed."""
    values = {**asdict(platform), "deployments": list(platform.deployments), "site": site, "options": dict(options)}
    made = upsert(PLATFORM).values(**values, created_at=now)
    made = made.on_conflict_do_update(
        index_elements=[PLATFORM.c.issuer, PLATFORM.c.client_id], set_={**values, "jwks": None, "jwks_at": None}
    )
    db.execute(made)


def platform_rows(db: Connection, issuer: str, client_id: str = "") -> list[Row[Any]]:
    """The registrations of a platform, those of one client where that is named."""
    query = select(PLATFORM).where(PLATFORM.c.issuer == issuer)
    if client_id:
        query = query.where(PLATFORM.c.client_id == client_id)
    return list(db.execute(query.order_by(PLATFORM.c.client_id).limit(2)))


def platforms_of(db: Connection, site: str) -> list[Row[Any]]:
    """The registrations that belong to a site."""
    return list(db.execute(select(PLATFORM).where(PLATFORM.c.site == site).order_by(PLATFORM.c.created_at)))


def platform_of(row: Row[Any]) -> Platform:
    """A platform from its row."""
    names = ("issuer", "client_id", "auth_url", "token_url", "jwks_url", "audience")
    return Platform(**{name: getattr(row, name) for name in names}, deployments=tuple(row.deployments))


def forget_platform(db: Connection, site: str, client_id: str) -> int:
    """Delete a registration of a site; answers how many there were."""
    return db.execute(delete(PLATFORM).where(PLATFORM.c.site == site, PLATFORM.c.client_id == client_id)).rowcount


def may_read_keys(db: Connection, issuer: str, client_id: str, now: datetime, before: datetime) -> bool:
    """Whether the platform's keys may be read now: not more often than its last reading lies before then."""
    made = (
        update(PLATFORM)
        .where(
            PLATFORM.c.issuer == issuer,
            PLATFORM.c.client_id == client_id,
            or_(PLATFORM.c.jwks_at.is_(None), PLATFORM.c.jwks_at < before),
        )
        .values(jwks_at=now)
    )
    return db.execute(made).rowcount > 0


def put_keys(db: Connection, issuer: str, client_id: str, keys: Mapping[str, Any]) -> None:
    """Keep the platform's public keys."""
    db.execute(
        update(PLATFORM).where(PLATFORM.c.issuer == issuer, PLATFORM.c.client_id == client_id).values(jwks=dict(keys))
    )


def bind_deployment(db: Connection, issuer: str, client_id: str, deployment: str) -> bool:
    """Keep the first deployment that is seen; False where another one was first."""
    row = db.execute(
        select(PLATFORM.c.deployments)
        .where(PLATFORM.c.issuer == issuer, PLATFORM.c.client_id == client_id)
        .with_for_update()
    ).one()
    if row.deployments:
        return deployment in row.deployments
    same = and_(PLATFORM.c.issuer == issuer, PLATFORM.c.client_id == client_id)
    db.execute(update(PLATFORM).where(same).values(deployments=[deployment]))
    return True


def put_course(db: Connection, row: Mapping[str, Any]) -> None:
    """Keep where the roster of a course is."""
    made = upsert(LTI_COURSE).values(**row)
    db.execute(made.on_conflict_do_update(index_elements=[LTI_COURSE.c.site, LTI_COURSE.c.course], set_=dict(row)))


def course(db: Connection, site: str, name: str) -> Row[Any] | None:
    """A course of a site from which somebody came."""
    query = select(LTI_COURSE).where(LTI_COURSE.c.site == site, LTI_COURSE.c.course == name)
    return db.execute(query).one_or_none()


def put_grade(db: Connection, row: Mapping[str, Any]) -> None:
    """Keep where the grade of a person goes."""
    made = upsert(GRADE).values(**row)
    again = {name: made.excluded[name] for name in row if name not in ("line_item", "person_id")}
    db.execute(made.on_conflict_do_update(index_elements=[GRADE.c.line_item, GRADE.c.person_id], set_=again))


def put_completions(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep who completed what; the same seat again changes nothing."""
    if rows:
        db.execute(upsert(LTI_COMPLETION).on_conflict_do_nothing(), list(rows))


def grades_due(db: Connection, people: Collection[UUID] | None, most: int) -> list[Row[Any]]:
    """The grades of these people (None: of all) whose programme they have completed and which were not sent, locked:
    the programme the link names, else that of a batch with the course from which they came."""
    query = (
        select(GRADE, LTI_COMPLETION.c.seat_id.label("completed_seat"), LTI_COMPLETION.c.at.label("completed_at"))
        .join(LTI_COMPLETION, LTI_COMPLETION.c.person_id == GRADE.c.person_id)
        .outerjoin(BATCH, BATCH.c.batch_id == LTI_COMPLETION.c.batch_id)
        .where(
            GRADE.c.seat_id.is_(None),
            or_(
                GRADE.c.programme_id == LTI_COMPLETION.c.programme_id,
                and_(
                    GRADE.c.programme_id.is_(None),
                    BATCH.c.site == GRADE.c.site,
                    BATCH.c.course == GRADE.c.course,
                ),
            ),
        )
        .order_by(GRADE.c.line_item, GRADE.c.person_id, LTI_COMPLETION.c.at)
        .limit(most)
        .with_for_update(of=GRADE, skip_locked=people is None)
    )
    if people is not None:
        query = query.where(GRADE.c.person_id.in_(list(people)))
    first: dict[tuple[str, UUID], Row[Any]] = {}
    for row in db.execute(query):
        first.setdefault((row.line_item, row.person_id), row)
    return list(first.values())


def sent_for(db: Connection, line_item: str, person_id: UUID, seat_id: UUID) -> None:
    """Note for which seat a grade is sent."""
    db.execute(
        update(GRADE).where(GRADE.c.line_item == line_item, GRADE.c.person_id == person_id).values(seat_id=seat_id)
    )


def add_effects(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write effect rows."""
    if rows:
        db.execute(EFFECT.insert(), list(rows))


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode(errors="surrogatepass")).hexdigest()
