"""Instruments and this installation's own settings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from services.surveys.store.tables import INSTRUMENT, SETTING
from shared.ids import new_id


def setting(db: Connection, name: str, otherwise: str) -> str:
    """A setting of this installation; `otherwise` is kept as its value where it has none."""
    known = db.scalar(select(SETTING.c.value).where(SETTING.c.name == name))
    if known is None:
        db.execute(insert(SETTING).values(name=name, value=otherwise).on_conflict_do_nothing())
        known = db.scalar(select(SETTING.c.value).where(SETTING.c.name == name))
    return str(known)


def lock_code(db: Connection, code: str) -> None:
    """Keep others from adding a revision of `code` until this transaction ends."""
    db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"instrument:{code}", 0))))


def latest(db: Connection, code: str) -> Row[Any] | None:
    return db.execute(
        select(INSTRUMENT).where(INSTRUMENT.c.code == code).order_by(INSTRUMENT.c.revision.desc()).limit(1)
    ).one_or_none()


def add(
    db: Connection,
    code: str,
    revision: int,
    programme_code: str | None,
    title: Mapping[str, str],
    definition: Mapping[str, Any],
    at: datetime,
) -> UUID:
    instrument_id = new_id()
    db.execute(
        insert(INSTRUMENT).values(
            instrument_id=instrument_id,
            code=code,
            revision=revision,
            programme_code=programme_code,
            title=dict(title),
            definition=dict(definition),
            at=at,
        )
    )
    return instrument_id


def chosen(db: Connection, programme_code: str | None) -> Row[Any] | None:
    """The newest instrument given for the programme, else the newest given for none."""
    return db.execute(
        select(INSTRUMENT)
        .where(or_(INSTRUMENT.c.programme_code == programme_code, INSTRUMENT.c.programme_code.is_(None)))
        .order_by(INSTRUMENT.c.programme_code.is_(None), INSTRUMENT.c.position.desc())
        .limit(1)
    ).one_or_none()


def one(db: Connection, instrument_id: UUID) -> Row[Any] | None:
    return db.execute(select(INSTRUMENT).where(INSTRUMENT.c.instrument_id == instrument_id)).one_or_none()


def page(db: Connection, after: UUID | None, limit: int) -> list[Row[Any]]:
    """Instruments, newest first."""
    query = select(INSTRUMENT).order_by(INSTRUMENT.c.position.desc()).limit(limit)
    if after is not None:
        at = select(INSTRUMENT.c.position).where(INSTRUMENT.c.instrument_id == after).scalar_subquery()
        query = query.where(INSTRUMENT.c.position < at)
    return list(db.execute(query))
