"""How a batch's fixed cost advances: asked at its opening, freed when it is cancelled, spent when it is closed."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.enrolment.domain.states import BatchState
from services.enrolment.saga.values import (
    PATIENCE,
    Answer,
    Cancel,
    Close,
    Fact,
    Heard,
    Hold,
    Patience,
    Retry,
    TimeOut,
)


class BatchSay(StrEnum):
    """What is to be said of a batch."""

    OPENED = "opened"
    CANCELLED = "cancelled"
    CLOSED = "closed"


@dataclass(frozen=True)
class BatchSaga:
    """One batch's way."""

    state: BatchState
    attempt: int
    money: Hold = Hold.NONE
    asks: int = 0
    deadline: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class BatchStep:
    """The answer for a batch; `raises_rev` where the batch itself changed, not only what is known of its money."""

    answer: Answer
    saga: BatchSaga
    say: BatchSay | None = None
    note: str | None = None
    raises_rev: bool = False


BatchInput = Retry | Heard | Cancel | Close | TimeOut


def opened(now: datetime, patience: Patience = PATIENCE) -> BatchSaga:
    """A new batch waits for its fixed cost."""
    return BatchSaga(BatchState.OPENING, 1, Hold.ASKED, 0, now + patience.money)


def advance_batch(saga: BatchSaga, event: BatchInput, now: datetime, patience: Patience = PATIENCE) -> BatchStep:
    """Proceed, wait or roll back; a repeat waits."""
    match event:
        case Heard() if event.attempt == saga.attempt:
            return _heard(saga, event, now, patience)
        case Retry() if saga.state is BatchState.REFUSED:
            asked = replace(opened(now, patience), attempt=saga.attempt + 1)
            return BatchStep(Answer.PROCEED, asked, BatchSay.OPENED, "batch.opening", True)
        case Cancel() if saga.state in (BatchState.OPENING, BatchState.OPEN, BatchState.REFUSED):
            return _cancelled(saga, event.reason, now, patience)
        case Close() if saga.state is BatchState.OPEN:
            closed = replace(saga, state=BatchState.CLOSED, money=Hold.SPENDING, asks=0, deadline=now + patience.proof)
            return BatchStep(Answer.PROCEED, closed, BatchSay.CLOSED, "batch.closed", True)
        case TimeOut() if saga.deadline is not None and saga.deadline <= now:
            return _timed_out(saga, now, patience)
    return BatchStep(Answer.WAIT, saga)


def _heard(saga: BatchSaga, event: Heard, now: datetime, patience: Patience) -> BatchStep:
    match event.fact, saga.state:
        case Fact.MONEY_HELD, BatchState.OPENING:
            opened_now = replace(saga, state=BatchState.OPEN, money=Hold.HELD, asks=0, deadline=None)
            return BatchStep(Answer.PROCEED, opened_now, note="batch.open")
        case Fact.MONEY_HELD, BatchState.CANCELLED:
            again = replace(saga, money=Hold.FREEING, asks=0, deadline=now + patience.proof)
            return BatchStep(Answer.ROLL_BACK, again, BatchSay.CANCELLED, "batch.cancelled_again")
        case Fact.MONEY_REFUSED, BatchState.OPENING:
            refused = replace(
                saga, state=BatchState.REFUSED, money=Hold.REFUSED, asks=0, deadline=None, reason=event.code
            )
            return BatchStep(Answer.ROLL_BACK, refused, note="batch.refused")
        case Fact.MONEY_FREED, BatchState.CANCELLED if saga.money is Hold.FREEING:
            freed = replace(saga, money=Hold.FREED, asks=0, deadline=None)
            return BatchStep(Answer.PROCEED, freed, note="batch.money_freed")
        case Fact.MONEY_SPENT, BatchState.CLOSED if saga.money is Hold.SPENDING:
            spent = replace(saga, money=Hold.SPENT, asks=0, deadline=None)
            return BatchStep(Answer.PROCEED, spent, note="batch.money_spent")
    return BatchStep(Answer.WAIT, saga)


def _cancelled(saga: BatchSaga, reason: str, now: datetime, patience: Patience) -> BatchStep:
    after = replace(
        saga,
        state=BatchState.CANCELLED,
        money=Hold.FREEING,
        asks=0,
        deadline=now + patience.proof,
        reason=reason,
    )
    return BatchStep(Answer.ROLL_BACK, after, BatchSay.CANCELLED, "batch.cancelled", True)


def _timed_out(saga: BatchSaga, now: datetime, patience: Patience) -> BatchStep:
    """Nobody waits behind a batch that has not opened, so its question is repeated without end."""
    say = {
        BatchState.OPENING: BatchSay.OPENED,
        BatchState.CANCELLED: BatchSay.CANCELLED,
        BatchState.CLOSED: BatchSay.CLOSED,
    }.get(saga.state)
    wait = patience.money if saga.state is BatchState.OPENING else patience.proof
    after = replace(saga, asks=min(saga.asks + 1, 32_000), deadline=now + wait if say else None)
    return BatchStep(Answer.WAIT, after, say, "batch.asked_again" if say else None)


__all__ = ["BatchSaga", "BatchSay", "BatchState", "BatchStep", "advance_batch", "opened"]
