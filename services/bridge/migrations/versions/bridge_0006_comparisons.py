"""comparisons"""

import sqlalchemy as sa
from alembic import op

revision = "bridge_0006"
down_revision = "bridge_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comparison",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effect_id", sa.Uuid(), nullable=True, comment="the open reading of the roster"),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("missing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left_over", sa.Integer(), server_default="0", nullable=False),
        sa.Column("outside", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("site", "course", name=op.f("pk_comparison")),
        comment="when enrolments of a course are compared next, and how they differed last",
    )
    op.create_index(op.f("ix_comparison_due_at"), "comparison", ["due_at"], unique=False)
