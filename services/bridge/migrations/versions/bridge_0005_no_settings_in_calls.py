"""no settings in calls

The first release wrote the settings of a site, which may hold its token, into every call. They are added just before a
call now, from where they are sealed. In a new database calls have no table yet, and nothing is to be taken out.
"""

from alembic import op

revision = "bridge_0005"
down_revision = "bridge_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        DO $$ BEGIN
            IF to_regclass('effect') IS NOT NULL THEN
                UPDATE effect SET data = data - 'settings' - 'plugin' WHERE jsonb_exists(data, 'settings');
            END IF;
        END $$
    """)
