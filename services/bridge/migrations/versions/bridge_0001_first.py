"""first"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bridge_0001"
down_revision = None
branch_labels = ("bridge",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("course", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch")),
        sa.UniqueConstraint("position", name=op.f("uq_batch_position")),
    )
    op.create_index("ix_batch_site_course", "batch", ["site", "course"], unique=False)
    op.create_table(
        "lms_fact",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "fact_id", name=op.f("pk_lms_fact")),
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("nip", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
        comment="personal data",
    )
    op.create_index(op.f("ix_person_nip"), "person", ["nip"], unique=False)
    op.create_table(
        "place",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("actual", sa.Text(), nullable=False),
        sa.Column("pushed", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effect_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.Uuid(), nullable=True),
        sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("actual IN ('enrolled', 'absent', 'unknown')", name=op.f("ck_place_actual")),
        sa.CheckConstraint("wanted IN ('enrolled', 'absent')", name=op.f("ck_place_wanted")),
        sa.CheckConstraint("pushed <= rev", name=op.f("ck_place_pushed")),
        sa.PrimaryKeyConstraint("site", "person_id", "course", name=op.f("pk_place")),
    )
    op.create_index(
        "ix_place_effect_id", "place", ["effect_id"], unique=False, postgresql_where=sa.text("effect_id IS NOT NULL")
    )
    op.create_index("ix_place_key", "place", ["key"], unique=False, postgresql_where=sa.text("key IS NOT NULL"))
    op.create_index(
        "ix_place_retry_at", "place", ["retry_at"], unique=False, postgresql_where=sa.text("retry_at IS NOT NULL")
    )
    op.create_table(
        "programme",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("modules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "version", name=op.f("pk_programme")),
    )
    op.create_table(
        "request",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('asked', 'enrolled', 'refused')", name=op.f("ck_request_state")),
        sa.PrimaryKeyConstraint("seat_id", "attempt", name=op.f("pk_request")),
    )
    op.create_index(op.f("ix_request_batch_id"), "request", ["batch_id"], unique=False)
    op.create_index(
        "ix_request_deadline", "request", ["deadline"], unique=False, postgresql_where=sa.text("state = 'asked'")
    )
    op.create_index("ix_request_site_person_id_course", "request", ["site", "person_id", "course"], unique=False)
    op.create_table(
        "site",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plugin", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("agencies", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=False, comment="when the site is looked at next"),
        sa.Column("look_effect_id", sa.Uuid(), nullable=True, comment="the open look"),
        sa.Column("ok", sa.Boolean(), nullable=True),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_site")),
        sa.UniqueConstraint("position", name=op.f("uq_site_position")),
    )
    op.create_table(
        "withdrawal",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_withdrawal")),
    )
    op.create_index(
        "ix_withdrawal_unproven",
        "withdrawal",
        ["site", "person_id", "course"],
        unique=False,
        postgresql_where=sa.text("proven_at IS NULL"),
    )
