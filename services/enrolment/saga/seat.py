"""How one seat advances."""

from dataclasses import replace
from datetime import datetime

from services.enrolment.saga.values import (
    PATIENCE,
    Answer,
    Cancel,
    Fact,
    Finish,
    Heard,
    Hold,
    Input,
    Patience,
    Retry,
    Saga,
    Say,
    Start,
    State,
    Step,
    TimeOut,
)

_BEFORE_MONEY = frozenset({State.REQUESTED, State.WAITING})
_TAKING = frozenset({State.RESERVING, State.ENROLLING, State.CONFIRMED})
_GIVEN_UP = frozenset({State.RELEASING, State.RELEASED, State.REFUSED, State.REJECTED, State.EXPIRED})
_ENDED = frozenset({State.COMPLETED, State.FAILED})


def advance(saga: Saga, event: Input, now: datetime, patience: Patience = PATIENCE) -> Step:
    """Proceed, wait or roll back. Never raises: a repeat, or what does not concern the state, waits."""
    match event:
        case Start() if saga.state in _BEFORE_MONEY:
            return _reserving(saga, saga.attempt, now, patience)
        case Retry() if saga.state is State.REFUSED and saga.money is not Hold.FREEING:
            return _reserving(saga, saga.attempt + 1, now, patience)
        case Heard():
            if event.attempt != saga.attempt:
                return _of_another_attempt(saga, event)
            return _HEARD[event.fact](saga, event, now, patience)
        case Cancel():
            return _cancelled(saga, event.reason, now, patience)
        case Finish() if saga.state is State.CONFIRMED:
            return _finished(saga, event, now, patience)
        case TimeOut() if saga.deadline is not None and saga.deadline <= now:
            return _timed_out(saga, now, patience)
    return _wait(saga)


def _wait(saga: Saga, note: str | None = None) -> Step:
    return Step(Answer.WAIT, saga, note=note)


def _reserving(saga: Saga, attempt: int, now: datetime, patience: Patience) -> Step:
    begun = replace(
        saga,
        state=State.RESERVING,
        attempt=attempt,
        money=Hold.ASKED,
        place=Hold.NONE,
        asks=0,
        deadline=now + patience.money,
        reason=None,
    )
    return Step(Answer.PROCEED, begun, ((Say.ASK_MONEY, attempt),), "seat.reserving")


def _of_another_attempt(saga: Saga, event: Heard) -> Step:
    """A yes for an attempt that is not the present one is held by nobody: give it back."""
    if event.fact in (Fact.MONEY_HELD, Fact.PLACE_HELD):
        return Step(Answer.ROLL_BACK, saga, ((Say.RELEASE, event.attempt),), "seat.released_again")
    return _wait(saga)


def _money_held(saga: Saga, event: Heard, now: datetime, patience: Patience) -> Step:
    if saga.state is State.RESERVING:
        if saga.course:
            asked = replace(
                saga,
                state=State.ENROLLING,
                money=Hold.HELD,
                place=Hold.ASKED,
                asks=0,
                deadline=now + patience.place,
            )
            return Step(Answer.PROCEED, asked, ((Say.ASK_PLACE, saga.attempt),), "seat.enrolling")
        return _confirmed(replace(saga, money=Hold.HELD))
    if saga.state in _GIVEN_UP:
        return _again(replace(saga, money=Hold.FREEING), now, patience)
    return _wait(saga)


def _money_refused(saga: Saga, event: Heard, now: datetime, patience: Patience) -> Step:
    if saga.state is not State.RESERVING:
        return _wait(saga)
    refused = replace(saga, state=State.REFUSED, money=Hold.REFUSED, asks=0, deadline=None, reason=event.code)
    return Step(Answer.ROLL_BACK, refused, note="seat.refused")


def _money_freed(saga: Saga, event: Heard, now: datetime, patience: Patience) -> Step:
    if saga.state in _TAKING:
        # Nobody here asked for it, but a seat is never confirmed without its money.
        return _released(replace(saga, money=Hold.FREED), "no_money", now, patience)
    if saga.state is State.FAILED and saga.money is Hold.FREEING:
        return Step(Answer.PROCEED, replace(saga, money=Hold.FREED, asks=0, deadline=None), note="seat.money_freed")
    return _proven(saga, replace(saga, money=Hold.FREED), saga.money)


def _money_spent(saga: Saga, event: Heard, now: datetime, patience: Patience) -> Step:
    if saga.state not in _ENDED or saga.money is not Hold.SPENDING:
        return _wait(saga)
    return Step(Answer.PROCEED, replace(saga, money=Hold.SPENT, asks=0, deadline=None), note="seat.money_spent")


def _place_held(saga: Saga, event: Heard, now: datetime, patience: Patience) -> Step:
    if saga.state is State.ENROLLING:
        return _confirmed(replace(saga, place=Hold.HELD))
    if saga.state in _GIVEN_UP and saga.state is not State.REFUSED:
        return _again(replace(saga, place=Hold.FREEING), now, patience)
    return _wait(saga)


def _place_refused(saga: Saga, event: Heard, now: datetime, patience: Patience) -> Step:
    if saga.state is not State.ENROLLING:
        return _wait(saga)
    return _released(saga, "lms_refused", now, patience)


def _place_freed(saga: Saga, event: Heard, now: datetime, patience: Patience) -> Step:
    if saga.state in (State.ENROLLING, State.CONFIRMED):
        return _released(replace(saga, place=Hold.FREED), "lms_refused", now, patience)
    return _proven(saga, replace(saga, place=Hold.FREED), saga.place)


def _place_stuck(saga: Saga, event: Heard, now: datetime, patience: Patience) -> Step:
    return _wait(saga, "seat.place_stuck" if saga.place is Hold.FREEING else None)


def _proven(saga: Saga, after: Saga, before: Hold) -> Step:
    """A proof came. It counts only where it was waited for; the last one ends the release."""
    if before is not Hold.FREEING:
        return _wait(saga)
    if not after.proven:
        return Step(Answer.PROCEED, after, note="seat.proof")
    ended = replace(after, asks=0, deadline=None)
    if saga.state is State.RELEASING:
        return Step(Answer.PROCEED, replace(ended, state=State.RELEASED), note="seat.released")
    return Step(Answer.PROCEED, ended, note="seat.proof")


def _confirmed(saga: Saga) -> Step:
    done = replace(saga, state=State.CONFIRMED, asks=0, deadline=None)
    return Step(Answer.PROCEED, done, ((Say.CONFIRM, saga.attempt),), "seat.confirmed")


def _released(saga: Saga, reason: str, now: datetime, patience: Patience) -> Step:
    """Undo every step that was taken, and wait for both proofs."""
    after = replace(
        saga,
        state=State.RELEASING,
        money=_freeing(saga.money),
        place=_freeing(saga.place),
        asks=0,
        deadline=now + patience.proof,
        reason=reason,
    )
    return Step(Answer.ROLL_BACK, after, ((Say.RELEASE, saga.attempt),), "seat.releasing")


def _freeing(hold: Hold) -> Hold:
    return Hold.NONE if hold is Hold.NONE else Hold.FREEING


def _again(saga: Saga, now: datetime, patience: Patience) -> Step:
    """A late yes for a seat that was given up: release again. The state stays, so that its place, which another may
    have by now, is not counted twice; the proof is waited for all the same."""
    after = replace(saga, asks=0, deadline=now + patience.proof, reason=saga.reason or "no_money")
    return Step(Answer.ROLL_BACK, after, ((Say.RELEASE, saga.attempt),), "seat.released_again")


def _cancelled(saga: Saga, reason: str, now: datetime, patience: Patience) -> Step:
    if saga.state in _BEFORE_MONEY or saga.state is State.REFUSED:
        # Nothing is held: budget's no is as final as its proof would be.
        return Step(Answer.ROLL_BACK, replace(saga, state=State.RELEASED, reason=reason), note="seat.withdrawn")
    if saga.state in _TAKING:
        return _released(saga, reason, now, patience)
    return _wait(saga)


def _finished(saga: Saga, event: Finish, now: datetime, patience: Patience) -> Step:
    state = State.COMPLETED if event.completed else State.FAILED
    spent = event.completed or event.spent
    after = replace(
        saga,
        state=state,
        money=Hold.SPENDING if spent else Hold.FREEING,
        asks=0,
        deadline=now + patience.proof,
        reason=None if event.completed else event.reason,
        spent=spent,
    )
    say = Say.COMPLETE if event.completed else Say.FAIL
    return Step(Answer.PROCEED, after, ((say, saga.attempt),), f"seat.{state.value}")


def _timed_out(saga: Saga, now: datetime, patience: Patience) -> Step:
    if saga.state is State.RESERVING:
        return _ask_again(saga, Say.ASK_MONEY, now, now + patience.money, patience)
    if saga.state is State.ENROLLING:
        return _ask_again(saga, Say.ASK_PLACE, now, now + patience.place, patience)
    say = {State.COMPLETED: Say.COMPLETE, State.FAILED: Say.FAIL}.get(saga.state, Say.RELEASE)
    after = replace(saga, asks=min(saga.asks + 1, 32_000), deadline=now + patience.proof)
    return Step(Answer.WAIT, after, ((say, saga.attempt),), "seat.proof_overdue")


def _ask_again(saga: Saga, say: Say, now: datetime, deadline: datetime, patience: Patience) -> Step:
    if saga.asks >= patience.repeats:
        return _released(saga, "timeout", now, patience)
    after = replace(saga, asks=saga.asks + 1, deadline=deadline)
    return Step(Answer.WAIT, after, ((say, saga.attempt),), "seat.asked_again")


_HEARD = {
    Fact.MONEY_HELD: _money_held,
    Fact.MONEY_REFUSED: _money_refused,
    Fact.MONEY_FREED: _money_freed,
    Fact.MONEY_SPENT: _money_spent,
    Fact.PLACE_HELD: _place_held,
    Fact.PLACE_REFUSED: _place_refused,
    Fact.PLACE_FREED: _place_freed,
    Fact.PLACE_STUCK: _place_stuck,
}
