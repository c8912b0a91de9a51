"""What was heard of programmes, agencies, batches and seats, and who took part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from services.surveys.domain.anonymity import Cell, cell
from services.surveys.store.tables import AGENCY, BATCH, OPENING, PRESENCE, PROGRAMME_VERSION, SEAT


@dataclass(frozen=True)
class TookPart:
    """A seat whose person was there, with the groups as enrolment gave them."""

    seat_id: UUID
    person_id: UUID
    cell: Cell


def keep_version(db: Connection, programme_id: UUID, version: int, code: str, title: str) -> None:
    db.execute(
        insert(PROGRAMME_VERSION)
        .values(programme_id=programme_id, version=version, code=code, title=title)
        .on_conflict_do_nothing()
    )


def programme(db: Connection, programme_id: UUID, version: int) -> Row[str, str] | None:
    """The version's code and title; those of a near version where this one has not been heard of."""
    return db.execute(
        select(PROGRAMME_VERSION.c.code, PROGRAMME_VERSION.c.title)
        .where(PROGRAMME_VERSION.c.programme_id == programme_id)
        .order_by(func.abs(PROGRAMME_VERSION.c.version - version))
        .limit(1)
    ).one_or_none()


def keep_agencies(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    _keep_newest(db, AGENCY, rows, ("agency_id",))


def agency_names(db: Connection, ids: Sequence[str]) -> dict[str, str]:
    rows = db.execute(select(AGENCY.c.agency_id, AGENCY.c.name).where(AGENCY.c.agency_id.in_(ids)))
    return {str(row.agency_id): row.name for row in rows}


def keep_batch(db: Connection, values: Mapping[str, Any]) -> None:
    """Keep the batch as said, unless something newer is kept."""
    _keep_newest(db, BATCH, [values], ("batch_id",))


def batch(db: Connection, batch_id: UUID) -> Row[Any] | None:
    return db.execute(select(BATCH).where(BATCH.c.batch_id == batch_id)).one_or_none()


def close_batch(db: Connection, batch_id: UUID, took_part: int, at: datetime) -> None:
    db.execute(
        update(BATCH)
        .where(BATCH.c.batch_id == batch_id, BATCH.c.closed_at.is_(None))
        .values(took_part=took_part, closed_at=at)
    )


def keep_confirmed(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    given = insert(SEAT).values(_distinct(rows, ("seat_id",), "attempt"))
    columns = ("batch_id", "attempt", "person_id", "grade_band", "agency_id", "unit")
    db.execute(
        given.on_conflict_do_update(
            index_elements=[SEAT.c.seat_id],
            set_={name: given.excluded[name] for name in columns},
            where=or_(SEAT.c.attempt.is_(None), SEAT.c.attempt < given.excluded.attempt),
        )
    )


def keep_released(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep releases, also of seats not heard of yet; the highest attempt counts."""
    given = insert(SEAT).values(_distinct(rows, ("seat_id",), "released_attempt"))
    db.execute(
        given.on_conflict_do_update(
            index_elements=[SEAT.c.seat_id],
            set_={"released_attempt": func.greatest(SEAT.c.released_attempt, given.excluded.released_attempt)},
        )
    )


def keep_presence(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    _keep_newest(db, PRESENCE, rows, ("seat_id", "session_id"))


def keep_openings(db: Connection, seats: Sequence[UUID]) -> None:
    db.execute(
        insert(OPENING).values([{"seat_id": seat_id} for seat_id in sorted(set(seats))]).on_conflict_do_nothing()
    )


def took_part(db: Connection, batch_id: UUID) -> list[TookPart]:
    """Who is to be asked: confirmed and not given up since, present at one session or one module opened."""
    rows = db.execute(_took_part(batch_id).order_by(SEAT.c.seat_id))
    return [TookPart(row.seat_id, row.person_id, cell(row.grade_band, str(row.agency_id), row.unit)) for row in rows]


def _took_part(batch_id: UUID) -> Select[Any]:
    there = select(PRESENCE.c.seat_id).where(PRESENCE.c.seat_id == SEAT.c.seat_id, PRESENCE.c.present).exists()
    opened = select(OPENING.c.seat_id).where(OPENING.c.seat_id == SEAT.c.seat_id).exists()
    return select(SEAT).where(
        SEAT.c.batch_id == batch_id,
        SEAT.c.attempt > func.coalesce(SEAT.c.released_attempt, -1),
        or_(there, opened),
    )


def _keep_newest(db: Connection, table: Any, rows: Sequence[Mapping[str, Any]], key: tuple[str, ...]) -> None:
    """Upsert rows with a `rev`; the older of two is dropped."""
    if not rows:
        return
    given = insert(table).values(_distinct(rows, key, "rev"))
    db.execute(
        given.on_conflict_do_update(
            index_elements=[table.c[name] for name in key],
            set_={name: given.excluded[name] for name in rows[0] if name not in key},
            where=table.c.rev < given.excluded.rev,
        )
    )


def _distinct(rows: Sequence[Mapping[str, Any]], key: tuple[str, ...], by: str) -> list[dict[str, Any]]:
    """One row a key, that with the highest `by`, sorted by key so that two writers lock in the same order."""
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: row[by]):
        newest[tuple(row[name] for name in key)] = dict(row)
    return [newest[found] for found in sorted(newest)]
