"""Figures for /metrics: programmes, and how far people are in them."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, exists, func, select

from services.content.store.tables import ACCESS, FINISH, STEP, VERSION
from shared import metrics
from shared.figures import counted
from shared.metrics import Figure


def programmes(db: Connection, now: datetime) -> Iterator[Figure]:
    """Versions that are published, and drafts."""
    rows = db.execute(select(VERSION.c.draft, func.count()).group_by(VERSION.c.draft))
    found = (("draft" if row[0] else "published", row[1]) for row in rows)
    yield from counted(metrics.PROGRAMMES, ("published", "draft"), found)


def learners(db: Connection, now: datetime) -> Iterator[Figure]:
    """Of the seats with access: all of them, those with a step in any module, those that finished the programme."""
    row = db.execute(
        select(
            func.count(),
            func.count().filter(exists().where(STEP.c.seat_id == ACCESS.c.seat_id)),
            func.count().filter(exists().where(FINISH.c.seat_id == ACCESS.c.seat_id)),
        ).where(ACCESS.c.attempt > ACCESS.c.revoked)
    ).one()
    for state, count in zip(("access", "begun", "finished"), row, strict=True):
        yield Figure(metrics.LEARNERS, (state,), count)


FIGURES = (programmes, learners)
