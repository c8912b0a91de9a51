"""signed calls, circuits, early facts"""

import sqlalchemy as sa
from alembic import op

revision = "bridge_0002"
down_revision = "bridge_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_agency")),
    )
    op.create_table(
        "course",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "course", name=op.f("pk_course")),
        comment="what a site said of a course that batches use",
    )
    op.create_table(
        "early_fact",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "fact_id", name=op.f("pk_early_fact")),
        comment="progress in modules of a batch or programme version that was not heard of yet",
    )
    op.create_index(op.f("ix_early_fact_at"), "early_fact", ["at"], unique=False)
    op.create_index(op.f("ix_early_fact_batch_id"), "early_fact", ["batch_id"], unique=False)
    op.create_table(
        "signature",
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("signature", name=op.f("pk_signature")),
    )
    op.create_index(op.f("ix_signature_at"), "signature", ["at"], unique=False)
    op.create_table(
        "site_key",
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="sealed"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_site_key")),
    )
    op.create_index(op.f("ix_site_key_site"), "site_key", ["site"], unique=False)
    op.add_column(
        "site",
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True, comment="when the site last signed a call"),
    )
    op.add_column(
        "site",
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False, comment="calls in a row that failed"),
    )
    op.add_column(
        "site",
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True, comment="no call is made before that"),
    )
    op.add_column(
        "site",
        sa.Column(
            "paced_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="how far the calls that were made have used up what is allowed",
        ),
    )
