"""Campaigns, who is asked in them, and their measures."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import Uuid

from services.surveys.domain.anonymity import Cell
from services.surveys.domain.results import Tally
from services.surveys.store.tables import ANSWER, BATCH, CAMPAIGN, HELD_ANSWER, INSTRUMENT, MEASURE, PARTICIPATION
from shared.ids import new_id

WAITING, OPEN, CLOSED, CANCELLED = "waiting", "open", "closed", "cancelled"


def make(db: Connection, batch_id: UUID, at: datetime) -> None:
    db.execute(
        insert(CAMPAIGN)
        .values(campaign_id=new_id(), batch_id=batch_id, state=WAITING, made_at=at)
        .on_conflict_do_nothing(index_elements=[CAMPAIGN.c.batch_id])
    )


def locked_of_batch(db: Connection, batch_id: UUID) -> Row[Any] | None:
    return db.execute(select(CAMPAIGN).where(CAMPAIGN.c.batch_id == batch_id).with_for_update()).one_or_none()


def locked(db: Connection, campaign_id: UUID) -> Row[Any] | None:
    return db.execute(select(CAMPAIGN).where(CAMPAIGN.c.campaign_id == campaign_id).with_for_update()).one_or_none()


def one(db: Connection, campaign_id: UUID) -> Row[Any] | None:
    return db.execute(select(CAMPAIGN).where(CAMPAIGN.c.campaign_id == campaign_id)).one_or_none()


def of_batch(db: Connection, batch_id: UUID) -> Row[Any] | None:
    return db.execute(select(CAMPAIGN).where(CAMPAIGN.c.batch_id == batch_id)).one_or_none()


def shared_lock(db: Connection, campaign_id: UUID) -> Row[Any] | None:
    """The campaign, kept from being closed while an answer is taken; answers don't wait for each other."""
    return db.execute(
        select(CAMPAIGN).where(CAMPAIGN.c.campaign_id == campaign_id).with_for_update(read=True)
    ).one_or_none()


def change(db: Connection, campaign_id: UUID, **values: Any) -> None:
    db.execute(update(CAMPAIGN).where(CAMPAIGN.c.campaign_id == campaign_id).values(**values))


def to_invite(db: Connection, limit: int) -> list[Row[Any]]:
    """Locked campaigns of closed batches that have not invited yet."""
    return list(
        db.execute(
            select(CAMPAIGN)
            .join(BATCH)
            .where(CAMPAIGN.c.state == WAITING, BATCH.c.closed_at.is_not(None))
            .order_by(CAMPAIGN.c.position)
            .limit(limit)
            .with_for_update(of=CAMPAIGN, skip_locked=True)
        )
    )


def to_close(db: Connection, now: datetime) -> Row[Any] | None:
    """One locked campaign that is due or that everybody has answered."""
    unused = select(PARTICIPATION.c.invitation_id).where(
        PARTICIPATION.c.campaign_id == CAMPAIGN.c.campaign_id, PARTICIPATION.c.used.is_(False)
    )
    return db.execute(
        select(CAMPAIGN)
        .where(CAMPAIGN.c.state == OPEN, or_(CAMPAIGN.c.closes_at <= now, ~unused.exists()))
        .order_by(CAMPAIGN.c.position)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def invite(db: Connection, campaign_id: UUID, rows: Sequence[tuple[UUID, UUID, Cell]]) -> None:
    """Ask seats, given as (seat_id, person_id, cell)."""
    if rows:
        db.execute(
            insert(PARTICIPATION).on_conflict_do_nothing(),
            [
                {
                    "invitation_id": new_id(),
                    "campaign_id": campaign_id,
                    "seat_id": seat_id,
                    "person_id": person_id,
                    "grade_band": cell.grade_band,
                    "agency": cell.agency,
                    "unit": cell.unit,
                }
                for seat_id, person_id, cell in rows
            ],
        )


def recell(db: Connection, campaign_id: UUID, cells: Mapping[UUID, Cell]) -> None:
    """Fix other groups for seats already asked; only while nobody has answered."""
    db.execute(
        update(PARTICIPATION).where(
            PARTICIPATION.c.campaign_id == campaign_id, PARTICIPATION.c.invitation_id == bindparam("of")
        ),
        [
            {"of": invitation_id, "grade_band": cell.grade_band, "agency": cell.agency, "unit": cell.unit}
            for invitation_id, cell in sorted(cells.items())
        ],
    )


def invited(db: Connection, campaign_id: UUID) -> list[Row[Any]]:
    return list(
        db.execute(
            select(PARTICIPATION)
            .where(PARTICIPATION.c.campaign_id == campaign_id)
            .order_by(PARTICIPATION.c.invitation_id)
        )
    )


def counts(db: Connection, campaign_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """(invited, answered) by campaign."""
    rows = db.execute(
        select(
            PARTICIPATION.c.campaign_id,
            func.count().label("invited"),
            func.count().filter(PARTICIPATION.c.used).label("answered"),
        )
        .where(PARTICIPATION.c.campaign_id.in_(campaign_ids))
        .group_by(PARTICIPATION.c.campaign_id)
    )
    return {row.campaign_id: (row.invited, row.answered) for row in rows}


def mine(db: Connection, person_id: UUID, limit: int) -> list[Row[Any]]:
    """The open invitations of a person, those that end first in front."""
    return list(
        db.execute(
            select(
                PARTICIPATION.c.invitation_id,
                CAMPAIGN.c.campaign_id,
                CAMPAIGN.c.closes_at,
                BATCH.c.name,
                BATCH.c.programme_id,
                BATCH.c.version,
            )
            .join(CAMPAIGN, CAMPAIGN.c.campaign_id == PARTICIPATION.c.campaign_id)
            .join(BATCH, BATCH.c.batch_id == CAMPAIGN.c.batch_id)
            .where(PARTICIPATION.c.person_id == person_id, PARTICIPATION.c.used.is_(False), CAMPAIGN.c.state == OPEN)
            .order_by(CAMPAIGN.c.closes_at, CAMPAIGN.c.position)
            .limit(limit)
        )
    )


def view(db: Connection, campaign_id: UUID, agencies: frozenset[UUID] | None) -> Row[Any] | None:
    """One campaign with its batch, if the reader's agencies (None: all) cover the batch."""
    return db.execute(_view(agencies).where(CAMPAIGN.c.campaign_id == campaign_id)).one_or_none()


def page(
    db: Connection, batch_id: UUID | None, agencies: frozenset[UUID] | None, after: UUID | None, limit: int
) -> list[Row[Any]]:
    """Campaigns, newest first."""
    query = _view(agencies).order_by(CAMPAIGN.c.position.desc()).limit(limit)
    if batch_id is not None:
        query = query.where(CAMPAIGN.c.batch_id == batch_id)
    if after is not None:
        at = select(CAMPAIGN.c.position).where(CAMPAIGN.c.campaign_id == after).scalar_subquery()
        query = query.where(CAMPAIGN.c.position < at)
    return list(db.execute(query))


def unbalanced(db: Connection) -> list[tuple[UUID, int, int]]:
    """Campaigns whose used links are not as many as their answers, but for those closed with too few: (id, used,
    answers)."""
    used = (
        select(PARTICIPATION.c.campaign_id, func.count().label("n"))
        .where(PARTICIPATION.c.used)
        .group_by(PARTICIPATION.c.campaign_id)
        .subquery()
    )
    each = union_all(select(HELD_ANSWER.c.campaign_id), select(ANSWER.c.campaign_id)).subquery()
    kept = select(each.c.campaign_id, func.count().label("n")).group_by(each.c.campaign_id).subquery()
    used_n, kept_n = func.coalesce(used.c.n, 0), func.coalesce(kept.c.n, 0)
    rows = db.execute(
        select(CAMPAIGN.c.campaign_id, used_n, kept_n)
        .join(used, used.c.campaign_id == CAMPAIGN.c.campaign_id, isouter=True)
        .join(kept, kept.c.campaign_id == CAMPAIGN.c.campaign_id, isouter=True)
        .where(used_n != kept_n, func.coalesce(CAMPAIGN.c.outcome, "") != "too_few")
    )
    return [(row[0], row[1], row[2]) for row in rows]


def keep_measures(db: Connection, campaign_id: UUID, tallies: Sequence[Tally]) -> None:
    if tallies:
        db.execute(
            insert(MEASURE),
            [
                {
                    "campaign_id": campaign_id,
                    "item": tally.item,
                    "by": tally.by,
                    "value": tally.value,
                    "kind": tally.kind,
                    "n": tally.n,
                    "counted": tally.count,
                    "mean_top": tally.mean.numerator if tally.mean is not None else None,
                    "mean_bottom": tally.mean.denominator if tally.mean is not None else None,
                }
                for tally in tallies
            ],
        )


def measures(db: Connection, campaign_id: UUID, item: str | None = None) -> list[Tally]:
    query = select(MEASURE).where(MEASURE.c.campaign_id == campaign_id)
    if item is not None:
        query = query.where(MEASURE.c.item == item)
    rows = db.execute(query.order_by(MEASURE.c.item, MEASURE.c.by, MEASURE.c.value))
    return [
        Tally(
            row.item,
            row.kind,
            row.by,
            row.value,
            row.n,
            row.counted,
            Fraction(row.mean_top, row.mean_bottom) if row.mean_bottom else None,
        )
        for row in rows
    ]


def covered(agencies: frozenset[UUID] | None) -> ColumnElement[bool]:
    """Whether agencies (None: all) cover a batch: it is for some agencies only, and all of them are among these."""
    if agencies is None:
        return BATCH.c.batch_id.is_not(None)
    return and_(
        func.cardinality(BATCH.c.agencies) > 0,
        BATCH.c.agencies.contained_by(cast(sorted(agencies), ARRAY(Uuid))),
    )


def _view(agencies: frozenset[UUID] | None) -> Select[Any]:
    return (
        select(
            CAMPAIGN,
            BATCH.c.name.label("batch_name"),
            BATCH.c.programme_id,
            BATCH.c.version,
            INSTRUMENT.c.code.label("instrument_code"),
            INSTRUMENT.c.revision.label("instrument_revision"),
            INSTRUMENT.c.definition,
        )
        .join(BATCH, BATCH.c.batch_id == CAMPAIGN.c.batch_id)
        .join(INSTRUMENT, INSTRUMENT.c.instrument_id == CAMPAIGN.c.instrument_id, isouter=True)
        .where(covered(agencies))
    )
