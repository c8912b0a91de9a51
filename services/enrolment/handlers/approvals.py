"""Approvals and rejections, and a seat that is given up by hand."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from services.enrolment.domain.batches import BEGUN, check_nominable
from services.enrolment.domain.seats import ENDED, GIVEN_UP, NOT_FOR_APPROVAL, OVER, may_decide
from services.enrolment.domain.states import State
from services.enrolment.handlers.conduct import conduct, fill, moves_of, tell
from services.enrolment.handlers.settings import patience
from services.enrolment.saga import Cancel
from services.enrolment.store import approvals, batches, people, seats
from shared.auth import AGENCY_OFFICER, TRAINING_OFFICE
from shared.errors import NOT_FOUND, DomainError
from shared.unit import Unit

_REPEAT = "repeat"
"""Their approval was given before: nothing is done, and nothing is wrong."""

Decide = Callable[[Unit, Any, list[tuple[Any, Any, list[Any]]]], None]


def approve(unit: Unit, seat_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Give the open approval of each seat; answers an outcome each: {seat_id, state, code}. The last approval takes a
    place of the batch's capacity, or waits for one."""
    return _decide(unit, seat_ids, _given)


def reject(unit: Unit, seat_ids: Sequence[UUID], reason: str) -> list[dict[str, Any]]:
    """Reject each nomination; answers an outcome each."""

    def rejected(unit: Unit, batch: Any, decided: list[tuple[Any, Any, list[Any]]]) -> None:
        approvals.decide(
            unit.db, [(step.seat_id, step.step) for _, step, _ in decided], "rejected", unit.now, unit.by.id
        )
        ids = [row.seat_id for row, _, _ in decided]
        approvals.void(unit.db, ids)
        seats.set_all(unit.db, ids, state=State.REJECTED.value, reason="rejected", since=unit.now)
        tell(unit, batch.batch_id, [(seat_id, "seat.rejected", {"note": reason}) for seat_id in ids])

    return _decide(unit, seat_ids, rejected)


def _given(unit: Unit, batch: Any, decided: list[tuple[Any, Any, list[Any]]]) -> None:
    approvals.decide(unit.db, [(step.seat_id, step.step) for _, step, _ in decided], "given", unit.now, unit.by.id)
    following, complete = [], []
    for row, _, steps in decided:
        later = [each for each in steps if each.state == "later"]
        if later:
            following.append((later[0].seat_id, later[0].step))
        else:
            complete.append(row.seat_id)
    approvals.open_steps(unit.db, following, unit.now + patience().approval)
    tell(unit, batch.batch_id, [(row.seat_id, "seat.approved", {"step": step.step}) for row, step, _ in decided])
    seats.set_all(unit.db, complete, state=State.WAITING.value, since=unit.now, approved_at=unit.now)
    fill(unit, batch)
    waiting = [row.seat_id for row in seats.by_ids(unit.db, complete) if row.state == State.WAITING]
    tell(unit, batch.batch_id, [(seat_id, "seat.waiting", {}) for seat_id in waiting])


def _decide(unit: Unit, seat_ids: Sequence[UUID], carry_out: Decide) -> list[dict[str, Any]]:
    wanted = list(dict.fromkeys(seat_ids))
    of_batch = seats.batches_of(unit.db, wanted)
    locked = batches.lock_many(unit.db, set(of_batch.values()))
    rows = seats.lock(unit.db, of_batch.keys())
    steps = approvals.of_seats(unit.db, rows.keys())
    codes: dict[UUID, str | None] = {}
    decided: dict[UUID, list[tuple[Any, Any, list[Any]]]] = defaultdict(list)
    for seat_id in wanted:
        row = rows.get(seat_id)
        if row is None:
            codes[seat_id] = NOT_FOUND.code
            continue
        step = next((each for each in steps[seat_id] if each.state == "open"), None)
        codes[seat_id] = _refusal(unit, locked[row.batch_id], row, step, steps[seat_id])
        if codes[seat_id] == _REPEAT:
            codes[seat_id] = None
        elif codes[seat_id] is None:
            decided[row.batch_id].append((row, step, steps[seat_id]))
    for batch_id in sorted(decided):
        carry_out(unit, locked[batch_id], decided[batch_id])
    states = {row.seat_id: row.state for row in seats.by_ids(unit.db, wanted)}
    return [
        {
            "seat_id": seat_id,
            "state": states.get(seat_id) if codes[seat_id] != NOT_FOUND.code else None,
            "code": codes[seat_id],
        }
        for seat_id in wanted
    ]


def _refusal(unit: Unit, batch: Any, row: Any, step: Any, steps: Sequence[Any]) -> str | None:
    """Why this principal can't decide this seat now, or that they have done so before; None where they can."""
    offices = unit.by.agencies(TRAINING_OFFICE)
    mine = [
        each
        for each in steps
        if each.by == unit.by.id or may_decide(each.role, each.approver_id, row.agency_id, unit.by.over_others, offices)
    ]
    if not mine:
        return NOT_FOUND.code
    if step is None or step not in mine:
        return _REPEAT if any(each.by == unit.by.id for each in mine) else NOT_FOR_APPROVAL.code
    if row.state != State.REQUESTED:
        return NOT_FOR_APPROVAL.code
    try:
        check_nominable(batch.state, batch.begins_at, unit.now)
    except DomainError as no:
        return no.code
    return None


def cancel_seat(unit: Unit, seat_id: UUID, reason: str) -> Any:
    """Give a seat up: the person, their supervisor, an officer of the agency or the training office. A repeat changes
    nothing. Once the first session has begun a confirmed seat can't be given up any more; it can only be missed."""
    batch_id = seats.batches_of(unit.db, [seat_id]).get(seat_id)
    batch = batches.lock(unit.db, batch_id) if batch_id is not None else None
    row = seats.lock(unit.db, [seat_id]).get(seat_id)
    if batch is None or row is None or not may_see(unit, row, AGENCY_OFFICER, TRAINING_OFFICE):
        raise NOT_FOUND()
    if row.state in GIVEN_UP:
        return row
    if row.state in ENDED:
        raise OVER(state=row.state)
    if row.state == State.CONFIRMED and batch.begins_at is not None and batch.begins_at <= unit.now:
        raise BEGUN()
    approvals.void(unit.db, [seat_id])
    conduct(unit, batch, moves_of(unit, [row], Cancel("cancelled"), {"code": "cancelled", "note": reason}))
    return seats.get(unit.db, seat_id)


def may_see(unit: Unit, row: Any, *roles: str) -> bool:
    """Whether a seat is the principal's own, of their own people, or covered by one of the roles."""
    if any(unit.by.has(role, row.agency_id) for role in roles):
        return True
    if unit.by.person_id is None:
        return False
    if row.person_id == unit.by.person_id:
        return True
    if unit.by.over_others is None:
        return False
    person = people.by_ids(unit.db, [row.person_id]).get(row.person_id)
    return person is not None and person.supervisor_id == unit.by.over_others
