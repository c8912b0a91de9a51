"""first"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "enrolment_0001"
down_revision = None
branch_labels = ("enrolment",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "batch",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("money", sa.Text(), nullable=False),
        sa.Column("asks", sa.SmallInteger(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("least", sa.Integer(), nullable=False),
        sa.Column("fixed_cost", sa.BigInteger(), nullable=False),
        sa.Column("seat_price", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("fiscal_year", sa.SmallInteger(), nullable=False),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("course", sa.Text(), nullable=True),
        sa.Column("agencies", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("approvals", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("no_show_spends", sa.Boolean(), nullable=False),
        sa.Column("applied", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_begins_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nominations_ended", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_confirmed", sa.Integer(), nullable=True),
        sa.Column("closed_took_part", sa.Integer(), nullable=True),
        sa.Column("closed_completed", sa.Integer(), nullable=True),
        sa.Column("closed_failed", sa.Integer(), nullable=True),
        sa.CheckConstraint("capacity >= 1 AND least >= 0 AND least <= capacity", name=op.f("ck_batch_seats")),
        sa.CheckConstraint("fixed_cost >= 0 AND seat_price >= 0", name=op.f("ck_batch_costs")),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_batch")),
        sa.UniqueConstraint("position", name=op.f("uq_batch_position")),
    )
    op.create_index(
        "ix_batch_begins_at",
        "batch",
        ["begins_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open' AND NOT nominations_ended"),
    )
    op.create_index(
        "ix_batch_deadline", "batch", ["deadline"], unique=False, postgresql_where=sa.text("deadline IS NOT NULL")
    )
    op.create_index(op.f("ix_batch_line_id"), "batch", ["line_id"], unique=False)
    op.create_index(op.f("ix_batch_programme_id"), "batch", ["programme_id"], unique=False)
    op.create_table(
        "happening",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_happening")),
    )
    op.create_index(
        "ix_happening_batch_id_position",
        "happening",
        ["batch_id", "position"],
        unique=False,
        postgresql_where=sa.text("seat_id IS NULL"),
    )
    op.create_index(
        "ix_happening_seat_id_position",
        "happening",
        ["seat_id", "position"],
        unique=False,
        postgresql_where=sa.text("seat_id IS NOT NULL"),
    )
    op.create_table(
        "instance",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_instance")),
    )
    op.create_table(
        "jp_target",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("jp", sa.Integer(), nullable=False),
        sa.Column("legal_basis", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('MIN', 'MAX')", name=op.f("ck_jp_target_kind")),
        sa.PrimaryKeyConstraint("status", "valid_from", name=op.f("pk_jp_target")),
    )
    op.create_table(
        "programme_version",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("goal", sa.Text(), nullable=False),
        sa.Column("form", sa.SmallInteger(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("jp", sa.Integer(), nullable=False),
        sa.Column("prerequisites", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("modules", sa.SmallInteger(), nullable=False),
        sa.Column("presence_percent", sa.SmallInteger(), nullable=False),
        sa.Column("all_modules", sa.Boolean(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("programme_id", "version", name=op.f("pk_programme_version")),
    )
    op.create_table(
        "progress",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.SmallInteger(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_progress")),
    )
    op.create_table(
        "run_change",
        sa.Column("finding_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("change", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("finding_id", name=op.f("pk_run_change")),
    )
    op.create_index(op.f("ix_run_change_batch_id"), "run_change", ["batch_id"], unique=False)
    op.create_index(op.f("ix_run_change_programme_id"), "run_change", ["programme_id"], unique=False)
    op.create_table(
        "saga_answer",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("item_id", "attempt", "kind", name=op.f("pk_saga_answer")),
    )
    op.create_table(
        "agency",
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["instance"], ["instance.code"], name=op.f("fk_agency_instance_instance")),
        sa.ForeignKeyConstraint(["parent_id"], ["agency.agency_id"], name=op.f("fk_agency_parent_id_agency")),
        sa.PrimaryKeyConstraint("agency_id", name=op.f("pk_agency")),
        sa.UniqueConstraint("instance", "code", name=op.f("uq_agency_instance_code")),
    )
    op.create_table(
        "session",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trainer_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_session_batch_id_batch")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_batch_id"), "session", ["batch_id"], unique=False)
    op.create_index(op.f("ix_session_trainer_id"), "session", ["trainer_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("nip", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("standing", sa.Text(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("position_kind", sa.Text(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=True),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.CheckConstraint("standing IN ('active', 'leave', 'left')", name=op.f("ck_person_standing")),
        sa.CheckConstraint("status IN ('PNS', 'PPPK')", name=op.f("ck_person_status")),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.agency_id"], name=op.f("fk_person_agency_id_agency")),
        sa.ForeignKeyConstraint(["merged_into"], ["person.person_id"], name=op.f("fk_person_merged_into_person")),
        sa.ForeignKeyConstraint(
            ["supervisor_id"],
            ["person.person_id"],
            name=op.f("fk_person_supervisor_id_person"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
        sa.UniqueConstraint("nip", name=op.f("uq_person_nip")),
    )
    op.create_index("ix_person_agency_id_person_id", "person", ["agency_id", "person_id"], unique=False)
    op.create_index("ix_person_supervisor_id", "person", ["supervisor_id"], unique=False)
    op.create_index(
        "ix_person_words",
        "person",
        [sa.literal_column("to_tsvector('simple', name)")],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "credit",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("jp", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_credit_person_id_person")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_credit")),
        sa.UniqueConstraint("seat_id", name=op.f("uq_credit_seat_id")),
    )
    op.create_index("ix_credit_person_id_on", "credit", ["person_id", "on"], unique=False)
    op.create_index("ix_credit_person_id_programme_id", "credit", ["person_id", "programme_id"], unique=False)
    op.create_table(
        "seat",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("course", sa.Boolean(), nullable=False),
        sa.Column("money", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("asks", sa.SmallInteger(), nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("spent", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grade_band", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("presence_percent", sa.SmallInteger(), nullable=True),
        sa.Column("asked", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.batch_id"], name=op.f("fk_seat_batch_id_batch")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_seat_person_id_person")),
        sa.PrimaryKeyConstraint("seat_id", name=op.f("pk_seat")),
        sa.UniqueConstraint("position", name=op.f("uq_seat_position")),
    )
    op.create_index("ix_seat_agency_id", "seat", ["agency_id"], unique=False)
    op.create_index("ix_seat_batch_id_state_position", "seat", ["batch_id", "state", "position"], unique=False)
    op.create_index(
        "ix_seat_deadline", "seat", ["deadline"], unique=False, postgresql_where=sa.text("deadline IS NOT NULL")
    )
    op.create_index("ix_seat_person_id", "seat", ["person_id"], unique=False)
    op.create_index(
        "uq_seat_live",
        "seat",
        ["batch_id", "person_id"],
        unique=True,
        postgresql_where=sa.text(
            "state IN ('completed', 'confirmed', 'enrolling', 'failed', 'refused', 'releasing', 'requested', 'reserving', 'waiting')"
        ),
    )
    op.create_table(
        "approval",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("escalated", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("deadline", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('later', 'open', 'given', 'rejected', 'void')", name=op.f("ck_approval_state")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.seat_id"], name=op.f("fk_approval_seat_id_seat")),
        sa.PrimaryKeyConstraint("seat_id", "step", name=op.f("pk_approval")),
    )
    op.create_index(
        "ix_approval_approver_id", "approval", ["approver_id"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "ix_approval_deadline", "approval", ["deadline"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(
        "ix_approval_role",
        "approval",
        ["role"],
        unique=False,
        postgresql_where=sa.text("state = 'open' AND approver_id IS NULL"),
    )
    op.create_table(
        "attendance",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.seat_id"], name=op.f("fk_attendance_seat_id_seat")),
        sa.ForeignKeyConstraint(["session_id"], ["session.session_id"], name=op.f("fk_attendance_session_id_session")),
        sa.PrimaryKeyConstraint("seat_id", "session_id", name=op.f("pk_attendance")),
    )
    op.create_index("ix_attendance_session_id", "attendance", ["session_id"], unique=False)
