"""Programme versions heard from content, and decided changes that wait for the next batch."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.enrolment.store.tables import programme_version, run_change


def keep(db: Connection, values: Mapping[str, Any]) -> None:
    """Keep a version; a version never changes once published."""
    db.execute(upsert(programme_version).values(**values).on_conflict_do_nothing())


def version(db: Connection, programme_id: UUID, number: int | None) -> Row[Any] | None:
    """One version; the latest where no number is given."""
    query = select(programme_version).where(programme_version.c.programme_id == programme_id)
    if number is not None:
        query = query.where(programme_version.c.version == number)
    return db.execute(query.order_by(programme_version.c.version.desc()).limit(1)).one_or_none()


def page(db: Connection, after: UUID | None, limit: int) -> list[Row[Any]]:
    """The latest version of each programme."""
    latest = (
        select(programme_version.c.programme_id, func.max(programme_version.c.version).label("version"))
        .group_by(programme_version.c.programme_id)
        .subquery()
    )
    query = select(programme_version).join(
        latest,
        (latest.c.programme_id == programme_version.c.programme_id) & (latest.c.version == programme_version.c.version),
    )
    if after is not None:
        query = query.where(programme_version.c.programme_id > after)
    return list(db.execute(query.order_by(programme_version.c.programme_id).limit(limit)))


def versions_of(db: Connection, programmes: Collection[UUID]) -> dict[UUID, list[int]]:
    """The version numbers of each programme."""
    found: dict[UUID, list[int]] = {programme_id: [] for programme_id in programmes}
    if programmes:
        query = select(programme_version.c.programme_id, programme_version.c.version)
        query = query.where(programme_version.c.programme_id.in_(programmes))
        for row in db.execute(query.order_by(programme_version.c.version)):
            found[row.programme_id].append(row.version)
    return found


def titles(db: Connection, keys: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], Row[Any]]:
    """Versions by (programme, number)."""
    if not keys:
        return {}
    query = select(programme_version).where(programme_version.c.programme_id.in_({key[0] for key in keys}))
    return {(row.programme_id, row.version): row for row in db.execute(query)}


def lock_change(db: Connection, finding_id: UUID) -> Row[Any] | None:
    return db.execute(select(run_change).where(run_change.c.finding_id == finding_id).with_for_update()).one_or_none()


def lock_changes(db: Connection, findings: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """Changes, locked in the order of their findings."""
    if not findings:
        return {}
    query = select(run_change).where(run_change.c.finding_id.in_(findings)).order_by(run_change.c.finding_id)
    return {row.finding_id: row for row in db.execute(query.with_for_update())}


def keep_change(db: Connection, values: Mapping[str, Any]) -> None:
    """Keep a decided change; a higher rev takes the place of a lower one."""
    statement = upsert(run_change).values(**values)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=[run_change.c.finding_id],
            set_={name: statement.excluded[name] for name in values if name != "finding_id"},
            where=run_change.c.rev < statement.excluded.rev,
        )
    )


def settle_changes(db: Connection, findings: Collection[UUID], batch_id: UUID, now: datetime) -> None:
    """These changes are carried out by a batch."""
    if findings:
        db.execute(
            update(run_change)
            .where(run_change.c.finding_id.in_(findings))
            .values(state="applied", batch_id=batch_id, since=now)
        )


def reopen_changes(db: Connection, batch_id: UUID, now: datetime) -> None:
    """A batch that will not run carries out nothing: its changes wait for another one."""
    db.execute(
        update(run_change)
        .where(run_change.c.batch_id == batch_id, run_change.c.state == "applied")
        .values(state="pending", batch_id=None, since=now)
    )


def changes_of(db: Connection, programmes: Collection[UUID] | None = None) -> list[Row[Any]]:
    """Decided changes of trainer, venue, quota and schedule, of some programmes or of all."""
    query = select(run_change)
    if programmes is not None:
        query = query.where(run_change.c.programme_id.in_(programmes))
    return list(db.execute(query.order_by(run_change.c.due, run_change.c.finding_id).limit(2_000)))


def changes_named(db: Connection, findings: Collection[UUID]) -> list[Row[Any]]:
    if not findings:
        return []
    query = select(run_change).where(run_change.c.finding_id.in_(findings))
    return list(db.execute(query.order_by(run_change.c.finding_id)))
