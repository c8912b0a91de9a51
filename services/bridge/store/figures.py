"""Figures for /metrics: how each LMS is, and what waits for it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select

from services.bridge.store.circuits import CALLS
from services.bridge.store.tables import EFFECT, SITE
from shared import metrics
from shared.figures import seconds_since
from shared.metrics import Figure


def sites(db: Connection, now: datetime) -> Iterator[Figure]:
    """Every site: well or not at the last look, resting or not, what waits and since when. All of it is transport,
    hence in real time; a site that was never looked at has no figure that says it is up."""
    really = datetime.now(UTC)
    waiting = (
        select(EFFECT.c.target, func.count().label("waiting"), func.min(EFFECT.c.at).label("oldest"))
        .where(EFFECT.c.done_at.is_(None), EFFECT.c.kind.in_(CALLS))
        .group_by(EFFECT.c.target)
        .subquery()
    )
    query = select(SITE, waiting.c.waiting, waiting.c.oldest).outerjoin(waiting, waiting.c.target == SITE.c.code)
    for row in db.execute(query):
        site = (row.code,)
        if row.ok is not None:
            yield Figure(metrics.LMS_UP, site, int(row.ok))
        if row.looked_at is not None:
            yield Figure(metrics.LMS_LOOKED, site, seconds_since(row.looked_at, now))
        yield Figure(metrics.LMS_RESTING, site, int(row.closed_until is not None and row.closed_until > really))
        yield Figure(metrics.LMS_WAITING, site, row.waiting or 0)
        yield Figure(metrics.LMS_LAG, site, seconds_since(row.oldest, really))


FIGURES = (sites,)
