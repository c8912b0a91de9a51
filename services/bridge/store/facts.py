"""What was heard from a site, and what it refers to: every query."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, case, delete, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.events.bridge import ProgressRow

from .tables import AGENCY, BATCH, COURSE, EARLY_FACT, LMS_FACT, PERSON, PROGRAMME, REPORTED, REQUEST, WITHDRAWAL


def agencies_below(db: Connection, agencies: Iterable[UUID]) -> set[UUID]:
    """These agencies and all that belong to them, as far as is known."""
    roots = set(agencies)
    below = select(AGENCY.c.agency_id).where(AGENCY.c.agency_id.in_(list(roots))).cte("below", recursive=True)
    # UNION, not UNION ALL: agencies that belong to each other in a ring must not make this go on for ever.
    below = below.union(select(AGENCY.c.agency_id).join(below, AGENCY.c.parent_id == below.c.agency_id))
    return roots | set(db.scalars(select(below.c.agency_id)))


def people_by_nip(
    db: Connection, nips: Iterable[str], agencies: Collection[UUID] | None = None
) -> dict[str, set[UUID]]:
    """The people with these NIPs: the record itself and those merged into it; of these agencies only, if given."""
    merged = PERSON.alias()
    query = (
        select(PERSON.c.nip, PERSON.c.person_id, merged.c.person_id.label("merged_id"))
        .outerjoin(merged, merged.c.merged_into == PERSON.c.person_id)
        .where(PERSON.c.nip.in_(list(nips)))
    )
    if agencies is not None:
        query = query.where(PERSON.c.agency_id.in_(list(agencies)))
    found: dict[str, set[UUID]] = {}
    for row in db.execute(query):
        found.setdefault(row.nip, set()).update({row.person_id, *([row.merged_id] if row.merged_id else [])})
    return found


def batches_of_course(db: Connection, code: str, courses: Iterable[str]) -> dict[str, UUID]:
    """The newest batch of each course at a site."""
    query = (
        select(BATCH.c.course, BATCH.c.batch_id)
        .where(BATCH.c.site == code, BATCH.c.course.in_(list(courses)))
        .order_by(BATCH.c.position)
    )
    return {row.course: row.batch_id for row in db.execute(query)}


def modules_of_batches(db: Connection, batches: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The modules of the programme version each batch runs; a batch or version not heard of is missing."""
    query = (
        select(BATCH.c.batch_id, PROGRAMME.c.modules)
        .join(
            PROGRAMME,
            (PROGRAMME.c.programme_id == BATCH.c.programme_id) & (PROGRAMME.c.version == BATCH.c.version),
        )
        .where(BATCH.c.batch_id.in_(list(batches)))
    )
    return {row.batch_id: list(row.modules) for row in db.execute(query)}


def batch_of_learners(
    db: Connection, code: str, pairs: Iterable[tuple[UUID, str]]
) -> dict[tuple[UUID, str], tuple[UUID, UUID]]:
    """The batch and person for (person, course) at a site: the seat that is live, else the last one."""
    wanted = list(set(pairs))
    if not wanted:
        return {}
    live = (REQUEST.c.state != "refused") & (func.coalesce(WITHDRAWAL.c.attempt, 0) < REQUEST.c.attempt)
    query = (
        select(REQUEST.c.person_id, REQUEST.c.course, REQUEST.c.batch_id)
        .outerjoin(WITHDRAWAL, WITHDRAWAL.c.seat_id == REQUEST.c.seat_id)
        .where(REQUEST.c.site == code, tuple_(REQUEST.c.person_id, REQUEST.c.course).in_(wanted))
        .order_by(case((live, 1), else_=0), REQUEST.c.at, REQUEST.c.seat_id)
    )
    return {(row.person_id, row.course): (row.batch_id, row.person_id) for row in db.execute(query)}


def known_facts(db: Connection, code: str, facts: Iterable[str]) -> set[str]:
    """Which of these facts were kept before."""
    query = select(LMS_FACT.c.fact_id).where(LMS_FACT.c.site == code, LMS_FACT.c.fact_id.in_(list(facts)))
    return set(db.scalars(query))


def keep_facts(db: Connection, code: str, facts: Iterable[str], now: datetime) -> set[str]:
    """Note facts; answers those that are new."""
    rows = [{"site": code, "fact_id": fact_id, "at": now} for fact_id in sorted(set(facts))]
    if not rows:
        return set()
    made = upsert(LMS_FACT).values(rows).on_conflict_do_nothing().returning(LMS_FACT.c.fact_id)
    return set(db.scalars(made))


def keep_early(db: Connection, code: str, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Keep progress in modules that can't be named yet."""
    if rows:
        db.execute(upsert(EARLY_FACT).on_conflict_do_nothing(), [{"site": code, "at": now, **row} for row in rows])


def early_readable(db: Connection, most: int) -> list[Row[Any]]:
    """Progress kept early whose batch and programme version are known now, with the modules; locked."""
    query = (
        select(EARLY_FACT, PROGRAMME.c.modules)
        .join(BATCH, BATCH.c.batch_id == EARLY_FACT.c.batch_id)
        .join(
            PROGRAMME,
            (PROGRAMME.c.programme_id == BATCH.c.programme_id) & (PROGRAMME.c.version == BATCH.c.version),
        )
        .order_by(EARLY_FACT.c.site, EARLY_FACT.c.at, EARLY_FACT.c.fact_id)
        .limit(most)
        .with_for_update(of=EARLY_FACT, skip_locked=True)
    )
    return list(db.execute(query))


def early_older_than(db: Connection, before: datetime, most: int) -> list[Row[Any]]:
    """Progress kept early so long ago that its batch will not be heard of any more; locked."""
    query = select(EARLY_FACT).where(EARLY_FACT.c.at < before).limit(most).with_for_update(skip_locked=True)
    return list(db.execute(query))


def drop_early(db: Connection, rows: Iterable[Row[Any]]) -> None:
    """Forget progress kept early."""
    keys = [(row.site, row.fact_id) for row in rows]
    if keys:
        db.execute(delete(EARLY_FACT).where(tuple_(EARLY_FACT.c.site, EARLY_FACT.c.fact_id).in_(keys)))


def note_completed(db: Connection, code: str, rows: Iterable[ProgressRow], now: datetime) -> None:
    """Note completions that are reported now."""
    keys = {completion_key(row) for row in rows if row.kind == "completed"}
    names = ("batch_id", "person_id", "module_id")
    values = [{"site": code, "at": now, **dict(zip(names, key, strict=True))} for key in sorted(keys, key=str)]
    if values:
        db.execute(upsert(REPORTED).on_conflict_do_nothing(), values)


def noted_completions(db: Connection, code: str, rows: Iterable[ProgressRow]) -> set[tuple[UUID, UUID, str]]:
    """Which of these completions were reported before."""
    key = tuple_(REPORTED.c.batch_id, REPORTED.c.person_id, REPORTED.c.module_id)
    wanted = [completion_key(row) for row in rows]
    query = select(REPORTED.c.batch_id, REPORTED.c.person_id, REPORTED.c.module_id)
    return {tuple(row) for row in db.execute(query.where(REPORTED.c.site == code, key.in_(wanted)))}


def completion_key(row: ProgressRow) -> tuple[UUID, UUID, str]:
    """What a completion is known by: batch, person, module."""
    return row.batch_id, row.person_id, str(row.module_id or "")


def courses_of(db: Connection, code: str) -> list[str]:
    """The courses of a site that batches use."""
    query = select(BATCH.c.course).where(BATCH.c.site == code, BATCH.c.course.is_not(None)).distinct()
    return sorted(db.scalars(query))


def nips_of(db: Connection, people: Iterable[UUID]) -> dict[UUID, str]:
    """The NIPs by which an LMS knows these people."""
    alive = PERSON.alias()
    query = (
        select(PERSON.c.person_id, func.coalesce(alive.c.nip, PERSON.c.nip).label("nip"))
        .outerjoin(alive, alive.c.person_id == PERSON.c.merged_into)
        .where(PERSON.c.person_id.in_(list(people)))
    )
    return {row.person_id: row.nip for row in db.execute(query)}


def put_courses(db: Connection, code: str, courses: Iterable[Mapping[str, Any]]) -> None:
    """Keep what a site said of courses; what happened earlier is dropped."""
    rows = sorted(courses, key=lambda row: (str(row["course"]), row["at"]))
    if rows:
        made = upsert(COURSE)
        names = ("name", "visible", "deleted", "at")
        db.execute(
            made.on_conflict_do_update(
                index_elements=[COURSE.c.site, COURSE.c.course],
                set_={name: made.excluded[name] for name in names},
                where=made.excluded.at >= COURSE.c.at,
            ),
            [{"site": code, **row} for row in rows],
        )


def courses_gone(db: Connection, code: str) -> list[Row[Any]]:
    """Courses that batches use and that the site said to be hidden or deleted."""
    used = select(literal(1)).where(BATCH.c.site == code, BATCH.c.course == COURSE.c.course).exists()
    gone = COURSE.c.deleted | ~COURSE.c.visible
    return list(db.execute(select(COURSE).where(COURSE.c.site == code, gone, used).order_by(COURSE.c.course)))


def forget_facts(db: Connection, before: datetime, most: int) -> int:
    """Forget ids of facts heard before that, at most so many; answers how many."""
    old = select(LMS_FACT.c.site, LMS_FACT.c.fact_id).where(LMS_FACT.c.at < before).limit(most)
    return db.execute(delete(LMS_FACT).where(tuple_(LMS_FACT.c.site, LMS_FACT.c.fact_id).in_(old))).rowcount
