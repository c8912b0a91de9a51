"""What an auditor and an operator ask: facts, timelines, and to say again what was said."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.enrolment.domain.batches import begun
from services.enrolment.domain.happenings import sentences
from services.enrolment.domain.states import BatchState, State
from services.enrolment.handlers.batches import say_batch
from services.enrolment.handlers.conduct import say_seats
from services.enrolment.saga import Hold, Say
from services.enrolment.saga.batch import BatchSay
from services.enrolment.store import audit as facts
from services.enrolment.store import batches, seats
from shared.errors import NOT_FOUND
from shared.unit import Unit

_MOST_TOLD = 2_000
_FREEING_AFTER = frozenset({State.RELEASED, State.REFUSED, State.REJECTED, State.EXPIRED})


def audit(unit: Unit) -> Iterator[dict[str, Any]]:
    """Facts of seats that ever asked for money, of batches and changes; and the rules enrolment can check alone."""
    for row in facts.seats(unit.db):
        waits = row.state in _FREEING_AFTER and Hold.FREEING in (row.money, row.place)
        yield {
            "fact": "seat",
            "seat_id": str(row.seat_id),
            "attempt": row.attempt,
            # A late yes after a release is being undone: until that is proven the release is not over.
            "state": "releasing" if waits else row.state,
            "batch_id": str(row.batch_id),
            "line_id": str(row.line_id),
            "amount": row.seat_price,
            "site": row.site if row.course else None,
            "since": _iso(row.since),
            "deadline": _iso(row.deadline),
            "present": row.present,
            "progressed": row.progressed,
        }
    for row in facts.batches(unit.db):
        running = row.state == BatchState.OPEN and begun(row.begins_at, unit.now)
        yield {
            "fact": "batch",
            "batch_id": str(row.batch_id),
            "state": "running" if running else row.state,
            "line_id": str(row.line_id),
            "fixed_cost": row.fixed_cost,
            "attempt": row.attempt,
            "since": _iso(row.since),
        }
    for row in facts.changes(unit.db):
        yield {
            "fact": "run_change",
            "finding_id": str(row.finding_id),
            "kind": row.kind,
            "state": row.state,
            "batch_id": str(row.batch_id) if row.batch_id else None,
            "since": _iso(row.since),
        }
    for row in facts.overfull(unit.db):
        yield {
            "broken": "seat.beyond_capacity",
            "batch_id": str(row.batch_id),
            "capacity": row.capacity,
            "taken": row.taken,
        }
    for row in facts.unproven(unit.db):
        yield {
            "broken": "seat.completed_without_proof",
            "seat_id": str(row.seat_id),
            "batch_id": str(row.batch_id),
        }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def explain(unit: Unit, thing_id: UUID) -> Iterator[dict[str, Any]]:
    """What happened to a seat or a batch; for a person, to each of their seats."""
    if seats.get(unit.db, thing_id) is not None:
        yield from seat_timeline(unit, thing_id)
    elif batches.get(unit.db, thing_id) is not None:
        yield from batch_timeline(unit, thing_id)
    else:
        for row in reversed(seats.of_person(unit.db, thing_id, 100)):
            for told in seat_timeline(unit, row.seat_id):
                yield {**told, "seat_id": str(row.seat_id), "batch_id": str(row.batch_id)}


def seat_timeline(unit: Unit, seat_id: UUID) -> list[dict[str, Any]]:
    """Each happening of a seat: {at, code, what: {id, en}, facts}."""
    return [
        {"at": _iso(row.at), "code": row.code, "what": sentences(row.code, row.facts), "facts": row.facts}
        for row in seats.told_of(unit.db, seat_id, _MOST_TOLD)
    ]


def batch_timeline(unit: Unit, batch_id: UUID) -> list[dict[str, Any]]:
    """What happened to a batch: {at, code, what: {id, en}, count}; the same in a row is told once with its number."""
    told: list[dict[str, Any]] = []
    last: tuple[str, Any] | None = None
    for row in batches.told_of(unit.db, batch_id, _MOST_TOLD):
        if last == (row.code, row.facts) and row.code.startswith("seat."):
            told[-1]["count"] += row.number
            told[-1]["until"] = _iso(row.at)
            continue
        last = (row.code, row.facts)
        told.append(
            {
                "at": _iso(row.at),
                "until": None,
                "code": row.code,
                "what": sentences(row.code, row.facts),
                "count": row.number,
            }
        )
    return told


_SAID: dict[State, tuple[Say, ...]] = {
    State.RESERVING: (Say.ASK_MONEY,),
    State.RELEASING: (Say.RELEASE,),
    State.RELEASED: (Say.RELEASE,),
    State.COMPLETED: (Say.COMPLETE,),
    State.FAILED: (Say.FAIL,),
}
_SAID_OF_BATCH = {
    BatchState.OPENING: BatchSay.OPENED,
    BatchState.OPEN: BatchSay.OPENED,
    BatchState.CANCELLED: BatchSay.CANCELLED,
    BatchState.CLOSED: BatchSay.CLOSED,
}


def say_again(unit: Unit, kind: str, ids: Sequence[UUID]) -> int:
    """Say again what was said of the present state of seats or batches (`kind`); answers of how many. A seat
    that holds money or a place asks for them again too, so that what was lost there comes back."""
    if kind == "batch":
        return sum(_say_batch_again(unit, batch_id) for batch_id in sorted(set(ids)))
    if kind != "seat":
        raise NOT_FOUND()
    by_batch: dict[UUID, list[UUID]] = {}
    for seat_id, batch_id in seats.batches_of(unit.db, set(ids)).items():
        by_batch.setdefault(batch_id, []).append(seat_id)
    locked = batches.lock_many(unit.db, by_batch.keys())
    said = 0
    for batch_id in sorted(by_batch):
        rows = seats.lock(unit.db, by_batch[batch_id])
        says = [(say, row.attempt, row.seat_id) for row in rows.values() for say in _says_of(row)]
        say_seats(unit, locked[batch_id], says)
        said += len({seat_id for _, _, seat_id in says})
    return said


def _says_of(row: Any) -> tuple[Say, ...]:
    state = State(row.state)
    if state is State.REFUSED and row.money == Hold.FREEING:
        return (Say.RELEASE,)
    if state is State.RELEASED and not row.asked:
        return ()
    if state is State.ENROLLING:
        return (Say.ASK_MONEY, Say.ASK_PLACE)
    if state is State.CONFIRMED:
        return (Say.ASK_MONEY, Say.ASK_PLACE, Say.CONFIRM) if row.course else (Say.ASK_MONEY, Say.CONFIRM)
    return _SAID.get(state, ())


def _say_batch_again(unit: Unit, batch_id: UUID) -> bool:
    batch = batches.lock(unit.db, batch_id)
    say = _SAID_OF_BATCH.get(BatchState(batch.state)) if batch is not None else None
    if say is None:
        return False
    say_batch(unit, batch, say)
    return True
