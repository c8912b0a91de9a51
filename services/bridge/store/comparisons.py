"""When the enrolments of courses are compared, and how they differed: every query."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from .tables import COMPARISON, PLACE


def plan(db: Connection, at: datetime) -> int:
    """Plan to compare every course with a wanted place that is not planned yet; answers how many there were."""
    wanted = select(PLACE.c.site, PLACE.c.course).where(PLACE.c.wanted == "enrolled").distinct().subquery()
    planned = (COMPARISON.c.site == wanted.c.site) & (COMPARISON.c.course == wanted.c.course)
    missing = (
        select(wanted.c.site, wanted.c.course, literal(at, COMPARISON.c.due_at.type))
        .outerjoin(COMPARISON, planned)
        .where(COMPARISON.c.site.is_(None))
        .order_by(wanted.c.site, wanted.c.course)
    )
    made = upsert(COMPARISON).from_select(["site", "course", "due_at"], missing).on_conflict_do_nothing()
    return db.execute(made).rowcount


def soon(db: Connection, code: str, people: Collection[UUID], at: datetime) -> None:
    """Compare the courses of a site in which these people have a place at this moment, or before."""
    query = select(PLACE.c.course).where(PLACE.c.site == code, PLACE.c.person_id.in_(list(people))).distinct()
    course_soon(db, code, list(db.scalars(query)), at)


def course_soon(db: Connection, code: str, courses: Collection[str], at: datetime) -> None:
    """Compare these courses at this moment, or before."""
    rows = [{"site": code, "course": course, "due_at": at} for course in sorted(courses)]
    if rows:
        made = upsert(COMPARISON)
        keys = [COMPARISON.c.site, COMPARISON.c.course]
        first = func.least(COMPARISON.c.due_at, made.excluded.due_at)
        db.execute(made.on_conflict_do_update(index_elements=keys, set_={"due_at": first}), rows)


def due(db: Connection, now: datetime, most: int) -> list[Row[Any]]:
    """Comparisons that are due and not open, locked."""
    query = (
        select(COMPARISON)
        .where(COMPARISON.c.due_at <= now, COMPARISON.c.effect_id.is_(None))
        .order_by(COMPARISON.c.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return list(db.execute(query))


def begin(db: Connection, code: str, course: str, effect_id: UUID | None, again: datetime) -> None:
    """Note the open reading of a roster, and when the one after it is due."""
    _put(db, code, course, {"effect_id": effect_id, "due_at": again})


def end(db: Connection, code: str, course: str, effect_id: UUID) -> bool:
    """Note that a reading ended; False where another one is open by now."""
    mine = (COMPARISON.c.site == code) & (COMPARISON.c.course == course) & (COMPARISON.c.effect_id == effect_id)
    return db.execute(update(COMPARISON).where(mine).values(effect_id=None)).rowcount > 0


def note(db: Connection, code: str, course: str, found: Mapping[str, int], now: datetime, again: datetime) -> None:
    """Note how both sides differ now."""
    values = {"compared_at": now, **found}
    made = upsert(COMPARISON).values(site=code, course=course, due_at=again, **values)
    db.execute(made.on_conflict_do_update(index_elements=[COMPARISON.c.site, COMPARISON.c.course], set_=values))


def differing(db: Connection, code: str) -> list[Row[Any]]:
    """The courses of a site that differed when they were compared last."""
    found = COMPARISON.c.missing + COMPARISON.c.left_over + COMPARISON.c.outside > 0
    return list(db.execute(select(COMPARISON).where(COMPARISON.c.site == code, found).order_by(COMPARISON.c.course)))


def _put(db: Connection, code: str, course: str, values: Mapping[str, Any]) -> None:
    db.execute(update(COMPARISON).where(COMPARISON.c.site == code, COMPARISON.c.course == course).values(**values))
