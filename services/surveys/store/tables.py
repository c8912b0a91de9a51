"""The tables of this service.

Two families that nothing joins: `participation` knows who was asked and whether the link was used; `held_answer` and
`answer` know what was said and the merged groups of who said it. Neither side has a time, an order or a key of the
other. Why an answer waits in `held_answer` first: the row written with the used mark carries that transaction's id
(see docs/privacy.md).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.tables import metadata

METADATA = metadata("surveys")
_MOMENT = DateTime(timezone=True)

SETTING = Table(
    "setting",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# What other services said, as far as it is needed here.

PROGRAMME_VERSION = Table(
    "programme_version",
    METADATA,
    Column("programme_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
)

AGENCY = Table(
    "agency",
    METADATA,
    Column("agency_id", Uuid, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("name", Text, nullable=False),
)

BATCH = Table(
    "batch",
    METADATA,
    Column("batch_id", Uuid, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("programme_id", Uuid, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("agencies", ARRAY(Uuid), nullable=False),
    Column("applied", ARRAY(Uuid), nullable=False),
    Column("took_part", Integer),
    Column("closed_at", _MOMENT),
)

SEAT = Table(
    "seat",
    METADATA,
    Column("seat_id", Uuid, primary_key=True),
    Column("batch_id", Uuid, nullable=False, index=True),
    Column("attempt", Integer),
    Column("released_attempt", Integer),
    Column("person_id", Uuid),
    Column("grade_band", Text),
    Column("agency_id", Uuid),
    Column("unit", Text),
)

PRESENCE = Table(
    "presence",
    METADATA,
    Column("seat_id", Uuid, primary_key=True),
    Column("session_id", Uuid, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("present", Boolean, nullable=False),
)

OPENING = Table(
    "opening",
    METADATA,
    Column("seat_id", Uuid, primary_key=True),
)

# What is asked.

INSTRUMENT = Table(
    "instrument",
    METADATA,
    Column("instrument_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("programme_code", Text),
    Column("title", JSONB, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("at", _MOMENT, nullable=False),
    UniqueConstraint("code", "revision"),
    Index("ix_instrument_programme_code", "programme_code", "position"),
)

CAMPAIGN = Table(
    "campaign",
    METADATA,
    Column("campaign_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("batch_id", Uuid, ForeignKey(BATCH.c.batch_id), nullable=False, unique=True),
    Column("instrument_id", Uuid, ForeignKey(INSTRUMENT.c.instrument_id)),
    Column("state", Text, nullable=False),  # waiting, open, closed, cancelled
    Column("made_at", _MOMENT, nullable=False),
    Column("invite_by", _MOMENT),
    Column("opened_at", _MOMENT),
    Column("closes_at", _MOMENT),
    Column("closed_at", _MOMENT),
    Column("outcome", Text),  # measured, too_few
    Column("invited", Integer, nullable=False, server_default="0"),
    Column("answered", Integer),
    Column("index_value", Numeric(5, 2)),
    Column("index_grade", Text),
    Column("index_elements", Integer),
    Index("ix_campaign_state", "state", "position"),
)

# Who was asked.

PARTICIPATION = Table(
    "participation",
    METADATA,
    Column("invitation_id", Uuid, primary_key=True),
    Column("campaign_id", Uuid, ForeignKey(CAMPAIGN.c.campaign_id), nullable=False),
    Column("seat_id", Uuid, nullable=False),
    Column("person_id", Uuid, nullable=False, index=True),
    Column("grade_band", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("used", Boolean, nullable=False, server_default="false"),
    UniqueConstraint("campaign_id", "seat_id"),
)

# What was said.


def _answer_columns() -> list[Column[object]]:
    return [
        Column("answer_id", Uuid, primary_key=True),
        Column("campaign_id", Uuid, nullable=False, index=True),
        Column("grade_band", Text, nullable=False),
        Column("agency", Text, nullable=False),
        Column("unit", Text, nullable=False),
        Column("said", JSONB, nullable=False),
    ]


HELD_ANSWER = Table("held_answer", METADATA, *_answer_columns())
ANSWER = Table("answer", METADATA, *_answer_columns())

MEASURE = Table(
    "measure",
    METADATA,
    Column("campaign_id", Uuid, ForeignKey(CAMPAIGN.c.campaign_id), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("by", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("counted", Integer),
    Column("mean_top", BigInteger),
    Column("mean_bottom", BigInteger),
)

# What follows from it.

FINDING = Table(
    "finding",
    METADATA,
    Column("finding_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("campaign_id", Uuid, ForeignKey(CAMPAIGN.c.campaign_id), nullable=False),
    Column("batch_id", Uuid, nullable=False, index=True),
    Column("programme_id", Uuid, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("threshold", Text, nullable=False),  # an exact fraction, "1/3"
    Column("counted", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("worst_by", Text),
    Column("worst_value", Text),
    Column("state", Text, nullable=False, index=True),
    Column("raised_at", _MOMENT, nullable=False),
    # The decision; `rev` 0 means that there is none yet.
    Column("rev", Integer, nullable=False, server_default="0"),
    Column("owner_id", Uuid, index=True),
    Column("due", Date),
    Column("change", JSONB),
    Column("decided_at", _MOMENT),
    Column("since", _MOMENT),
    Column("drafted_at", _MOMENT),
    Column("drafted_version", Integer),
    Column("refused_at", _MOMENT),
    Column("refused_code", Text),
    Column("effective_at", _MOMENT),
    Column("effective_version", Integer),
    Column("effective_batch", Uuid),
    Column("said", JSONB),
    Column("did", JSONB),
    UniqueConstraint("campaign_id", "item"),
)

EFFECT_OF_CHANGE = Table(
    "effect_of_change",
    METADATA,
    Column("finding_id", Uuid, ForeignKey(FINDING.c.finding_id), primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("campaign_id", Uuid, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("item", Text, nullable=False),
    Column("counted", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    Column("low", Float, nullable=False),
    Column("high", Float, nullable=False),
    Column("state", Text, nullable=False),
    Column("p_improved", Float, nullable=False),
    Column("p_worse", Float, nullable=False),
    Column("at", _MOMENT, nullable=False),
)
