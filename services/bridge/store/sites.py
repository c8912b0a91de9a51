"""Sites, people, batches and programme modules, and what was heard from a site: every query."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.events.content import VersionPublished
from shared.events.enrolment import Agency, Batch, Person

from .tables import AGENCY, BATCH, EFFECT, PERSON, PROGRAMME, SITE


def add_site(db: Connection, row: Mapping[str, Any]) -> bool:
    """Add a site; False where its code is taken."""
    made = upsert(SITE).values(**row).on_conflict_do_nothing().returning(SITE.c.code)
    return db.execute(made).one_or_none() is not None


def change_site(db: Connection, code: str, values: Mapping[str, Any]) -> bool:
    """Change a site; False where there is none."""
    return db.execute(update(SITE).where(SITE.c.code == code).values(**values)).rowcount > 0


def lock_sites(db: Connection) -> list[Row[Any]]:
    """Every site, locked."""
    return list(db.execute(select(SITE).order_by(SITE.c.code).with_for_update()))


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


def put_agencies(db: Connection, agencies: Sequence[Agency]) -> None:
    """Keep which agency belongs to which; an older rev is dropped."""
    names = ("agency_id", "rev", "parent_id")
    rows = [
        {name: getattr(one, name) for name in names} for one in sorted(agencies, key=lambda one: str(one.agency_id))
    ]
    made = upsert(AGENCY)
    db.execute(
        made.on_conflict_do_update(
            index_elements=[AGENCY.c.agency_id],
            set_={name: made.excluded[name] for name in names},
            where=made.excluded.rev > AGENCY.c.rev,
        ),
        rows,
    )


def put_batch(db: Connection, batch: Batch) -> None:
    """Keep what is known of a batch; an older rev is dropped."""
    names = ("batch_id", "rev", "programme_id", "version", "site", "course")
    values = {name: getattr(batch, name) for name in names}
    made = upsert(BATCH).values(**values)
    newer = made.excluded.rev > BATCH.c.rev
    db.execute(made.on_conflict_do_update(index_elements=[BATCH.c.batch_id], set_=values, where=newer))


def batch(db: Connection, batch_id: UUID) -> Row[Any] | None:
    """What is known of a batch."""
    return db.execute(select(BATCH).where(BATCH.c.batch_id == batch_id)).one_or_none()


def put_modules(db: Connection, event: VersionPublished) -> None:
    """Keep the modules of a published version."""
    modules = [{"module_id": str(one.module_id), "position": one.position, "title": one.title} for one in event.modules]
    made = upsert(PROGRAMME).values(programme_id=event.programme_id, version=event.version, modules=modules)
    db.execute(made.on_conflict_do_nothing())
