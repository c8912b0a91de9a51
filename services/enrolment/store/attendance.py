"""Attendance: a row a seat and session, the higher rev counts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from services.enrolment.store.tables import attendance, session


def at_session(db: Connection, session_id: UUID, seat_ids: Collection[UUID]) -> dict[UUID, Row[Any]]:
    """What is recorded of these seats at a session."""
    if not seat_ids:
        return {}
    query = select(attendance).where(attendance.c.session_id == session_id, attendance.c.seat_id.in_(seat_ids))
    return {row.seat_id: row for row in db.execute(query)}


def record(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep attendance of locked seats."""
    if not rows:
        return
    statement = upsert(attendance)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=[attendance.c.seat_id, attendance.c.session_id],
            set_={name: statement.excluded[name] for name in ("rev", "present", "how", "at", "by")},
        ),
        [dict(row) for row in rows],
    )


def present(db: Connection, seat_ids: Collection[UUID]) -> dict[UUID, int]:
    """At how many sessions each seat was present."""
    if not seat_ids:
        return {}
    query = (
        select(attendance.c.seat_id, func.count())
        .where(attendance.c.seat_id.in_(seat_ids), attendance.c.present)
        .group_by(attendance.c.seat_id)
    )
    return {row[0]: row[1] for row in db.execute(query)}


def of_session(db: Connection, session_id: UUID) -> dict[UUID, bool]:
    """Who was present at a session, by seat."""
    query = select(attendance.c.seat_id, attendance.c.present).where(attendance.c.session_id == session_id)
    return {row.seat_id: row.present for row in db.execute(query)}


def recorded(db: Connection, batch_id: UUID) -> dict[UUID, int]:
    """How many were present at each session of a batch; sessions without a row are left out."""
    query = (
        select(attendance.c.session_id, func.count().filter(attendance.c.present))
        .join(session, session.c.session_id == attendance.c.session_id)
        .where(session.c.batch_id == batch_id)
        .group_by(attendance.c.session_id)
    )
    return {row[0]: row[1] for row in db.execute(query)}
