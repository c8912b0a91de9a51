"""How the calls to each site go, and what that does to those that wait: every query.

Whoever settles a call holds effect rows and then takes the site's, so whoever holds a site's row takes effect rows only
where they are free (SKIP LOCKED).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from .tables import EFFECT, SITE

CALLS = ("place", "grade")
"""The kinds of effects that a resting site is spared. Looks and receipts go on: a look finds out that it is back."""


def lock_site(db: Connection, code: str) -> Row[Any] | None:
    """One site, locked."""
    return db.execute(select(SITE).where(SITE.c.code == code).with_for_update()).one_or_none()


def put_circuit(db: Connection, code: str, values: Mapping[str, Any]) -> None:
    """Note how the calls to a site go."""
    db.execute(update(SITE).where(SITE.c.code == code).values(**values))


def rest_calls(db: Connection, code: str, seconds: float) -> None:
    """Let the calls that wait for a site wait so much longer."""
    _move(db, code, func.now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds))


def wake_calls(db: Connection, code: str) -> None:
    """Let the calls that wait for a site be made now."""
    _move(db, code, func.now())


def _move(db: Connection, code: str, to: Any) -> None:
    waiting = (EFFECT.c.target == code, EFFECT.c.kind.in_(CALLS), EFFECT.c.done_at.is_(None))
    free = select(EFFECT.c.effect_id).where(*waiting).order_by(EFFECT.c.effect_id).with_for_update(skip_locked=True)
    db.execute(update(EFFECT).where(EFFECT.c.effect_id.in_(free)).values(next_at=to))


def closed(db: Connection, now: datetime) -> dict[str, bool]:
    """Whether each site is being left alone."""
    return {row.code: bool(row.closed_until and row.closed_until > now) for row in db.execute(select(SITE))}
