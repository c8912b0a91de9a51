"""Lines with their balances, the ledger, documents, claims, withdrawals, agencies. Amounts are integer rupiah (bigint).

A line's balances are the sums of its entries, raised in the transaction that writes them, under the row's lock; the
database refuses a line that is oversold and any change of a ledger entry or a document.
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    event,
    text,
)

from services.budget.domain.documents import DOCUMENTS
from services.budget.domain.ledger import BATCH, ENTRY_KINDS, SEAT, STATES
from shared.tables import metadata

METADATA = metadata("budget")
_MOMENT = DateTime(timezone=True)


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(word) for word in words)})"


LINE = Table(
    "line",
    METADATA,
    Column("line_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("instance", Text, nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("agency_code", Text, nullable=False),
    Column("agency_name", Text, nullable=False),
    Column("sub_activity", Text, nullable=False),
    Column("sub_activity_name", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("account_name", Text, nullable=False),
    Column("fund", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("original", BigInteger, nullable=False, server_default="0"),
    Column("shifts", BigInteger, nullable=False, server_default="0"),
    Column("amendment", BigInteger, nullable=False, server_default="0"),
    Column("reserved", BigInteger, nullable=False, server_default="0"),
    Column("realised", BigInteger, nullable=False, server_default="0"),
    Column("effective", BigInteger, Computed("original + shifts + amendment", persisted=True)),
    Column("available", BigInteger, Computed("original + shifts + amendment - reserved - realised", persisted=True)),
    Column("threshold", SmallInteger, nullable=False, server_default="0"),
    Column("since", _MOMENT, nullable=False),
    UniqueConstraint("instance", "year", "agency_code", "sub_activity", "account", "fund"),
    CheckConstraint("original + shifts + amendment - reserved - realised >= 0", name="not_oversold"),
    CheckConstraint("reserved >= 0 AND realised >= 0", name="not_negative"),
    Index("ix_line_year_position", "year", "position"),
    Index("ix_line_instance_agency_code", "instance", "agency_code"),
)

DOCUMENT = Table(
    "document",
    METADATA,
    Column("document_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("instance", Text, nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("dated", Date, nullable=False),
    Column("imported_by", Text, nullable=False),
    Column("moment", _MOMENT, nullable=False),
    UniqueConstraint("instance", "year", "kind", "number"),
    CheckConstraint(_one_of("kind", DOCUMENTS), name="kind"),
)

DOCUMENT_LINE = Table(
    "document_line",
    METADATA,
    Column("document_id", ForeignKey("document.document_id"), primary_key=True),
    Column("line_id", ForeignKey("line.line_id"), primary_key=True, index=True),
    Column("amount", BigInteger, nullable=False),
    CheckConstraint("amount >= 0", name="amount"),
)

ENTRY = Table(
    "entry",
    METADATA,
    Column("entry_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("line_id", ForeignKey("line.line_id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("document_id", ForeignKey("document.document_id")),
    Column("subject", Text),
    Column("subject_id", Uuid),
    Column("batch_id", Uuid),
    Column("attempt", Integer),
    Column("moment", _MOMENT, nullable=False),
    CheckConstraint(_one_of("kind", ENTRY_KINDS), name="kind"),
    CheckConstraint("(document_id IS NOT NULL) = (kind IN ('original', 'shift', 'amendment'))", name="document"),
    CheckConstraint("num_nonnulls(document_id, subject) = 1", name="either"),
    CheckConstraint("num_nonnulls(subject, subject_id, batch_id, attempt) IN (0, 4)", name="subject"),
    CheckConstraint("CASE WHEN document_id IS NULL THEN amount >= 0 ELSE amount <> 0 END", name="amount"),
    Index(
        "uq_entry_subject_id_attempt_kind",
        "subject_id",
        "attempt",
        "kind",
        unique=True,
        postgresql_where=text("subject_id IS NOT NULL"),
    ),
    Index(
        "uq_entry_document_id_line_id",
        "document_id",
        "line_id",
        unique=True,
        postgresql_where=text("document_id IS NOT NULL"),
    ),
    Index("ix_entry_line_id_position", "line_id", "position"),
)

CLAIM = Table(
    "claim",
    METADATA,
    Column("subject_id", Uuid, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("batch_id", Uuid, nullable=False, index=True),
    Column("line_id", Uuid, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("available", BigInteger, nullable=False),
    Column("entry_id", ForeignKey("entry.entry_id"), unique=True),
    Column("since", _MOMENT, nullable=False),
    CheckConstraint(_one_of("kind", (SEAT, BATCH)), name="kind"),
    CheckConstraint(_one_of("state", STATES), name="state"),
    CheckConstraint("(state = 'refused') = (entry_id IS NULL)", name="entry"),
    comment="The stored answer to each question for money; line_id is what was asked, known or not.",
)

WITHDRAWAL = Table(
    "withdrawal",
    METADATA,
    Column("subject_id", Uuid, primary_key=True),
    Column("attempt", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("batch_id", Uuid, nullable=False, index=True),
    Column("line_id", Uuid, nullable=False),
    Column("freed", BigInteger, nullable=False),
    Column("moment", _MOMENT, nullable=False),
    CheckConstraint(_one_of("kind", (SEAT, BATCH)), name="kind"),
    CheckConstraint("freed >= 0", name="freed"),
    comment="What was given up, up to the attempt, also where its question has not been heard.",
)

AGENCY = Table(
    "agency",
    METADATA,
    Column("agency_id", Uuid, primary_key=True),
    Column("rev", Integer, nullable=False),
    Column("instance", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent_id", Uuid),
    Index("ix_agency_instance_code", "instance", "code"),
)

APPEND_ONLY = (
    """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    *(
        f"CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON {name}"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        for name in ("entry", "document", "document_line")
    ),
)
"""Statements that make the ledger and the documents append-only; create_all runs them, and so does the first
migration.
"""

for _statement in APPEND_ONLY:
    # DDL() formats with %, so the one that plpgsql needs is doubled.
    event.listen(METADATA, "after_create", DDL(_statement.replace("%", "%%")))  # type: ignore[no-untyped-call]
