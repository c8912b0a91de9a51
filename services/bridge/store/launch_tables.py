"""The tables of launches: platforms that registered the tool, what a launch in progress needs, where grades go."""

from sqlalchemy import Column, DateTime, Index, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from .tables import METADATA

_MOMENT = DateTime(timezone=True)

PLATFORM = Table(
    "lti_platform",
    METADATA,
    Column("issuer", Text, primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("site", Text, nullable=False, index=True),
    Column("auth_url", Text, nullable=False),
    Column("token_url", Text, nullable=False),
    Column("jwks_url", Text, nullable=False),
    Column("audience", Text, nullable=False, comment="who a request for an access token is meant for"),
    Column("deployments", JSONB, nullable=False, comment="none: the first that is seen is kept"),
    Column("options", JSONB, nullable=False, comment="what the operator allowed when the link was made"),
    Column("jwks", JSONB, comment="the platform's public keys as they were last read"),
    Column("jwks_at", _MOMENT),
    Column("created_at", _MOMENT, nullable=False),
)

NOTE = Table(
    "lti_note",
    METADATA,
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True, comment="the hash of a word that only the holder knows"),
    Column("value", JSONB, nullable=False),
    Column("expires_at", _MOMENT, nullable=False, index=True),
    comment="registration links, logins that began, nonces: each is used once",
)

LTI_COURSE = Table(
    "lti_course",
    METADATA,
    Column("site", Text, primary_key=True),
    Column("course", Text, primary_key=True, comment="the context's label, or its id"),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("context_id", Text, nullable=False),
    Column("roster_url", Text, nullable=False),
    Column("at", _MOMENT, nullable=False),
)

GRADE = Table(
    "lti_grade",
    METADATA,
    Column("line_item", Text, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("site", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("user_id", Text, nullable=False, comment="the person as the platform knows them"),
    Column("course", Text, nullable=False),
    Column("programme_id", Uuid, comment="none: the programme of the course's batches"),
    Column("seat_id", Uuid, comment="the seat for whose completion a grade was sent"),
    Column("at", _MOMENT, nullable=False),
    Index("ix_lti_grade_person_id", "person_id"),
    comment="personal data",
)

LTI_COMPLETION = Table(
    "lti_completion",
    METADATA,
    Column("seat_id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("batch_id", Uuid, nullable=False),
    Column("programme_id", Uuid, nullable=False),
    Column("at", _MOMENT, nullable=False),
)
