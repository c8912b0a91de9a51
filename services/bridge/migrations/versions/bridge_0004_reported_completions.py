"""reported completions"""

import sqlalchemy as sa
from alembic import op

revision = "bridge_0004"
down_revision = "bridge_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reported",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("module_id", sa.Text(), nullable=False, comment="empty for the course as a whole"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "batch_id", "person_id", "module_id", name=op.f("pk_reported")),
        comment="completions that were reported, to compare them with what an LMS says later",
    )
