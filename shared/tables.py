"""The tables every service carries in its own database: outbox, inbox, effects, waits and dead letters of the memory
mode, answers under idempotency keys."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.envelope import TRACEPARENT

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

_MOMENT = DateTime(timezone=True)


def metadata(service: str) -> MetaData:
    """The metadata of one service's database, with the shared tables in it."""
    made = MetaData(naming_convention=NAMING, info={"service": service})
    _outbox(made)
    _inbox(made)
    _effect(made)
    _waiting(made)
    _dead_letter(made)
    _answer(made)
    return made


def _outbox(made: MetaData) -> Table:
    return Table(
        "outbox",
        made,
        Column("position", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", Uuid, nullable=False),
        Column("type", Text, nullable=False),
        Column("key", Text, nullable=False),
        Column("items", SmallInteger, nullable=False),
        Column("traceparent", Text),
        Column("data", LargeBinary, nullable=False),
        Column("at", _MOMENT, nullable=False, server_default=func.now()),
        Column("attempts", SmallInteger, nullable=False, server_default="0"),
        Column("next_at", _MOMENT),
        Column("last_error", Text),
        Column("parked_at", _MOMENT),
        Column("sent_at", _MOMENT),
        Index("ix_outbox_unsent", "position", postgresql_where=text("sent_at IS NULL AND parked_at IS NULL")),
        Index("ix_outbox_sent_at", "sent_at", postgresql_where=text("sent_at IS NOT NULL")),
    )


def _inbox(made: MetaData) -> Table:
    return Table(
        "inbox",
        made,
        Column("event_id", Uuid, primary_key=True),
        Column("at", _MOMENT, nullable=False, server_default=func.now(), index=True),
    )


def _effect(made: MetaData) -> Table:
    return Table(
        "effect",
        made,
        Column("effect_id", Uuid, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("data", JSONB, nullable=False),
        Column("at", _MOMENT, nullable=False, server_default=func.now()),
        Column("attempts", Integer, nullable=False, server_default="0"),
        Column("next_at", _MOMENT, nullable=False, server_default=func.now()),
        Column("leased_until", _MOMENT),
        Column("last_error", Text),
        Column("done_at", _MOMENT),
        # What is done because of the row belongs to the trace in which it was written.
        Column("traceparent", Text, default=_traceparent),
        Index("ix_effect_due", "target", "next_at", postgresql_where=text("done_at IS NULL")),
        Index("ix_effect_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )


def _traceparent() -> str | None:
    return TRACEPARENT.get()


def _waiting(made: MetaData) -> Table:
    """Messages that wait for their next try where the broker has no wait queues (memory mode)."""
    return Table(
        "waiting",
        made,
        Column("event_id", Uuid, primary_key=True),
        Column("type", Text, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("next_at", _MOMENT, nullable=False, index=True),
    )


def _dead_letter(made: MetaData) -> Table:
    """Messages given up where the broker has no dead-letter queue (memory mode)."""
    return Table(
        "dead_letter",
        made,
        Column("letter_id", Text, primary_key=True),
        Column("type", Text, nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("at", _MOMENT, nullable=False, server_default=func.now()),
    )


def _answer(made: MetaData) -> Table:
    return Table(
        "answer_once",
        made,
        Column("principal", Text, primary_key=True),
        Column("route", Text, primary_key=True),
        Column("key", Text, primary_key=True),
        Column("body_hash", LargeBinary, nullable=False),
        Column("status", SmallInteger, nullable=False),
        Column("answer", JSONB, nullable=False),
        Column("at", _MOMENT, nullable=False, server_default=func.now(), index=True),
    )
