"""The tables of the bridge."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.tables import metadata

METADATA = metadata("bridge")
_MOMENT = DateTime(timezone=True)

SITE = Table(
    "site",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("plugin", Text, nullable=False),
    Column("settings", JSONB, nullable=False),
    Column("agencies", JSONB, nullable=False),
    Column("created_at", _MOMENT, nullable=False),
    Column("look_at", _MOMENT, nullable=False, comment="when the site is looked at next"),
    Column("look_effect_id", Uuid, comment="the open look"),
    Column("ok", Boolean),
    Column("detail", Text, nullable=False, server_default=""),
    Column("looked_at", _MOMENT),
    Column("heard_at", _MOMENT, comment="when the site last signed a call"),
    Column("failures", Integer, nullable=False, server_default="0", comment="calls in a row that failed"),
    Column("closed_until", _MOMENT, comment="no call is made before that"),
    Column("paced_until", _MOMENT, comment="how far the calls that were made have used up what is allowed"),
)

SITE_KEY = Table(
    "site_key",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("site", Text, nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("secret", Text, nullable=False, comment="sealed"),
    Column("created_at", _MOMENT, nullable=False),
    Column("retired_at", _MOMENT),
)

SIGNATURE = Table(
    "signature",
    METADATA,
    Column("signature", LargeBinary, primary_key=True),
    Column("at", _MOMENT, nullable=False, index=True),
)

AGENCY = Table(
    "agency",
    METADATA,
    Column("agency_id", Uuid, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("parent_id", Uuid),
)

PERSON = Table(
    "person",
    METADATA,
    Column("person_id", Uuid, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("nip", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("agency_id", Uuid, nullable=False),
    Column("merged_into", Uuid),
    comment="personal data",
)

BATCH = Table(
    "batch",
    METADATA,
    Column("batch_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("rev", Integer, nullable=False),
    Column("programme_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("site", Text),
    Column("course", Text),
    Index("ix_batch_site_course", "site", "course"),
)

PROGRAMME = Table(
    "programme",
    METADATA,
    Column("programme_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("modules", JSONB, nullable=False),
)

PLACE = Table(
    "place",
    METADATA,
    Column("site", Text, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("course", Text, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("wanted", Text, nullable=False),
    Column("actual", Text, nullable=False),
    Column("pushed", Integer, nullable=False),
    Column("since", _MOMENT, nullable=False),
    Column("effect_id", Uuid),
    Column("key", Uuid),
    Column("retry_at", _MOMENT),
    Column("failed_at", _MOMENT),
    CheckConstraint("wanted IN ('enrolled', 'absent')", name="wanted"),
    CheckConstraint("actual IN ('enrolled', 'absent', 'unknown')", name="actual"),
    CheckConstraint("pushed <= rev", name="pushed"),
    Index("ix_place_key", "key", postgresql_where=text("key IS NOT NULL")),
    Index("ix_place_retry_at", "retry_at", postgresql_where=text("retry_at IS NOT NULL")),
    Index("ix_place_effect_id", "effect_id", postgresql_where=text("effect_id IS NOT NULL")),
)

REQUEST = Table(
    "request",
    METADATA,
    Column("seat_id", Uuid, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("batch_id", Uuid, nullable=False, index=True),
    Column("site", Text, nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("course", Text, nullable=False),
    Column("deadline", _MOMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("code", Text, nullable=False, server_default=""),
    Column("at", _MOMENT, nullable=False),
    Column("answered_at", _MOMENT),
    CheckConstraint("state IN ('asked', 'enrolled', 'refused')", name="state"),
    Index("ix_request_site_person_id_course", "site", "person_id", "course"),
    Index("ix_request_deadline", "deadline", postgresql_where=text("state = 'asked'")),
)

WITHDRAWAL = Table(
    "withdrawal",
    METADATA,
    Column("seat_id", Uuid, primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("site", Text),
    Column("person_id", Uuid, nullable=False),
    Column("course", Text),
    Column("at", _MOMENT, nullable=False),
    Column("proven_at", _MOMENT),
    Index("ix_withdrawal_unproven", "site", "person_id", "course", postgresql_where=text("proven_at IS NULL")),
)

LMS_FACT = Table(
    "lms_fact",
    METADATA,
    Column("site", Text, primary_key=True),
    Column("fact_id", Text, primary_key=True),
    Column("at", _MOMENT, nullable=False),
)

EARLY_FACT = Table(
    "early_fact",
    METADATA,
    Column("site", Text, primary_key=True),
    Column("fact_id", Text, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("batch_id", Uuid, nullable=False, index=True),
    Column("module", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("score", Integer),
    Column("seconds", Integer),
    Column("happened_at", _MOMENT, nullable=False),
    Column("at", _MOMENT, nullable=False, index=True),
    comment="progress in modules of a batch or programme version that was not heard of yet",
)

REPORTED = Table(
    "reported",
    METADATA,
    Column("site", Text, primary_key=True),
    Column("batch_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("module_id", Text, primary_key=True, comment="empty for the course as a whole"),
    Column("at", _MOMENT, nullable=False),
    comment="completions that were reported, to compare them with what an LMS says later",
)

COURSE = Table(
    "course",
    METADATA,
    Column("site", Text, primary_key=True),
    Column("course", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("visible", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("at", _MOMENT, nullable=False),
    comment="what a site said of a course that batches use",
)

COMPARISON = Table(
    "comparison",
    METADATA,
    Column("site", Text, primary_key=True),
    Column("course", Text, primary_key=True),
    Column("due_at", _MOMENT, nullable=False, index=True),
    Column("effect_id", Uuid, comment="the open reading of the roster"),
    Column("compared_at", _MOMENT),
    Column("missing", Integer, nullable=False, server_default="0"),
    Column("left_over", Integer, nullable=False, server_default="0"),
    Column("outside", Integer, nullable=False, server_default="0"),
    comment="when enrolments of a course are compared next, and how they differed last",
)

EFFECT = METADATA.tables["effect"]
