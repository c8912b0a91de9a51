"""Batches: opened, tried again, cancelled; what budget says of their fixed cost."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.enrolment.domain import batches as rules
from services.enrolment.domain.states import BatchState, State
from services.enrolment.handlers.conduct import conduct, moves_of, tell_batch
from services.enrolment.handlers.settings import patience
from services.enrolment.saga import BatchStep, Cancel, Fact, Heard, Retry, advance_batch
from services.enrolment.saga.batch import BatchSay, opened
from services.enrolment.store import approvals, batches, people, programmes, seats
from shared.errors import NOT_FOUND, NotYet
from shared.events import budget
from shared.events.enrolment import Batch, BatchCancelled, BatchClosed, BatchOpened, ChangeApplied, Session
from shared.ids import new_id
from shared.outbox import emit
from shared.unit import Unit

_GIVEN_UP_WITH_BATCH = (
    State.REQUESTED,
    State.WAITING,
    State.REFUSED,
    State.RESERVING,
    State.ENROLLING,
    State.CONFIRMED,
)


def open_batch(
    unit: Unit,
    *,
    programme_id: UUID,
    version: int | None,
    name: str,
    sessions: Sequence[Mapping[str, Any]],
    capacity: int,
    least: int,
    fixed_cost: int,
    seat_price: int,
    line_id: UUID,
    fiscal_year: int,
    site: str | None,
    course: str | None,
    agencies: Sequence[UUID],
    approvals: Sequence[str],
    no_show_spends: bool,
    applies: Sequence[UUID],
) -> UUID:
    """Open a batch of a published version and ask budget for its fixed cost; nominations open when that is reserved."""
    meetings = sorted((rules.Meeting(**meeting) for meeting in sessions), key=lambda each: each.starts_at)
    rules.check_plan(meetings, capacity, least, site, course, unit.now)
    published = programmes.version(unit.db, programme_id, version)
    if published is None:
        raise rules.NO_PROGRAMME()
    if len(people.agencies(unit.db, agencies)) != len(set(agencies)):
        raise rules.NO_AGENCY()
    applied = tuple(dict.fromkeys(applies))
    _check_changes(unit, programme_id, applied, capacity, meetings)
    batch_id = new_id()
    saga = opened(unit.now, patience())
    batches.add(
        unit.db,
        {
            "batch_id": batch_id,
            "rev": 1,
            "state": saga.state.value,
            "attempt": saga.attempt,
            "money": saga.money.value,
            "asks": saga.asks,
            "deadline": saga.deadline,
            "since": unit.now,
            "programme_id": programme_id,
            "version": published.version,
            "name": name,
            "mode": published.mode,
            "capacity": capacity,
            "least": least,
            "fixed_cost": fixed_cost,
            "seat_price": seat_price,
            "line_id": line_id,
            "fiscal_year": fiscal_year,
            "site": site,
            "course": course,
            "agencies": sorted(set(agencies)),
            "approvals": list(dict.fromkeys(approvals)),
            "no_show_spends": no_show_spends,
            "applied": list(applied),
            "begins_at": meetings[0].starts_at if meetings else None,
            "last_begins_at": meetings[-1].starts_at if meetings else None,
            "ends_at": max((meeting.ends_at for meeting in meetings), default=None),
            "opened_by": unit.by.id,
        },
        [
            {
                "session_id": new_id(),
                "batch_id": batch_id,
                "starts_at": meeting.starts_at,
                "ends_at": meeting.ends_at,
                "trainer_id": meeting.trainer_id,
                "place": meeting.place,
            }
            for meeting in meetings
        ],
    )
    tell_batch(unit, batch_id, "batch.opening", amount=fixed_cost)
    batch = batches.get(unit.db, batch_id)
    say_batch(unit, batch, BatchSay.OPENED)
    programmes.settle_changes(unit.db, applied, batch_id, unit.now)
    for finding_id in applied:
        emit(unit.db, ChangeApplied(programme_id=programme_id, finding_id=finding_id, batch_id=batch_id))
    return batch_id


def _check_changes(
    unit: Unit, programme_id: UUID, applied: Sequence[UUID], capacity: int, meetings: Sequence[rules.Meeting]
) -> None:
    """Each named change must be pending for the programme, and the batch must really differ in it."""
    if not applied:
        return
    changes = programmes.lock_changes(unit.db, applied)
    last = batches.latest_of(unit.db, programme_id)
    before = None
    if last is not None:
        held = batches.meetings_of(unit.db, [last.batch_id])[last.batch_id]
        before = rules.before_of(
            last.capacity, [rules.Meeting(row.starts_at, row.ends_at, row.trainer_id, row.place) for row in held]
        )
    for finding_id in applied:
        change = changes.get(finding_id)
        if change is None or change.programme_id != programme_id or change.state != "pending":
            raise rules.UNKNOWN_CHANGE(finding=str(finding_id))
        if not rules.change_made(change.kind, change.change, capacity, meetings, before):
            raise rules.NOT_MADE(finding=str(finding_id), kind=change.kind)


def retry_batch(unit: Unit, batch_id: UUID) -> None:
    """Ask budget again for the fixed cost of a batch that it refused."""
    batch = batches.lock(unit.db, batch_id)
    if batch is None:
        raise NOT_FOUND()
    if batch.state != BatchState.REFUSED:
        raise rules.NOT_REFUSED(state=rules.life(batch.state, batch.begins_at, unit.now))
    if rules.begun(batch.begins_at, unit.now):
        raise rules.BEGUN()
    carry_out(unit, batch, advance_batch(batches.saga_of(batch), Retry(), unit.now, patience()))


def cancel_batch(unit: Unit, batch_id: UUID, reason: str) -> None:
    """Cancel a batch before its first session begins; all its seats are released. A repeat changes nothing."""
    batch = batches.lock(unit.db, batch_id)
    if batch is None:
        raise NOT_FOUND()
    if batch.state == BatchState.CANCELLED:
        return
    if batch.state == BatchState.CLOSED:
        raise rules.NOT_RUNNING(state=batch.state)
    if batch.state == BatchState.OPEN and rules.begun(batch.begins_at, unit.now):
        raise rules.BEGUN()
    end_batch(unit, batch, "no_money" if batch.state == BatchState.REFUSED else "cancelled", note=reason)


def end_batch(unit: Unit, batch: Any, reason: str, note: str = "") -> None:
    """A locked batch will not run: its fixed cost and its seats are released, its changes wait for another batch."""
    step = advance_batch(batches.saga_of(batch), Cancel(reason), unit.now, patience())
    batch = carry_out(unit, batch, step, {"code": reason, "note": note})
    rows = seats.lock_states(unit.db, batch.batch_id, _GIVEN_UP_WITH_BATCH)
    approvals.void(unit.db, [row.seat_id for row in rows if row.state == State.REQUESTED])
    seat_reason = "quorum" if reason == "quorum" else "cancelled"
    conduct(unit, batch, moves_of(unit, rows, Cancel(seat_reason), {"code": seat_reason}))
    programmes.reopen_changes(unit.db, batch.batch_id, unit.now)


def carry_out(unit: Unit, batch: Any, step: BatchStep, facts: Mapping[str, Any] | None = None) -> Any:
    """Store, tell and say what the saga decided for a locked batch; answers its row as it stands now."""
    if step.saga != batches.saga_of(batch) or step.raises_rev:
        batch = batches.save(unit.db, batch, step.saga, unit.now, step.raises_rev)
    if step.note is not None:
        tell_batch(unit, batch.batch_id, step.note, **(facts or {}))
    if step.say is not None:
        say_batch(unit, batch, step.say)
    return batch


def say_batch(unit: Unit, batch: Any, say: BatchSay) -> None:
    """Say one thing of a batch."""
    if say is BatchSay.OPENED:
        emit(unit.db, BatchOpened(batch_id=batch.batch_id, batch=_whole(unit, batch)))
    elif say is BatchSay.CANCELLED:
        emit(
            unit.db,
            BatchCancelled(
                batch_id=batch.batch_id, rev=batch.rev, line_id=batch.line_id, reason=batch.reason or "cancelled"
            ),
        )
    else:
        emit(
            unit.db,
            BatchClosed(
                batch_id=batch.batch_id,
                rev=batch.rev,
                line_id=batch.line_id,
                programme_id=batch.programme_id,
                version=batch.version,
                confirmed=batch.closed_confirmed or 0,
                took_part=batch.closed_took_part or 0,
                completed=batch.closed_completed or 0,
                failed=batch.closed_failed or 0,
            ),
        )


def _whole(unit: Unit, batch: Any) -> Batch:
    meetings = batches.meetings_of(unit.db, [batch.batch_id])[batch.batch_id]
    return Batch(
        batch_id=batch.batch_id,
        rev=batch.rev,
        attempt=batch.attempt,
        programme_id=batch.programme_id,
        version=batch.version,
        name=batch.name,
        mode=batch.mode,
        sessions=tuple(
            Session(
                session_id=row.session_id,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                trainer_id=row.trainer_id,
                place=row.place,
            )
            for row in meetings
        ),
        capacity=batch.capacity,
        least=batch.least,
        fixed_cost=batch.fixed_cost,
        seat_price=batch.seat_price,
        line_id=batch.line_id,
        fiscal_year=batch.fiscal_year,
        site=batch.site,
        course=batch.course,
        agencies=tuple(batch.agencies),
        applied=tuple(batch.applied),
    )


def on_batch_reserved(unit: Unit, event: budget.BatchReserved) -> None:
    """The fixed cost is reserved: nominations open."""
    _hear(unit, event.batch_id, Heard(Fact.MONEY_HELD, event.attempt), {"amount": event.amount})


def on_batch_refused(unit: Unit, event: budget.BatchRefused) -> None:
    """The fixed cost is refused: the training office may try again or cancel."""
    facts = {
        "code": event.code,
        "asked": event.asked,
        "available": event.available,
        "help_role": event.help_role,
    }
    _hear(unit, event.batch_id, Heard(Fact.MONEY_REFUSED, event.attempt, event.code), facts)


def on_batch_money_released(unit: Unit, event: budget.BatchMoneyReleased) -> None:
    """The proof that a cancelled batch's fixed cost is free."""
    _hear(unit, event.batch_id, Heard(Fact.MONEY_FREED, 0), {"amount": event.amount})


def on_batch_realised(unit: Unit, event: budget.BatchRealised) -> None:
    """The fixed cost of a closed batch is spent."""
    _hear(unit, event.batch_id, Heard(Fact.MONEY_SPENT, 0), {"amount": event.amount})


def _hear(unit: Unit, batch_id: UUID, heard: Heard, facts: Mapping[str, Any]) -> None:
    batch = batches.lock(unit.db, batch_id)
    if batch is None:
        raise NotYet(f"batch {batch_id}")
    if heard.attempt == 0:
        # Settling a batch's money is not said per attempt: it is about the batch as it is.
        heard = Heard(heard.fact, batch.attempt, heard.code)
    elif not seats.claim(unit.db, [(batch_id, heard.attempt, heard.fact.value)], unit.now):
        return
    carry_out(unit, batch, advance_batch(batches.saga_of(batch), heard, unit.now, patience()), facts)
