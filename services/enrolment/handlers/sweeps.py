"""What time causes: deadlines of seats, batches and approvals, the end of nominations; and reference data."""

from services.enrolment.domain.batches import TRAINING_OFFICE, quorum_met
from services.enrolment.domain.states import State
from services.enrolment.handlers.batches import carry_out, end_batch
from services.enrolment.handlers.closing import end_nominations
from services.enrolment.handlers.conduct import conduct, moves_of, tell
from services.enrolment.handlers.settings import instance, patience, zone
from services.enrolment.saga import TimeOut, advance_batch
from services.enrolment.store import approvals, batches, people, seats
from shared.service import Sweep
from shared.unit import Unit

_BATCHES = 20
_SEATS = 500


def overdue_seats(unit: Unit) -> int:
    """Feed time-outs to seats whose deadline has passed."""
    did = 0
    for batch_id in sorted(seats.batches_with_due_seats(unit.db, unit.now, _SEATS))[:_BATCHES]:
        batch = batches.lock_free(unit.db, batch_id)
        if batch is not None:
            rows = seats.lock_due(unit.db, batch_id, unit.now, _SEATS)
            conduct(unit, batch, moves_of(unit, rows, TimeOut()))
            did += len(rows)
    return did


def overdue_batches(unit: Unit) -> int:
    """Feed time-outs to batches that wait for budget."""
    did = 0
    for batch_id in sorted(batches.due(unit.db, unit.now, _BATCHES)):
        batch = batches.lock_free(unit.db, batch_id)
        if batch is not None and batch.deadline is not None and batch.deadline <= unit.now:
            carry_out(unit, batch, advance_batch(batches.saga_of(batch), TimeOut(), unit.now, patience()))
            did += 1
    return did


def overdue_approvals(unit: Unit) -> int:
    """An approval that was not given goes to the training office; when that lets it lie too, the nomination expires."""
    did = 0
    for batch_id in sorted(approvals.batches_overdue(unit.db, unit.now, _SEATS))[:_BATCHES]:
        batch = batches.lock_free(unit.db, batch_id)
        if batch is None:
            continue
        rows = seats.lock(unit.db, approvals.overdue_in(unit.db, batch_id, unit.now, _SEATS))
        escalated, expired, stale = [], [], []
        for seat_id, steps in approvals.of_seats(unit.db, rows.keys()).items():
            step = next(each for each in steps if each.state == "open" and each.deadline and each.deadline <= unit.now)
            if rows[seat_id].state != State.REQUESTED:
                stale.append(seat_id)
            elif step.escalated:
                expired.append(seat_id)
            else:
                escalated.append((seat_id, step.step))
        approvals.escalate(unit.db, escalated, TRAINING_OFFICE, unit.now + patience().approval)
        approvals.void(unit.db, stale + expired)
        seats.set_all(unit.db, expired, state=State.EXPIRED.value, reason="not_approved", since=unit.now)
        tell(unit, batch_id, [(seat_id, "seat.escalated", {}) for seat_id, _ in escalated])
        tell(unit, batch_id, [(seat_id, "seat.expired", {"code": "not_approved"}) for seat_id in expired])
        did += len(rows)
    return did


def nominations_over(unit: Unit) -> int:
    """At the first session's start nominations end; a batch without its quorum is cancelled."""
    did = 0
    for batch_id in sorted(batches.with_nominations_over(unit.db, unit.now, _BATCHES)):
        batch = batches.lock_free(unit.db, batch_id)
        if batch is None or batch.nominations_ended or batch.state != "open":
            continue
        end_nominations(unit, batch)
        by_state = batches.counts(unit.db, [batch_id])[batch_id]
        if not quorum_met(batch.least, by_state):
            end_batch(unit, batch, "quorum")
        did += 1
    return did


def reference_data(unit: Unit) -> int:
    """JP targets and the instance exist."""
    return people.seed_reference(unit.db, zone(), instance())


SWEEPS = (
    Sweep("reference_data", 3600.0, reference_data),
    Sweep("nominations_over", 5.0, nominations_over),
    Sweep("overdue_approvals", 60.0, overdue_approvals),
    Sweep("overdue_batches", 5.0, overdue_batches),
    Sweep("overdue_seats", 2.0, overdue_seats),
)
