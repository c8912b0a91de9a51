"""Instruments and this installation's own settings."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.surveys.store.tables import INSTRUMENT, SETTING
from shared.ids import new_id


def setting(session: Session, name: str, otherwise: str) -> str:
    """A setting of this installation; `otherwise` is kept as its value where it has none."""
    known = session.scalar(select(SETTING.c.value).where(SETTING.c.name == name))
    if known is None:
        session.execute(insert(SETTING).values(name=name, value=otherwise).on_conflict_do_nothing())
        known = session.scalar(select(SETTING.c.value).where(SETTING.c.name == name))
    return str(known)


def lock_code(session: Session, code: str) -> None:
    """Keep others from adding a revision of `code` until this transaction ends."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"instrument:{code}", 0))))


def latest(session: Session, code: str) -> Row[Any] | None:
    return session.execute(
        select(INSTRUMENT).where(INSTRUMENT.c.code == code).order_by(INSTRUMENT.c.revision.desc()).limit(1)
    ).one_or_none()


def add(
    session: Session,
    code: str,
    revision: int,
    programme_code: str | None,
    title: Mapping[str, str],
    definition: Mapping[str, Any],
    at: datetime,
) -> UUID:
    instrument_id = new_id()
    session.execute(
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


def chosen(session: Session, programme_code: str | None) -> Row[Any] | None:
    """The newest instrument given for the programme, else the newest given for none."""
    return session.execute(
        select(INSTRUMENT)
        .where(or_(INSTRUMENT.c.programme_code == programme_code, INSTRUMENT.c.programme_code.is_(None)))
        .order_by(INSTRUMENT.c.programme_code.is_(None), INSTRUMENT.c.position.desc())
        .limit(1)
    ).one_or_none()


def one(session: Session, instrument_id: UUID) -> Row[Any] | None:
    return session.execute(select(INSTRUMENT).where(INSTRUMENT.c.instrument_id == instrument_id)).one_or_none()


def page(session: Session, after: UUID | None, limit: int) -> list[Row[Any]]:
    """Instruments, newest first."""
    query = select(INSTRUMENT).order_by(INSTRUMENT.c.position.desc()).limit(limit)
    if after is not None:
        at = select(INSTRUMENT.c.position).where(INSTRUMENT.c.instrument_id == after).scalar_subquery()
        query = query.where(INSTRUMENT.c.position < at)
    return list(session.execute(query))
