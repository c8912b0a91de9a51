"""signing keys launches"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "bridge_0003"
down_revision = "bridge_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lti_completion",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_lti_completion")),
    )
    op.create_index(op.f("ix_lti_completion_person_id"), "lti_completion", ["person_id"], unique=False)
    op.create_table(
        "lti_course",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("course", sa.Text(), nullable=False, comment="the context's label, or its id"),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("context_id", sa.Text(), nullable=False),
        sa.Column("roster_url", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "course", name=op.f("pk_lti_course")),
    )
    op.create_table(
        "lti_grade",
        sa.Column("line_item", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False, comment="the person as the platform knows them"),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=True, comment="none: the programme of the course's batches"),
        sa.Column("seat_id", sa.Uuid(), nullable=True, comment="the seat for whose completion a grade was sent"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("line_item", "person_id", name=op.f("pk_lti_grade")),
        comment="personal data",
    )
    op.create_index("ix_lti_grade_person_id", "lti_grade", ["person_id"], unique=False)
    op.create_table(
        "lti_note",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="the hash of a word that only the holder knows"),
        sa.Column("value", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_lti_note")),
        comment="registration links, logins that began, nonces: each is used once",
    )
    op.create_index(op.f("ix_lti_note_expires_at"), "lti_note", ["expires_at"], unique=False)
    op.create_table(
        "lti_platform",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("auth_url", sa.Text(), nullable=False),
        sa.Column("token_url", sa.Text(), nullable=False),
        sa.Column("jwks_url", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False, comment="who a request for an access token is meant for"),
        sa.Column(
            "deployments",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="none: the first that is seen is kept",
        ),
        sa.Column(
            "options",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="what the operator allowed when the link was made",
        ),
        sa.Column(
            "jwks",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="the platform's public keys as they were last read",
        ),
        sa.Column("jwks_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issuer", "client_id", name=op.f("pk_lti_platform")),
    )
    op.create_index(op.f("ix_lti_platform_site"), "lti_platform", ["site"], unique=False)
    op.create_table(
        "signing_key",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="sealed"),
        sa.Column("public", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("signs_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('token', 'lti')", name=op.f("ck_signing_key_kind")),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_signing_key")),
    )
