"""The two sides of an answer. Only `take` touches both, and only what waits can be told by its transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, delete, func, insert, select, text, update

from services.surveys.domain.anonymity import Cell
from services.surveys.domain.results import Answer
from services.surveys.store.campaigns import OPEN
from services.surveys.store.tables import ANSWER, CAMPAIGN, HELD_ANSWER, PARTICIPATION

_FORGET_WORDS = text(
    """
    WITH worded AS (
        SELECT campaign.campaign_id, ARRAY(
            SELECT name #>> '{}' FROM jsonb_path_query(
                definition, '$.** ? (@.type == "comment" || @.type == "text").name') AS name
        ) AS names
        FROM campaign JOIN instrument USING (instrument_id) WHERE closed_at < :before
    ), old AS (
        SELECT answer_id, names FROM answer JOIN worded USING (campaign_id) WHERE said ?| names LIMIT :most
    )
    UPDATE answer SET said = said - old.names FROM old WHERE answer.answer_id = old.answer_id
    """
)


def invitation(db: Connection, invitation_id: UUID) -> Row[Any] | None:
    return db.execute(select(PARTICIPATION).where(PARTICIPATION.c.invitation_id == invitation_id)).one_or_none()


def locked_invitation(db: Connection, invitation_id: UUID) -> Row[Any] | None:
    return db.execute(
        select(PARTICIPATION).where(PARTICIPATION.c.invitation_id == invitation_id).with_for_update()
    ).one_or_none()


def take(db: Connection, invitation: Row[Any], said: Mapping[str, Any]) -> None:
    """Mark the link used, and let the answer wait among the others under a random id with no time in it."""
    db.execute(update(PARTICIPATION).where(PARTICIPATION.c.invitation_id == invitation.invitation_id).values(used=True))
    db.execute(
        insert(HELD_ANSWER).values(
            answer_id=uuid4(),
            campaign_id=invitation.campaign_id,
            grade_band=invitation.grade_band,
            agency=invitation.agency,
            unit=invitation.unit,
            said=dict(said),
        )
    )


def ripe(db: Connection, k: int) -> UUID | None:
    """A locked open campaign in which a lot can move."""
    ready = (
        select(HELD_ANSWER.c.campaign_id).group_by(HELD_ANSWER.c.campaign_id).having(func.count() >= 2 * k).subquery()
    )
    return db.scalar(
        select(CAMPAIGN.c.campaign_id)
        .where(CAMPAIGN.c.campaign_id.in_(select(ready.c.campaign_id)), CAMPAIGN.c.state == OPEN)
        .order_by(CAMPAIGN.c.position)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def waiting(db: Connection, campaign_id: UUID) -> list[UUID]:
    return list(db.scalars(select(HELD_ANSWER.c.answer_id).where(HELD_ANSWER.c.campaign_id == campaign_id)))


def move(db: Connection, lot: Sequence[UUID]) -> None:
    """Move a lot, its rows written in the order given and under new ids."""
    if not lot:
        return
    gone = db.execute(delete(HELD_ANSWER).where(HELD_ANSWER.c.answer_id.in_(lot)).returning(HELD_ANSWER))
    rows = {row.answer_id: row for row in gone}
    # New ids, so that a copy of the waiting table made at another moment does not name the released rows.
    db.execute(
        insert(ANSWER),
        [
            {
                "answer_id": uuid4(),
                "campaign_id": rows[answer_id].campaign_id,
                "grade_band": rows[answer_id].grade_band,
                "agency": rows[answer_id].agency,
                "unit": rows[answer_id].unit,
                "said": rows[answer_id].said,
            }
            for answer_id in lot
        ],
    )


def drop_waiting(db: Connection, campaign_id: UUID) -> None:
    """Delete what is never released, because too few answered."""
    db.execute(delete(HELD_ANSWER).where(HELD_ANSWER.c.campaign_id == campaign_id))


def released(db: Connection, campaign_id: UUID) -> list[Answer]:
    rows = db.execute(select(ANSWER).where(ANSWER.c.campaign_id == campaign_id).order_by(ANSWER.c.answer_id))
    return [Answer(Cell(row.grade_band, row.agency, row.unit), row.said) for row in rows]


def forget_words(db: Connection, before: datetime, most: int) -> int:
    """Delete the answers in words of surveys that closed before that, of at most so many people; answers how many."""
    return db.execute(_FORGET_WORDS, {"before": before, "most": most}).rowcount
