"""Figures for /metrics: surveys and findings. Counts of people only; nothing of what they said."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from services.surveys.domain.findings import STATES
from services.surveys.store.tables import CAMPAIGN, FINDING, PARTICIPATION
from shared import metrics
from shared.figures import counted
from shared.metrics import Figure

RECENT = timedelta(days=90)
_STATES = ("waiting", "open", "closed", "cancelled")
_ASKED = ("open", "closed")


def campaigns(db: Connection, now: datetime) -> Iterator[Figure]:
    """How many surveys stand where."""
    rows = db.execute(select(CAMPAIGN.c.state, func.count()).group_by(CAMPAIGN.c.state))
    yield from counted(metrics.CAMPAIGNS, _STATES, ((row[0], row[1]) for row in rows))


def response(db: Connection, now: datetime) -> Iterator[Figure]:
    """How many were invited to the surveys of the last 90 days, and how many of them answered."""
    query = (
        select(
            CAMPAIGN.c.state,
            func.count(PARTICIPATION.c.invitation_id),
            func.count(PARTICIPATION.c.invitation_id).filter(PARTICIPATION.c.used),
        )
        .join(PARTICIPATION, PARTICIPATION.c.campaign_id == CAMPAIGN.c.campaign_id)
        .where(CAMPAIGN.c.opened_at > now - RECENT)
        .group_by(CAMPAIGN.c.state)
    )
    rows = db.execute(query).all()
    yield from counted(metrics.SURVEY_INVITED, _ASKED, ((row[0], row[1]) for row in rows))
    yield from counted(metrics.SURVEY_ANSWERED, _ASKED, ((row[0], row[2]) for row in rows))


def findings(db: Connection, now: datetime) -> Iterator[Figure]:
    """How many findings stand where."""
    rows = db.execute(select(FINDING.c.state, func.count()).group_by(FINDING.c.state))
    yield from counted(metrics.FINDINGS, STATES, ((row[0], row[1]) for row in rows))


FIGURES = (campaigns, response, findings)
