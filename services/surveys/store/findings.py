"""Findings, decisions and effects."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, Select, and_, func, insert, or_, select, update

from services.surveys.domain.findings import APPLIED, DECIDED, DRAFTED, EFFECTIVE, RAISED, REFUSED
from services.surveys.store.campaigns import CLOSED, covered
from services.surveys.store.tables import BATCH, CAMPAIGN, EFFECT_OF_CHANGE, FINDING, MEASURE, PARTICIPATION


def add(db: Connection, values: dict[str, Any]) -> None:
    db.execute(insert(FINDING).values(**values))


def locked(db: Connection, finding_id: UUID) -> Row[Any] | None:
    return db.execute(select(FINDING).where(FINDING.c.finding_id == finding_id).with_for_update()).one_or_none()


def locked_many(db: Connection, finding_ids: Sequence[UUID]) -> list[Row[Any]]:
    return list(
        db.execute(
            select(FINDING)
            .where(FINDING.c.finding_id.in_(finding_ids))
            .order_by(FINDING.c.finding_id)
            .with_for_update()
        )
    )


def change(db: Connection, finding_id: UUID, **values: Any) -> None:
    db.execute(update(FINDING).where(FINDING.c.finding_id == finding_id).values(**values))


def unmeasured(db: Connection, programme_id: UUID) -> list[Row[Any]]:
    """Locked findings of a programme whose change is in effect and has not been measured."""
    return list(
        db.execute(
            select(FINDING)
            .where(FINDING.c.programme_id == programme_id, FINDING.c.state == EFFECTIVE)
            .order_by(FINDING.c.finding_id)
            .with_for_update()
        )
    )


def programmes_unmeasured(db: Connection, limit: int) -> list[UUID]:
    """Programmes with a change in effect that a closed campaign since could have measured."""
    run = (
        select(CAMPAIGN.c.campaign_id)
        .join(BATCH, BATCH.c.batch_id == CAMPAIGN.c.batch_id)
        .where(
            BATCH.c.programme_id == FINDING.c.programme_id,
            CAMPAIGN.c.state == CLOSED,
            CAMPAIGN.c.campaign_id != FINDING.c.campaign_id,
            CAMPAIGN.c.closed_at >= FINDING.c.raised_at,
            or_(
                BATCH.c.version >= FINDING.c.effective_version,
                FINDING.c.finding_id == func.any(BATCH.c.applied),
            ),
        )
    )
    return list(
        db.scalars(
            select(FINDING.c.programme_id).where(FINDING.c.state == EFFECTIVE, run.exists()).distinct().limit(limit)
        )
    )


def runs_after(db: Connection, finding: Row[Any]) -> list[Row[Any]]:
    """Closed campaigns of runs that carry the finding's change, with the tally of the same kind; the first closed
    first."""
    carries = (
        BATCH.c.version >= finding.effective_version
        if finding.effective_version is not None
        else BATCH.c.applied.contains([finding.finding_id])
    )
    return list(
        db.execute(
            select(
                CAMPAIGN.c.campaign_id,
                CAMPAIGN.c.instrument_id,
                BATCH.c.batch_id,
                BATCH.c.version,
                MEASURE.c.item,
                MEASURE.c.counted,
                MEASURE.c.n,
            )
            .join(BATCH, BATCH.c.batch_id == CAMPAIGN.c.batch_id)
            .join(MEASURE, and_(MEASURE.c.campaign_id == CAMPAIGN.c.campaign_id, MEASURE.c.by == "all"))
            .where(
                BATCH.c.programme_id == finding.programme_id,
                CAMPAIGN.c.state == CLOSED,
                CAMPAIGN.c.campaign_id != finding.campaign_id,
                CAMPAIGN.c.closed_at >= finding.raised_at,
                MEASURE.c.kind == finding.kind,
                carries,
            )
            .order_by(CAMPAIGN.c.closed_at, CAMPAIGN.c.position, MEASURE.c.item != finding.item, MEASURE.c.item)
            .limit(20)
        )
    )


def add_effect(db: Connection, values: dict[str, Any]) -> None:
    db.execute(insert(EFFECT_OF_CHANGE).values(**values))


def effect(db: Connection, finding_id: UUID) -> Row[Any] | None:
    return db.execute(select(EFFECT_OF_CHANGE).where(EFFECT_OF_CHANGE.c.finding_id == finding_id)).one_or_none()


def effects(db: Connection, finding_ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    rows = db.execute(select(EFFECT_OF_CHANGE).where(EFFECT_OF_CHANGE.c.finding_id.in_(finding_ids)))
    return {row.finding_id: row for row in rows}


def view(db: Connection, finding_id: UUID, agencies: frozenset[UUID] | None) -> Row[Any] | None:
    return db.execute(_view(agencies).where(FINDING.c.finding_id == finding_id)).one_or_none()


def page(
    db: Connection,
    agencies: frozenset[UUID] | None,
    filters: dict[str, Any],
    measured: bool = False,
) -> list[Row[Any]]:
    """Findings, newest first; with `measured` only those that have an effect."""
    query = _view(agencies).order_by(FINDING.c.position.desc()).limit(filters["limit"])
    for name in ("programme_id", "batch_id", "state"):
        if filters.get(name) is not None:
            query = query.where(FINDING.c[name] == filters[name])
    if filters.get("campaign_id") is not None:
        query = query.where(FINDING.c.campaign_id == filters["campaign_id"])
    if measured:
        query = query.join(EFFECT_OF_CHANGE, EFFECT_OF_CHANGE.c.finding_id == FINDING.c.finding_id)
    if filters.get("after") is not None:
        at = select(FINDING.c.position).where(FINDING.c.finding_id == filters["after"]).scalar_subquery()
        query = query.where(FINDING.c.position < at)
    return list(db.execute(query))


def of_campaign(db: Connection, campaign_id: UUID) -> list[Row[Any]]:
    return list(db.execute(select(FINDING).where(FINDING.c.campaign_id == campaign_id).order_by(FINDING.c.position)))


def to_decide(db: Connection, agencies: frozenset[UUID] | None, limit: int) -> list[Row[Any]]:
    """Findings nobody has decided on, oldest first."""
    return list(db.execute(_view(agencies).where(FINDING.c.state == RAISED).order_by(FINDING.c.position).limit(limit)))


def owned(db: Connection, owner_id: UUID, limit: int) -> list[Row[Any]]:
    """Decided changes of an owner that are not in effect yet, the first due in front."""
    return list(
        db.execute(
            _view(None)
            .where(FINDING.c.owner_id == owner_id, FINDING.c.state.in_((DECIDED, DRAFTED, APPLIED, REFUSED)))
            .order_by(FINDING.c.due, FINDING.c.position)
            .limit(limit)
        )
    )


def told(db: Connection, person_id: UUID, limit: int) -> list[Row[Any]]:
    """What was done about what the runs of a person said, the newest first."""
    return list(
        db.execute(
            _view(None)
            .join(PARTICIPATION, PARTICIPATION.c.campaign_id == FINDING.c.campaign_id)
            .where(PARTICIPATION.c.person_id == person_id, FINDING.c.did.is_not(None))
            .order_by(FINDING.c.effective_at.desc(), FINDING.c.position)
            .limit(limit)
        )
    )


def decided(db: Connection) -> list[Row[Any]]:
    query = (
        select(FINDING.c.finding_id, FINDING.c.change, FINDING.c.state, FINDING.c.since, FINDING.c.did)
        .where(FINDING.c.rev > 0)
        .order_by(FINDING.c.position)
    )
    return list(db.execute(query))


def _view(agencies: frozenset[UUID] | None) -> Select[Any]:
    return (
        select(FINDING, BATCH.c.name.label("batch_name"))
        .join(BATCH, BATCH.c.batch_id == FINDING.c.batch_id)
        .where(covered(agencies))
    )
