"""first"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "content_0001"
down_revision = None
branch_labels = ("content",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False, comment="highest attempt confirmed, 0 for none"),
        sa.Column("revoked", sa.Integer(), nullable=False, comment="highest attempt released, 0 for none"),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("course_score", sa.SmallInteger(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_access")),
    )
    op.create_index("ix_access_batch_id_seat_id", "access", ["batch_id", "seat_id"], unique=False)
    op.create_index("ix_access_person_id_batch_id", "access", ["person_id", "batch_id"], unique=False)
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch")),
    )
    op.create_table(
        "finish",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_finish")),
    )
    op.create_index(op.f("ix_finish_batch_id"), "finish", ["batch_id"], unique=False)
    op.create_table(
        "lms_fact",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "fact_id", name=op.f("pk_lms_fact")),
    )
    op.create_table(
        "programme",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "imported",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="the definition as a file last gave it",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", name=op.f("pk_programme")),
        sa.UniqueConstraint("code", name=op.f("uq_programme_code")),
        sa.UniqueConstraint("position", name=op.f("uq_programme_position")),
    )
    op.create_table(
        "step",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("seat_id", "module_id", name=op.f("pk_step")),
    )
    op.create_table(
        "change",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("change", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("before", sa.Text(), server_default="", nullable=False),
        sa.Column("after", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('drafted', 'published', 'refused', 'superseded')", name=op.f("ck_change_outcome")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_change_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("finding_id", "rev", name=op.f("pk_change")),
        sa.UniqueConstraint("position", name=op.f("uq_change_position")),
    )
    op.create_index(op.f("ix_change_programme_id"), "change", ["programme_id"], unique=False)
    op.create_table(
        "version",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("draft", sa.Boolean(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False, comment="the whole definition"),
        sa.Column(
            "base",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="of a draft: the definition without its drafted changes",
        ),
        sa.Column(
            "applied",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
            comment="published: the changes findings asked for",
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("draft = (published_at IS NULL)", name=op.f("ck_version_published_when")),
        sa.ForeignKeyConstraint(
            ["programme_id"], ["programme.programme_id"], name=op.f("fk_version_programme_id_programme")
        ),
        sa.PrimaryKeyConstraint("programme_id", "version", name=op.f("pk_version")),
    )
    op.create_index("uq_version_one_draft", "version", ["programme_id"], unique=True, postgresql_where=sa.text("draft"))
