"""first"""

import sqlalchemy as sa
from alembic import op

revision = "budget_0001"
down_revision = None
branch_labels = ("budget",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_agency")),
    )
    op.create_index("ix_agency_instance_code", "agency", ["instance", "code"], unique=False)
    op.create_table(
        "document",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('rka', 'dpa', 'pergeseran', 'dppa')", name=op.f("ck_document_kind")),
        sa.PrimaryKeyConstraint("document_id", name=op.f("pk_document")),
        sa.UniqueConstraint("instance", "year", "kind", "number", name=op.f("uq_document_instance_year_kind_number")),
        sa.UniqueConstraint("position", name=op.f("uq_document_position")),
    )
    op.create_table(
        "line",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("agency_name", sa.Text(), nullable=False),
        sa.Column("sub_activity", sa.Text(), nullable=False),
        sa.Column("sub_activity_name", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("account_name", sa.Text(), nullable=False),
        sa.Column("fund", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("original", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("shifts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("amendment", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("realised", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "effective", sa.BigInteger(), sa.Computed("original + shifts + amendment", persisted=True), nullable=True
        ),
        sa.Column(
            "available",
            sa.BigInteger(),
            sa.Computed("original + shifts + amendment - reserved - realised", persisted=True),
            nullable=True,
        ),
        sa.Column("threshold", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "original + shifts + amendment - reserved - realised >= 0", name=op.f("ck_line_not_oversold")
        ),
        sa.CheckConstraint("reserved >= 0 AND realised >= 0", name=op.f("ck_line_not_negative")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_line")),
        sa.UniqueConstraint(
            "instance",
            "year",
            "agency_code",
            "sub_activity",
            "account",
            "fund",
            name=op.f("uq_line_instance_year_agency_code_sub_activity_account_fund"),
        ),
        sa.UniqueConstraint("position", name=op.f("uq_line_position")),
    )
    op.create_index("ix_line_instance_agency_code", "line", ["instance", "agency_code"], unique=False)
    op.create_index("ix_line_year_position", "line", ["year", "position"], unique=False)
    op.create_table(
        "withdrawal",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("freed", sa.BigInteger(), nullable=False),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('seat', 'batch')", name=op.f("ck_withdrawal_kind")),
        sa.CheckConstraint("freed >= 0", name=op.f("ck_withdrawal_freed")),
        sa.PrimaryKeyConstraint("subject_id", "attempt", name=op.f("pk_withdrawal")),
        comment="What was given up, up to the attempt, also where its question has not been heard.",
    )
    op.create_index(op.f("ix_withdrawal_batch_id"), "withdrawal", ["batch_id"], unique=False)
    op.create_table(
        "document_line",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_document_line_amount")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["document.document_id"], name=op.f("fk_document_line_document_id_document")
        ),
        sa.ForeignKeyConstraint(["line_id"], ["line.line_id"], name=op.f("fk_document_line_line_id_line")),
        sa.PrimaryKeyConstraint("document_id", "line_id", name=op.f("pk_document_line")),
    )
    op.create_index(op.f("ix_document_line_line_id"), "document_line", ["line_id"], unique=False)
    op.create_table(
        "entry",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(document_id IS NOT NULL) = (kind IN ('original', 'shift', 'amendment'))", name=op.f("ck_entry_document")
        ),
        sa.CheckConstraint(
            "kind IN ('original', 'shift', 'amendment', 'reserve', 'release', 'realise')", name=op.f("ck_entry_kind")
        ),
        sa.CheckConstraint(
            "CASE WHEN document_id IS NULL THEN amount >= 0 ELSE amount <> 0 END", name=op.f("ck_entry_amount")
        ),
        sa.CheckConstraint("num_nonnulls(document_id, subject) = 1", name=op.f("ck_entry_either")),
        sa.CheckConstraint(
            "num_nonnulls(subject, subject_id, batch_id, attempt) IN (0, 4)", name=op.f("ck_entry_subject")
        ),
        sa.ForeignKeyConstraint(["document_id"], ["document.document_id"], name=op.f("fk_entry_document_id_document")),
        sa.ForeignKeyConstraint(["line_id"], ["line.line_id"], name=op.f("fk_entry_line_id_line")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_entry")),
        sa.UniqueConstraint("position", name=op.f("uq_entry_position")),
    )
    op.create_index("ix_entry_line_id_position", "entry", ["line_id", "position"], unique=False)
    op.create_index(
        "uq_entry_document_id_line_id",
        "entry",
        ["document_id", "line_id"],
        unique=True,
        postgresql_where=sa.text("document_id IS NOT NULL"),
    )
    op.create_index(
        "uq_entry_subject_id_attempt_kind",
        "entry",
        ["subject_id", "attempt", "kind"],
        unique=True,
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )
    op.create_table(
        "claim",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'refused') = (entry_id IS NULL)", name=op.f("ck_claim_entry")),
        sa.CheckConstraint("kind IN ('seat', 'batch')", name=op.f("ck_claim_kind")),
        sa.CheckConstraint("state IN ('reserved', 'refused', 'released', 'realised')", name=op.f("ck_claim_state")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.entry_id"], name=op.f("fk_claim_entry_id_entry")),
        sa.PrimaryKeyConstraint("subject_id", "attempt", name=op.f("pk_claim")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_claim_entry_id")),
        comment="The stored answer to each question for money; line_id is what was asked, known or not.",
    )
    op.create_index(op.f("ix_claim_batch_id"), "claim", ["batch_id"], unique=False)
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$\n    BEGIN\n        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';\n    END $$\n    "
    )
    op.execute(
        "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON document FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON document_line FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
