"""Keys that sign in the bridge's name, and the people an LMS may sign in: tables and queries."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Row,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.bridge.tools.signing import Key

from .tables import METADATA, PERSON

SIGNING_KEY = Table(
    "signing_key",
    METADATA,
    Column("kid", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("secret", Text, nullable=False, comment="sealed"),
    Column("public", JSONB, nullable=False),
    Column("signs_from", DateTime(timezone=True), nullable=False),
    CheckConstraint("kind IN ('token', 'lti')", name="kind"),
)
_ONE_MAKER = 0x6B657973


def keys(db: Connection, kind: str) -> list[Key]:
    """The keys of one kind, the oldest first."""
    query = select(SIGNING_KEY).where(SIGNING_KEY.c.kind == kind).order_by(SIGNING_KEY.c.signs_from)
    return [Key(row.kid, row.kind, row.secret, row.public, row.signs_from) for row in db.execute(query)]


def only_maker(db: Connection) -> None:
    """Wait until nobody else makes keys, until the end of the transaction."""
    db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_MAKER})


def add_key(db: Connection, key: Key) -> None:
    """Keep a new key."""
    db.execute(insert(SIGNING_KEY).values(**vars(key)))


def put_secret(db: Connection, kid: str, secret: str) -> None:
    """Keep a key's secret, sealed anew."""
    db.execute(update(SIGNING_KEY).where(SIGNING_KEY.c.kid == kid).values(secret=secret))


def forget_keys(db: Connection, kids: Collection[str]) -> int:
    """Delete keys; answers how many there were."""
    return db.execute(delete(SIGNING_KEY).where(SIGNING_KEY.c.kid.in_(list(kids)))).rowcount


def known_nips(
    db: Connection, nips: Collection[str], standing: str, agencies: Collection[UUID] | None = None
) -> set[str]:
    """Which of these NIPs name just one person, of this standing and of these agencies (None: of any): of one that was
    merged, the record that lives on."""
    alive = PERSON.alias()
    query = (
        select(PERSON.c.nip, alive.c.person_id, alive.c.standing, alive.c.agency_id)
        .join(alive, alive.c.person_id == func.coalesce(PERSON.c.merged_into, PERSON.c.person_id))
        .where(PERSON.c.nip.in_(list(nips)), alive.c.merged_into.is_(None))
        .distinct()
    )
    found: dict[str, list[Any]] = {}
    for row in db.execute(query):
        found.setdefault(row.nip, []).append(row)
    return {
        nip
        for nip, rows in found.items()
        if len(rows) == 1 and rows[0].standing == standing and (agencies is None or rows[0].agency_id in agencies)
    }


def people_named(db: Connection, nip: str | None, email: str | None) -> list[Row[Any]]:
    """The people with this NIP, or with this e-mail where no NIP is asked for: of one that was merged, the record that
    lives on."""
    alive = PERSON.alias()
    asked = PERSON.c.nip == nip if nip else text("lower(person.email) = lower(:email)").bindparams(email=email or "")
    named = select(PERSON.c.person_id, PERSON.c.merged_into).where(asked).subquery()
    query = (
        select(alive.c.person_id, alive.c.name, alive.c.agency_id, alive.c.standing)
        .where(alive.c.merged_into.is_(None))
        .where(alive.c.person_id.in_(select(named.c.person_id).union(select(named.c.merged_into))))
        .order_by(alive.c.person_id)
    )
    return list(db.execute(query))
