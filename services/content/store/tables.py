"""The tables of content."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.tables import metadata

METADATA = metadata("content")
_MOMENT = DateTime(timezone=True)

PROGRAMME = Table(
    "programme",
    METADATA,
    Column("programme_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("code", Text, nullable=False, unique=True),
    Column("imported", JSONB, comment="the definition as a file last gave it"),
    Column("created_at", _MOMENT, nullable=False),
)

VERSION = Table(
    "version",
    METADATA,
    Column("programme_id", Uuid, ForeignKey("programme.programme_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("draft", Boolean, nullable=False),
    Column("body", JSONB, nullable=False, comment="the whole definition"),
    Column("base", JSONB, comment="of a draft: the definition without its drafted changes"),
    Column("applied", JSONB, nullable=False, server_default="[]", comment="published: the changes findings asked for"),
    Column("created_at", _MOMENT, nullable=False),
    Column("published_at", _MOMENT),
    CheckConstraint("draft = (published_at IS NULL)", name="published_when"),
    Index("uq_version_one_draft", "programme_id", unique=True, postgresql_where=text("draft")),
)

CHANGE = Table(
    "change",
    METADATA,
    Column("finding_id", Uuid, primary_key=True),
    Column("rev", Integer, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("programme_id", Uuid, ForeignKey("programme.programme_id"), nullable=False, index=True),
    Column("change", JSONB, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("version", Integer),
    Column("code", Text, nullable=False, server_default=""),
    Column("before", Text, nullable=False, server_default=""),
    Column("after", Text, nullable=False, server_default=""),
    Column("at", _MOMENT, nullable=False),
    CheckConstraint("outcome IN ('drafted', 'published', 'refused', 'superseded')", name="outcome"),
)

BATCH = Table(
    "batch",
    METADATA,
    Column("batch_id", Uuid, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("programme_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("mode", Text, nullable=False),
)

ACCESS = Table(
    "access",
    METADATA,
    Column("seat_id", Uuid, primary_key=True),
    Column("attempt", Integer, nullable=False, comment="highest attempt confirmed, 0 for none"),
    Column("revoked", Integer, nullable=False, comment="highest attempt released, 0 for none"),
    Column("person_id", Uuid, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("programme_id", Uuid),
    Column("version", Integer),
    Column("agency_id", Uuid),
    Column("course_score", SmallInteger),
    Column("granted_at", _MOMENT),
    Column("revoked_at", _MOMENT),
    Index("ix_access_person_id_batch_id", "person_id", "batch_id"),
    Index("ix_access_batch_id_seat_id", "batch_id", "seat_id"),
)

STEP = Table(
    "step",
    METADATA,
    Column("seat_id", Uuid, primary_key=True),
    Column("module_id", Uuid, primary_key=True),
    Column("opened_at", _MOMENT, nullable=False),
    Column("completed_at", _MOMENT),
    Column("score", SmallInteger),
    Column("seconds", Integer),
)

FINISH = Table(
    "finish",
    METADATA,
    Column("seat_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, nullable=False, index=True),
    Column("score", SmallInteger),
    Column("seconds", Integer),
    Column("at", _MOMENT, nullable=False),
)

LMS_FACT = Table(
    "lms_fact",
    METADATA,
    Column("site", Text, primary_key=True),
    Column("fact_id", Text, primary_key=True),
    Column("at", _MOMENT, nullable=False),
)
