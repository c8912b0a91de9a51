"""The saga of a batch's fixed cost, as a pure function."""

from datetime import UTC, datetime

from services.enrolment.saga import (
    PATIENCE,
    BatchSaga,
    Cancel,
    Close,
    Fact,
    Heard,
    Hold,
    Retry,
    TimeOut,
    advance_batch,
)
from services.enrolment.saga.batch import BatchSay, BatchState, opened

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
OPENING = opened(NOW)
OPEN = advance_batch(OPENING, Heard(Fact.MONEY_HELD, 1), NOW).saga


def test_a_batch_opens_with_its_money() -> None:
    assert (OPEN.state, OPEN.money, OPEN.deadline) == (BatchState.OPEN, Hold.HELD, None)
    assert advance_batch(OPEN, Heard(Fact.MONEY_HELD, 1), NOW).saga == OPEN


def test_a_refused_batch_asks_again_with_the_next_attempt_only_when_told_to() -> None:
    refused = advance_batch(OPENING, Heard(Fact.MONEY_REFUSED, 1, "budget.exhausted"), NOW).saga
    assert advance_batch(refused, TimeOut(), NOW).saga == refused
    step = advance_batch(refused, Retry(), NOW)
    assert (step.saga.state, step.saga.attempt, step.say, step.raises_rev) == (
        BatchState.OPENING,
        2,
        BatchSay.OPENED,
        True,
    )
    assert advance_batch(step.saga, Heard(Fact.MONEY_HELD, 1), NOW).saga == step.saga


def test_a_cancelled_batch_waits_for_proof_and_undoes_a_late_yes() -> None:
    cancelled = advance_batch(OPENING, Cancel("cancelled"), NOW).saga
    proven = advance_batch(cancelled, Heard(Fact.MONEY_FREED, 1), NOW).saga
    assert (proven.money, proven.deadline) == (Hold.FREED, None)
    late = advance_batch(proven, Heard(Fact.MONEY_HELD, 1), NOW)
    assert (late.say, late.saga.money) == (BatchSay.CANCELLED, Hold.FREEING)


def test_every_question_is_repeated_until_it_is_answered() -> None:
    closed = advance_batch(OPEN, Close(), NOW).saga
    cancelled = advance_batch(OPEN, Cancel("quorum"), NOW).saga
    for saga, say in ((OPENING, BatchSay.OPENED), (closed, BatchSay.CLOSED), (cancelled, BatchSay.CANCELLED)):
        for _ in range(5):
            assert saga.deadline is not None
            step = advance_batch(saga, TimeOut(), saga.deadline)
            assert (step.say, step.saga.state) == (say, saga.state)
            saga = step.saga
    spent = advance_batch(closed, Heard(Fact.MONEY_SPENT, 1), NOW + PATIENCE.proof).saga
    assert spent == BatchSaga(BatchState.CLOSED, 1, Hold.SPENT)
