"""Figures for /metrics: this fiscal year's money, in rupiah."""

import os
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from services.budget.domain.ledger import ENTRY_KINDS, STATES
from services.budget.store.tables import CLAIM, ENTRY, LINE
from shared import metrics
from shared.figures import counted
from shared.metrics import Figure

_KINDS = ("effective", "reserved", "realised", "available")


def lines(db: Connection, now: datetime) -> Iterator[Figure]:
    """What the lines of each agency hold."""
    sums = [func.sum(LINE.c[kind]).label(kind) for kind in _KINDS]
    query = select(LINE.c.agency_code, *sums).where(LINE.c.year == _fiscal_year(now)).group_by(LINE.c.agency_code)
    for row in db.execute(query):
        for kind in _KINDS:
            yield Figure(metrics.BUDGET_RUPIAH, (row.agency_code, kind), float(getattr(row, kind)))


def ledger(db: Connection, now: datetime) -> Iterator[Figure]:
    """What was written into the ledgers of the year's lines."""
    query = (
        select(ENTRY.c.kind, func.sum(ENTRY.c.amount))
        .join(LINE, LINE.c.line_id == ENTRY.c.line_id)
        .where(LINE.c.year == _fiscal_year(now))
        .group_by(ENTRY.c.kind)
    )
    yield from counted(metrics.LEDGER_RUPIAH, ENTRY_KINDS, ((row[0], row[1]) for row in db.execute(query)))


def claims(db: Connection, now: datetime) -> Iterator[Figure]:
    """The answered questions for money, of all years."""
    rows = db.execute(select(CLAIM.c.state, func.count()).group_by(CLAIM.c.state))
    yield from counted(metrics.CLAIMS, STATES, ((row[0], row[1]) for row in rows))


def _fiscal_year(now: datetime) -> int:
    """The calendar year in the city's own zone: BANGKOM_TIME_ZONE, as everywhere."""
    return now.astimezone(ZoneInfo(os.environ.get("BANGKOM_TIME_ZONE", "Asia/Jakarta"))).year


FIGURES = (lines, ledger, claims)
