"""Sites, people, batches and programme modules, and what was heard from a site: every query."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, case, cast, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.events.content import VersionPublished
from shared.events.enrolment import Batch, Person

from .tables import BATCH, EFFECT, LMS_FACT, PERSON, PROGRAMME, REQUEST, SITE, WITHDRAWAL


def add_site(db: Connection, row: Mapping[str, Any]) -> bool:
    """Add a site; False where its code is taken."""
    made = upsert(SITE).values(**row).on_conflict_do_nothing().returning(SITE.c.code)
    return db.execute(made).one_or_none() is not None


def change_site(db: Connection, code: str, values: Mapping[str, Any]) -> bool:
    """Change a site, and what open calls know of it; False where there is none."""
    made = update(SITE).where(SITE.c.code == code).values(**values).returning(SITE.c.code)
    if db.execute(made).one_or_none() is None:
        return False
    if "settings" in values:
        # An open call must not go on failing with the settings that made it fail.
        known = {"plugin": values["plugin"], "settings": values["settings"]}
        # One that is being settled right now is left alone: it is done.
        free = (
            select(EFFECT.c.effect_id)
            .where(EFFECT.c.done_at.is_(None), EFFECT.c.target == code)
            .with_for_update(skip_locked=True)
        )
        db.execute(
            update(EFFECT)
            .where(EFFECT.c.effect_id.in_(list(db.scalars(free))))
            .values(data=EFFECT.c.data.concat(cast(known, EFFECT.c.data.type)), next_at=func.now())
        )
    return True


def site(db: Connection, code: str) -> Row[Any] | None:
    """One site."""
    return db.execute(select(SITE).where(SITE.c.code == code)).one_or_none()


def sites(db: Connection) -> list[Row[Any]]:
    """Every site in the order they came, 500 at most, with its open calls and the word of the one that failed most."""
    waiting = (
        select(
            EFFECT.c.target,
            func.count().label("waiting"),
            func.max(EFFECT.c.attempts).label("attempts"),
            func.max(EFFECT.c.last_error).label("last_error"),
        )
        .where(EFFECT.c.done_at.is_(None), EFFECT.c.kind == "place")
        .group_by(EFFECT.c.target)
        .subquery()
    )
    query = (
        select(SITE, waiting.c.waiting, waiting.c.attempts, waiting.c.last_error)
        .outerjoin(waiting, waiting.c.target == SITE.c.code)
        .order_by(SITE.c.position)
        .limit(500)
    )
    return list(db.execute(query))


def sites_to_look_at(db: Connection, now: datetime, most: int) -> list[Row[Any]]:
    """Sites whose next look is due and none is open, locked."""
    query = (
        select(SITE)
        .where(SITE.c.look_at <= now, SITE.c.look_effect_id.is_(None))
        .order_by(SITE.c.code)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    return list(db.execute(query))


def begin_look(db: Connection, code: str, effect_id: UUID) -> None:
    """Note the open look of a site."""
    db.execute(update(SITE).where(SITE.c.code == code).values(look_effect_id=effect_id))


def end_look(db: Connection, code: str, ok: bool, detail: str, now: datetime, again: timedelta) -> None:
    """Note how a site was found and when to look again."""
    db.execute(
        update(SITE)
        .where(SITE.c.code == code)
        .values(look_effect_id=None, ok=ok, detail=detail, looked_at=now, look_at=now + again)
    )


def put_people(db: Connection, people: Sequence[Person]) -> None:
    """Keep people; an older rev is dropped."""
    names = ("person_id", "rev", "nip", "name", "email", "standing", "agency_id", "merged_into")
    rows = [{name: getattr(one, name) for name in names} for one in sorted(people, key=lambda one: str(one.person_id))]
    made = upsert(PERSON)
    db.execute(
        made.on_conflict_do_update(
            index_elements=[PERSON.c.person_id],
            set_={name: made.excluded[name] for name in names},
            where=made.excluded.rev > PERSON.c.rev,
        ),
        rows,
    )


def people(db: Connection, ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """These people; of one that was merged, the record that lives on where it is known."""
    alive = PERSON.alias()
    query = (
        select(
            PERSON.c.person_id,
            *(func.coalesce(alive.c[name], PERSON.c[name]).label(name) for name in ("nip", "name", "email")),
        )
        .outerjoin(alive, alive.c.person_id == PERSON.c.merged_into)
        .where(PERSON.c.person_id.in_(list(ids)))
    )
    return {row.person_id: row for row in db.execute(query)}


def people_by_nip(db: Connection, nips: Iterable[str]) -> dict[str, set[UUID]]:
    """The people with these NIPs: the record itself and those merged into it."""
    merged = PERSON.alias()
    query = (
        select(PERSON.c.nip, PERSON.c.person_id, merged.c.person_id.label("merged_id"))
        .outerjoin(merged, merged.c.merged_into == PERSON.c.person_id)
        .where(PERSON.c.nip.in_(list(nips)))
    )
    found: dict[str, set[UUID]] = {}
    for row in db.execute(query):
        found.setdefault(row.nip, set()).update({row.person_id, *([row.merged_id] if row.merged_id else [])})
    return found


def put_batch(db: Connection, batch: Batch) -> None:
    """Keep what is known of a batch; an older rev is dropped."""
    names = ("batch_id", "rev", "programme_id", "version", "site", "course")
    values = {name: getattr(batch, name) for name in names}
    made = upsert(BATCH).values(**values)
    newer = made.excluded.rev > BATCH.c.rev
    db.execute(made.on_conflict_do_update(index_elements=[BATCH.c.batch_id], set_=values, where=newer))


def put_modules(db: Connection, event: VersionPublished) -> None:
    """Keep the modules of a published version."""
    modules = [{"module_id": str(one.module_id), "position": one.position, "title": one.title} for one in event.modules]
    made = upsert(PROGRAMME).values(programme_id=event.programme_id, version=event.version, modules=modules)
    db.execute(made.on_conflict_do_nothing())


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
