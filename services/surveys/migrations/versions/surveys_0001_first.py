"""first"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "surveys_0001"
down_revision = None
branch_labels = ("surveys",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_agency")),
    )
    op.create_table(
        "answer",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("grade_band", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_answer")),
    )
    op.create_index(op.f("ix_answer_campaign_id"), "answer", ["campaign_id"], unique=False)
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agencies", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("applied", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("took_part", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch")),
    )
    op.create_index(op.f("ix_batch_programme_id"), "batch", ["programme_id"], unique=False)
    op.create_table(
        "held_answer",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("grade_band", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_held_answer")),
    )
    op.create_index(op.f("ix_held_answer_campaign_id"), "held_answer", ["campaign_id"], unique=False)
    op.create_table(
        "instrument",
        sa.Column("instrument_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("programme_code", sa.Text(), nullable=True),
        sa.Column("title", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("instrument_id", name=op.f("pk_instrument")),
        sa.UniqueConstraint("code", "revision", name=op.f("uq_instrument_code_revision")),
        sa.UniqueConstraint("position", name=op.f("uq_instrument_position")),
    )
    op.create_index("ix_instrument_programme_code", "instrument", ["programme_code", "position"], unique=False)
    op.create_table(
        "opening",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_opening")),
    )
    op.create_table(
        "presence",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seat_id", "session_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "programme_version",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "version", name=op.f("pk_programme_version")),
    )
    op.create_table(
        "seat",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("released_attempt", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("grade_band", sa.Text(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_seat")),
    )
    op.create_index(op.f("ix_seat_batch_id"), "seat", ["batch_id"], unique=False)
    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "campaign",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("instrument_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invite_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("invited", sa.Integer(), server_default="0", nullable=False),
        sa.Column("answered", sa.Integer(), nullable=True),
        sa.Column("index_value", sa.Numeric(precision=5, scale=2), nullable=True),
        sa.Column("index_grade", sa.Text(), nullable=True),
        sa.Column("index_elements", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_campaign_batch_id_batch")),
        sa.ForeignKeyConstraint(
            ["instrument_id"], ["instrument.instrument_id"], name=op.f("fk_campaign_instrument_id_instrument")
        ),
        sa.PrimaryKeyConstraint("campaign_id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_campaign_batch_id")),
        sa.UniqueConstraint("position", name=op.f("uq_campaign_position")),
    )
    op.create_index("ix_campaign_state", "campaign", ["state", "position"], unique=False)
    op.create_table(
        "finding",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("threshold", sa.Text(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("worst_by", sa.Text(), nullable=True),
        sa.Column("worst_value", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rev", sa.Integer(), server_default="0", nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("change", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drafted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drafted_version", sa.Integer(), nullable=True),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_code", sa.Text(), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("effective_version", sa.Integer(), nullable=True),
        sa.Column("effective_batch", sa.Uuid(), nullable=True),
        sa.Column("said", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("did", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.campaign_id"], name=op.f("fk_finding_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_finding")),
        sa.UniqueConstraint("campaign_id", "item", name=op.f("uq_finding_campaign_id_item")),
        sa.UniqueConstraint("position", name=op.f("uq_finding_position")),
    )
    op.create_index(op.f("ix_finding_batch_id"), "finding", ["batch_id"], unique=False)
    op.create_index(op.f("ix_finding_owner_id"), "finding", ["owner_id"], unique=False)
    op.create_index(op.f("ix_finding_programme_id"), "finding", ["programme_id"], unique=False)
    op.create_index(op.f("ix_finding_state"), "finding", ["state"], unique=False)
    op.create_table(
        "measure",
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("mean_top", sa.BigInteger(), nullable=True),
        sa.Column("mean_bottom", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.campaign_id"], name=op.f("fk_measure_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("campaign_id", "item", "by", "value", name=op.f("pk_measure")),
    )
    op.create_table(
        "participation",
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("grade_band", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("used", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.campaign_id"], name=op.f("fk_participation_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_participation")),
        sa.UniqueConstraint("campaign_id", "seat_id", name=op.f("uq_participation_campaign_id_seat_id")),
    )
    op.create_index(op.f("ix_participation_person_id"), "participation", ["person_id"], unique=False)
    op.create_table(
        "effect_of_change",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("low", sa.Float(), nullable=False),
        sa.Column("high", sa.Float(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("p_improved", sa.Float(), nullable=False),
        sa.Column("p_worse", sa.Float(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["finding_id"], ["finding.finding_id"], name=op.f("fk_effect_of_change_finding_id_finding")
        ),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_effect_of_change")),
        sa.UniqueConstraint("position", name=op.f("uq_effect_of_change_position")),
    )
