"""Reading lines, entries and a batch's money within a person's scope; keeping agencies."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.dialects.postgresql import insert as upsert

from services.budget.domain.ledger import REALISED, REFUSED, RELEASED, RESERVED
from services.budget.store.tables import AGENCY, CLAIM, DOCUMENT, ENTRY, LINE
from shared.events.enrolment import Agency

Agencies = Collection[UUID] | None
"""The agencies whose lines a person may see; None means all."""


def keep_agencies(db: Connection, instance: str, agencies: Sequence[Agency]) -> None:
    """Insert or renew; an older revision changes nothing."""
    newest: dict[UUID, Agency] = {}
    for agency in agencies:
        if agency.agency_id not in newest or newest[agency.agency_id].rev < agency.rev:
            newest[agency.agency_id] = agency
    if not newest:
        return
    rows = [
        {
            "agency_id": agency.agency_id,
            "rev": agency.rev,
            "instance": instance,
            "code": agency.code,
            "name": agency.name,
            "parent_id": agency.parent_id,
        }
        # In the order of their ids, so that two events never wait for each other.
        for agency in sorted(newest.values(), key=lambda agency: agency.agency_id)
    ]
    statement = upsert(AGENCY).values(rows)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=[AGENCY.c.agency_id],
            set_={name: statement.excluded[name] for name in ("rev", "instance", "code", "name", "parent_id")},
            where=AGENCY.c.rev < statement.excluded.rev,
        )
    )


def _same_agency() -> ColumnElement[bool]:
    return and_(AGENCY.c.instance == LINE.c.instance, AGENCY.c.code == LINE.c.agency_code)


def _within(agencies: Agencies) -> list[ColumnElement[bool]]:
    if agencies is None:
        return []
    return [exists().where(_same_agency(), AGENCY.c.agency_id.in_(agencies))]


def _lines() -> Select[Any]:
    # An agency's code could stand under two ids for a moment (it was closed and opened anew); the line is shown once.
    agency = (
        select(AGENCY.c.agency_id, AGENCY.c.name)
        .where(_same_agency())
        .order_by(AGENCY.c.rev.desc(), AGENCY.c.agency_id)
        .limit(1)
        .lateral("agency_of_line")
    )
    return select(
        *LINE.c, agency.c.agency_id, func.coalesce(agency.c.name, LINE.c.agency_name).label("agency")
    ).select_from(LINE.outerjoin(agency, true()))


def page_of_lines(
    db: Connection,
    agencies: Agencies,
    *,
    year: int | None,
    agency_id: UUID | None,
    search: str | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Any]:
    """Lines in the order in which they were first imported."""
    where = _within(agencies)
    if year is not None:
        where.append(LINE.c.year == year)
    if agency_id is not None:
        where += _within([agency_id])
    for word in (search or "").split():
        where.append(_holds(word))
    if after is not None:
        where.append(LINE.c.position > select(LINE.c.position).where(LINE.c.line_id == after).scalar_subquery())
    return db.execute(_lines().where(*where).order_by(LINE.c.position).limit(limit)).all()


def _holds(word: str) -> ColumnElement[bool]:
    columns = (
        LINE.c.sub_activity,
        LINE.c.sub_activity_name,
        LINE.c.account,
        LINE.c.account_name,
        LINE.c.agency_code,
        LINE.c.agency_name,
        LINE.c.fund,
        LINE.c.name,
    )
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def line(db: Connection, agencies: Agencies, line_id: UUID) -> Any | None:
    """One line; None where there is none or it is another's."""
    return db.execute(_lines().where(LINE.c.line_id == line_id, *_within(agencies))).one_or_none()


def page_of_entries(
    db: Connection, line_id: UUID, *, after: UUID | None = None, limit: int, newest_first: bool = False
) -> Sequence[Any]:
    """The ledger of a line with the document of each entry."""
    where = [ENTRY.c.line_id == line_id]
    if after is not None:
        where.append(ENTRY.c.position > select(ENTRY.c.position).where(ENTRY.c.entry_id == after).scalar_subquery())
    order = ENTRY.c.position.desc() if newest_first else ENTRY.c.position
    return db.execute(
        select(*ENTRY.c, DOCUMENT.c.kind.label("document_kind"), DOCUMENT.c.number.label("document_number"))
        .select_from(ENTRY.outerjoin(DOCUMENT, DOCUMENT.c.document_id == ENTRY.c.document_id))
        .where(*where)
        .order_by(order)
        .limit(limit)
    ).all()


def entries_of_subject(db: Connection, subject_id: UUID, limit: int) -> Sequence[Any]:
    """The ledger entries of one seat, or of one batch's fixed part."""
    return db.execute(
        select(*ENTRY.c).where(ENTRY.c.subject_id == subject_id).order_by(ENTRY.c.position).limit(limit)
    ).all()


def money_of_batch(db: Connection, agencies: Agencies, batch_id: UUID) -> Sequence[Any]:
    """Per line of a batch: rupiah reserved now, realised, released, and refused to those who have nothing since; the
    count of seats in each state by their latest attempt. Only lines in scope; a line nobody knows is shown to those
    who see all.
    """
    ranked = (
        select(
            CLAIM.c.line_id,
            CLAIM.c.kind,
            CLAIM.c.state,
            CLAIM.c.asked,
            (func.row_number().over(partition_by=CLAIM.c.subject_id, order_by=CLAIM.c.attempt.desc()) == 1).label(
                "latest"
            ),
        )
        .where(CLAIM.c.batch_id == batch_id)
        .subquery()
    )

    def rupiah(state: str, *more: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((and_(ranked.c.state == state, *more), ranked.c.asked), else_=0)), 0)

    def seats(state: str) -> ColumnElement[int]:
        return func.count().filter(ranked.c.kind == "seat", ranked.c.latest, ranked.c.state == state)

    return db.execute(
        select(
            ranked.c.line_id,
            LINE.c.year,
            LINE.c.agency_code,
            LINE.c.sub_activity,
            LINE.c.sub_activity_name,
            LINE.c.account,
            LINE.c.account_name,
            LINE.c.fund,
            LINE.c.name,
            rupiah(RESERVED).label(RESERVED),
            rupiah(REALISED).label(REALISED),
            rupiah(RELEASED).label(RELEASED),
            rupiah(REFUSED, ranked.c.latest).label(REFUSED),
            seats(RESERVED).label("seats_reserved"),
            seats(REALISED).label("seats_realised"),
            seats(RELEASED).label("seats_released"),
            seats(REFUSED).label("seats_refused"),
        )
        .select_from(ranked.outerjoin(LINE, LINE.c.line_id == ranked.c.line_id))
        .where(*_within(agencies))
        .group_by(ranked.c.line_id, LINE.c.line_id)
        .order_by(LINE.c.position)
    ).all()
