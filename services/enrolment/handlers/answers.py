"""What budget and the bridge answer about seats, and money that became free."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.enrolment.handlers.conduct import hear, retry, tell
from services.enrolment.saga import Fact, Heard
from services.enrolment.store import batches, seats
from shared.errors import NotYet
from shared.events import bridge, budget
from shared.unit import Unit

_ONCE = frozenset({Fact.MONEY_HELD, Fact.MONEY_REFUSED, Fact.PLACE_HELD, Fact.PLACE_REFUSED})
"""Answers that are applied once an attempt; proofs compare with the state instead, since a release may be repeated."""


def on_seats_reserved(unit: Unit, event: budget.SeatsReserved) -> None:
    """Money is reserved for seats."""
    heard = [(item.seat_id, Heard(Fact.MONEY_HELD, item.attempt), {"amount": item.amount}) for item in event.seats]
    _hear(unit, event.batch_id, heard)


def on_seats_refused(unit: Unit, event: budget.SeatsRefused) -> None:
    """Money is refused for seats."""
    heard = [
        (
            item.seat_id,
            Heard(Fact.MONEY_REFUSED, item.attempt, item.code),
            {
                "code": item.code,
                "asked": item.asked,
                "available": item.available,
                "help_role": event.help_role,
            },
        )
        for item in event.seats
    ]
    _hear(unit, event.batch_id, heard)


def on_seats_money_released(unit: Unit, event: budget.SeatsMoneyReleased) -> None:
    """The proof that seats hold no money."""
    _hear(unit, event.batch_id, _settled(Fact.MONEY_FREED, event.seats))


def on_seats_realised(unit: Unit, event: budget.SeatsRealised) -> None:
    """The money of ended seats is spent."""
    _hear(unit, event.batch_id, _settled(Fact.MONEY_SPENT, event.seats))


def _settled(fact: Fact, items: Iterable[budget.SettledSeat]) -> list[tuple[UUID, Heard, Mapping[str, Any]]]:
    return [(item.seat_id, Heard(fact, item.attempt), {"amount": item.amount}) for item in items]


def on_seats_enrolled(unit: Unit, event: bridge.SeatsEnrolled) -> None:
    """Seats have their place in the LMS."""
    _hear(unit, event.batch_id, _places(Fact.PLACE_HELD, event.seats))


def on_lms_refused(unit: Unit, event: bridge.SeatsRefused) -> None:
    """The LMS refused seats: they are released."""
    _hear(unit, event.batch_id, _places(Fact.PLACE_REFUSED, event.seats))


def on_seats_unenrolled(unit: Unit, event: bridge.SeatsUnenrolled) -> None:
    """The proof that seats have no place in the LMS."""
    _hear(unit, event.batch_id, _places(Fact.PLACE_FREED, event.seats))


def on_unenrol_failed(unit: Unit, event: bridge.UnenrolFailed) -> None:
    """The bridge can't take seats out of the course yet; a person should look."""
    _hear(unit, event.batch_id, _places(Fact.PLACE_STUCK, event.seats))


def _places(fact: Fact, items: Iterable[bridge.LmsSeat]) -> list[tuple[UUID, Heard, Mapping[str, Any]]]:
    return [
        (item.seat_id, Heard(fact, item.attempt, item.code), {"code": item.code} if item.code else {}) for item in items
    ]


def _hear(unit: Unit, batch_id: UUID, heard: Sequence[tuple[UUID, Heard, Mapping[str, Any]]]) -> None:
    batch = batches.lock(unit.db, batch_id)
    if batch is None:
        raise NotYet(f"batch {batch_id}")
    rows = seats.lock(unit.db, {seat_id for seat_id, _, _ in heard})
    missing = [seat_id for seat_id, _, _ in heard if seat_id not in rows or rows[seat_id].batch_id != batch_id]
    if missing:
        raise NotYet(f"{len(missing)} seats of batch {batch_id}")
    keys = [(seat_id, fact.attempt, fact.fact.value) for seat_id, fact, _ in heard if fact.fact in _ONCE]
    fresh = seats.claim(unit.db, keys, unit.now)
    taken: set[tuple[UUID, int, str]] = set()
    applied = []
    for seat_id, fact, facts in heard:
        key = (seat_id, fact.attempt, fact.fact.value)
        if key in taken or (fact.fact in _ONCE and key not in fresh):
            continue
        taken.add(key)
        applied.append((seat_id, fact, facts))
    hear(unit, batch, rows, applied)


def on_money_freed(unit: Unit, event: budget.MoneyFreed) -> None:
    """Money on a line became free: refused seats try again, in order, as many as it may pay."""
    left = event.amount
    for batch_id in batches.with_refused_seats(unit.db, event.line_id):
        batch = batches.lock(unit.db, batch_id)
        if batch is None or left < 0:
            continue
        # One more than the amount pays for: a remainder may have been there before.
        most = None if batch.seat_price == 0 else left // batch.seat_price + 1
        left -= retry(unit, batch, most) * int(batch.seat_price)


def on_enrolments_changed_outside(unit: Unit, event: bridge.EnrolmentsChangedOutside) -> None:
    """Somebody changed enrolments in the LMS by hand: the timeline keeps it, the audit shows what no longer fits."""
    by_batch: dict[UUID, list[bridge.OutsideChange]] = {}
    for row in event.rows:
        by_batch.setdefault(row.batch_id, []).append(row)
    for batch_id in sorted(by_batch):
        if batches.lock(unit.db, batch_id) is None:
            raise NotYet(f"batch {batch_id}")
        changes = {row.fact_id: row for row in by_batch[batch_id]}
        found = seats.by_person(unit.db, batch_id, {row.person_id for row in changes.values()})
        # The fact's own key is a text of the site; the seat, its own kind, stands for it in the table of answers.
        keys = {
            (found[row.person_id], 0, f"outside:{event.site}:{row.fact_id}"): row
            for row in changes.values()
            if row.person_id in found
        }
        fresh = seats.claim(unit.db, list(keys), unit.now)
        tell(unit, batch_id, [(key[0], f"seat.outside_{keys[key].change}", {}) for key in sorted(fresh)])
