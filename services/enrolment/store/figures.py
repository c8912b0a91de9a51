"""Figures for /metrics: seats, batches, what waits for other services, and the yearly duty."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, DateTime, Text, cast, func, literal, select, text, union_all

from services.enrolment.domain.people import ACTIVE
from services.enrolment.domain.states import BatchState, State
from services.enrolment.store.tables import batch, seat
from shared import metrics
from shared.figures import counted
from shared.metrics import Figure

WAITING = {
    "seat": (State.RESERVING, State.ENROLLING, State.RELEASING),
    "batch": (BatchState.OPENING,),
}
"""Where a seat or a batch waits for another service and has a deadline."""

_DUTY = text("""
    WITH zoned AS (
        SELECT agency.agency_id, agency.code,
            date_trunc('year', CAST(:now AS timestamptz) AT TIME ZONE instance.zone)::date AS first,
            (date_trunc('year', CAST(:now AS timestamptz) AT TIME ZONE instance.zone)
                + interval '1 year - 1 day')::date AS last
        FROM agency JOIN instance ON instance.code = agency.instance
    ), duty AS (
        SELECT person.person_id, zoned.code, target.jp AS wanted
        FROM person JOIN zoned USING (agency_id) CROSS JOIN LATERAL (
            SELECT kind, jp FROM jp_target
            WHERE jp_target.status = person.status AND valid_from <= zoned.last
                AND (valid_to IS NULL OR zoned.last <= valid_to)
            ORDER BY valid_from DESC LIMIT 1
        ) AS target
        WHERE person.standing = :active AND target.kind = 'MIN'
    ), earned AS (
        SELECT credit.person_id, zoned.code, sum(credit.jp) AS jp, count(*) AS credits
        FROM credit JOIN person USING (person_id) JOIN zoned USING (agency_id)
        WHERE credit."on" BETWEEN zoned.first AND zoned.last
        GROUP BY credit.person_id, zoned.code
    )
    SELECT code, sum(people)::float AS people, sum(below)::float AS below, sum(jp)::float AS jp,
        sum(credits)::float AS credits
    FROM (
        SELECT duty.code, count(*) AS people, count(*) FILTER (WHERE coalesce(earned.jp, 0) < wanted) AS below,
            0 AS jp, 0 AS credits
        FROM duty LEFT JOIN earned USING (person_id) GROUP BY duty.code
        UNION ALL
        SELECT code, 0, 0, sum(jp), sum(credits) FROM earned GROUP BY code
    ) AS either GROUP BY code
""")


def seats(db: Connection, now: datetime) -> Iterator[Figure]:
    """How many seats stand where."""
    rows = db.execute(select(seat.c.state, func.count()).group_by(seat.c.state))
    yield from counted(metrics.SEATS, State, ((row[0], row[1]) for row in rows))


def batches(db: Connection, now: datetime) -> Iterator[Figure]:
    """How many batches stand where; one whose first session has begun is still called open here."""
    rows = db.execute(select(batch.c.state, func.count()).group_by(batch.c.state))
    yield from counted(metrics.BATCHES, BatchState, ((row[0], row[1]) for row in rows))


def saga(db: Connection, now: datetime) -> Iterator[Figure]:
    """What waits for another service: how many, how far the oldest is past its deadline, how long it has stood there.
    Only rows with a deadline are read, by their index."""
    moment = literal(now, DateTime(timezone=True))
    parts = [
        select(
            literal(kind, Text).label("kind"),
            cast(table.c.state, Text).label("state"),
            func.count().label("waiting"),
            func.extract("epoch", moment - func.min(table.c.deadline)).label("overdue"),
            func.extract("epoch", moment - func.min(table.c.since)).label("oldest"),
        )
        .where(table.c.deadline.is_not(None), table.c.state.in_([state.value for state in WAITING[kind]]))
        .group_by(table.c.state)
        for kind, table in (("seat", seat), ("batch", batch))
    ]
    found = {(row.kind, row.state): row for row in db.execute(union_all(*parts))}
    for kind, states in WAITING.items():
        for state in states:
            row = found.get((kind, state.value))
            labels = (kind, state.value)
            yield Figure(metrics.SAGA_WAITING, labels, row.waiting if row is not None else 0)
            yield Figure(metrics.SAGA_OVERDUE, labels, max(0.0, float(row.overdue)) if row is not None else 0.0)
            yield Figure(metrics.SAGA_OLDEST, labels, max(0.0, float(row.oldest)) if row is not None else 0.0)


def duty(db: Connection, now: datetime) -> Iterator[Figure]:
    """The yearly duty by agency: who has one, who is below it, and what was credited, in the agency's calendar year.
    A ceiling (MAX) is no duty."""
    for row in db.execute(_DUTY, {"now": now, "active": ACTIVE}):
        yield Figure(metrics.PEOPLE, (row.code,), row.people)
        yield Figure(metrics.PEOPLE_BELOW, (row.code,), row.below)
        yield Figure(metrics.JP_CREDITED, (row.code,), row.jp)
        yield Figure(metrics.CREDITS, (row.code,), row.credits)


FIGURES = (seats, batches, saga, duty)
