"""effects keep their trace"""

import sqlalchemy as sa
from alembic import op

revision = "shared_0002"
down_revision = "shared_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("effect", sa.Column("traceparent", sa.Text(), nullable=True))
