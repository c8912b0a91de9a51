"""The keys with which sites sign, and the signatures that were seen: every query."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from .tables import SIGNATURE, SITE, SITE_KEY


def lock_site(db: Connection, code: str) -> bool:
    """Lock a site; False where there is none."""
    return db.execute(select(SITE.c.code).where(SITE.c.code == code).with_for_update()).one_or_none() is not None


def living_key(db: Connection, key_id: str) -> Row[Any] | None:
    """A key that was not retired."""
    query = select(SITE_KEY).where(SITE_KEY.c.key_id == key_id, SITE_KEY.c.retired_at.is_(None))
    return db.execute(query).one_or_none()


def keys_of(db: Connection, code: str) -> list[Row[Any]]:
    """Every key that a site had, in the order they came."""
    return list(db.execute(select(SITE_KEY).where(SITE_KEY.c.site == code).order_by(SITE_KEY.c.number)))


def add_key(db: Connection, row: Mapping[str, Any]) -> None:
    """Keep a new key."""
    db.execute(insert(SITE_KEY).values(**row))


def retire_key(db: Connection, code: str, key_id: str, now: datetime) -> bool:
    """Let a key count no more; False where the site has no such key that counts."""
    made = (
        update(SITE_KEY)
        .where(SITE_KEY.c.site == code, SITE_KEY.c.key_id == key_id, SITE_KEY.c.retired_at.is_(None))
        .values(retired_at=now)
    )
    return db.execute(made).rowcount > 0


def all_keys(db: Connection) -> list[Row[Any]]:
    """Every key, locked."""
    return list(db.execute(select(SITE_KEY).order_by(SITE_KEY.c.key_id).with_for_update()))


def put_secret(db: Connection, key_id: str, secret: str) -> None:
    """Keep a key's secret, sealed anew."""
    db.execute(update(SITE_KEY).where(SITE_KEY.c.key_id == key_id).values(secret=secret))


def first_seen(db: Connection, signature: bytes, now: datetime) -> bool:
    """Note a signature; False where it was seen before. A simultaneous repeat waits for this transaction."""
    made = upsert(SIGNATURE).values(signature=signature, at=now).on_conflict_do_nothing()
    return db.execute(made.returning(SIGNATURE.c.at)).one_or_none() is not None


def forget_signatures(db: Connection, before: datetime, most: int) -> int:
    """Delete one slice of the signatures that were seen before then."""
    old = select(SIGNATURE.c.signature).where(SIGNATURE.c.at < before).limit(most).with_for_update(skip_locked=True)
    return db.execute(delete(SIGNATURE).where(SIGNATURE.c.signature.in_(old))).rowcount


def heard_from(db: Connection, code: str, now: datetime) -> None:
    """Note that a site called, to the minute: many calls at once must not wait for each other's row."""
    free = select(SITE.c.code).where(SITE.c.code == code).with_for_update(skip_locked=True)
    stale = func.coalesce(SITE.c.heard_at, func.to_timestamp(0)) < now - func.make_interval(0, 0, 0, 0, 0, 1)
    db.execute(update(SITE).where(SITE.c.code.in_(free), stale).values(heard_at=now))
