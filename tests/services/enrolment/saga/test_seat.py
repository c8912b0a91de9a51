"""The saga of one seat, as a pure function."""

from datetime import UTC, datetime, timedelta

import pytest

from services.enrolment.saga import (
    PATIENCE,
    STEPS,
    Answer,
    Cancel,
    Fact,
    Finish,
    Heard,
    Hold,
    Retry,
    Saga,
    Say,
    Start,
    State,
    TimeOut,
    advance,
)

NOW = datetime(2026, 7, 1, 2, 0, tzinfo=UTC)
WAITING = Saga(State.WAITING, 1, course=True)


def through(saga: Saga, *events: object) -> Saga:
    for event in events:
        saga = advance(saga, event, NOW).saga  # type: ignore[arg-type]
    return saga


RESERVING = through(WAITING, Start())
ENROLLING = through(RESERVING, Heard(Fact.MONEY_HELD, 1))
CONFIRMED = through(ENROLLING, Heard(Fact.PLACE_HELD, 1))
RELEASING = through(CONFIRMED, Cancel("cancelled"))
RELEASED = through(RELEASING, Heard(Fact.MONEY_FREED, 1), Heard(Fact.PLACE_FREED, 1))


def test_a_seat_asks_for_money_then_for_its_place_then_is_confirmed() -> None:
    assert (RESERVING.state, RESERVING.deadline) == (State.RESERVING, NOW + PATIENCE.money)
    assert (ENROLLING.state, ENROLLING.deadline) == (State.ENROLLING, NOW + PATIENCE.place)
    assert (CONFIRMED.state, CONFIRMED.money, CONFIRMED.place) == (State.CONFIRMED, Hold.HELD, Hold.HELD)
    assert CONFIRMED.deadline is None


def test_a_batch_without_a_course_needs_no_place() -> None:
    step = advance(through(Saga(State.WAITING, 1, course=False), Start()), Heard(Fact.MONEY_HELD, 1), NOW)
    assert (step.answer, step.saga.state, step.says) == (Answer.PROCEED, State.CONFIRMED, ((Say.CONFIRM, 1),))


@pytest.mark.parametrize("saga", [RESERVING, ENROLLING, CONFIRMED])
def test_whoever_holds_or_asked_for_something_gives_it_back_and_waits_for_proof(saga: Saga) -> None:
    step = advance(saga, Cancel("cancelled"), NOW)
    assert (step.answer, step.saga.state) == (Answer.ROLL_BACK, State.RELEASING)
    assert step.says == ((Say.RELEASE, 1),)
    assert not step.saga.proven


def test_one_proof_is_not_enough() -> None:
    half = through(RELEASING, Heard(Fact.MONEY_FREED, 1))
    assert (half.state, half.deadline) == (State.RELEASING, NOW + PATIENCE.proof)
    assert through(half, Heard(Fact.PLACE_FREED, 1)).state is State.RELEASED


def test_nothing_that_was_never_asked_for_needs_a_proof() -> None:
    assert through(RESERVING, Cancel("cancelled"), Heard(Fact.MONEY_FREED, 1)).state is State.RELEASED
    assert through(WAITING, Cancel("cancelled")).state is State.RELEASED


@pytest.mark.parametrize("fact", [Fact.MONEY_HELD, Fact.PLACE_HELD])
@pytest.mark.parametrize("saga", [RELEASING, RELEASED])
def test_a_late_yes_is_released_again_and_its_proof_waited_for(saga: Saga, fact: Fact) -> None:
    step = advance(saga, Heard(fact, 1), NOW)
    assert (step.answer, step.says) == (Answer.ROLL_BACK, ((Say.RELEASE, 1),))
    assert step.saga.state is saga.state
    assert not step.saga.proven
    again = advance(step.saga, TimeOut(), NOW + PATIENCE.proof)
    assert again.says == ((Say.RELEASE, 1),)


def test_a_yes_for_another_attempt_is_given_back_under_that_attempt() -> None:
    third = through(RESERVING, Heard(Fact.MONEY_REFUSED, 1, "budget.exhausted"), Retry())
    assert (third.state, third.attempt) == (State.RESERVING, 2)
    step = advance(third, Heard(Fact.MONEY_HELD, 1), NOW)
    assert (step.says, step.saga) == (((Say.RELEASE, 1),), third)
    assert advance(third, Heard(Fact.MONEY_REFUSED, 1), NOW).saga == third


def test_refused_money_takes_no_seat_and_the_next_try_has_the_next_attempt() -> None:
    refused = through(RESERVING, Heard(Fact.MONEY_REFUSED, 1, "budget.exhausted"))
    assert (refused.state, refused.reason, refused.deadline) == (State.REFUSED, "budget.exhausted", None)
    assert through(refused, Start()) == refused
    assert through(refused, Retry()).attempt == 2


def test_a_refusal_of_the_lms_gives_the_money_back() -> None:
    step = advance(ENROLLING, Heard(Fact.PLACE_REFUSED, 1, "lms.full"), NOW)
    assert (step.saga.state, step.saga.reason, step.saga.money) == (State.RELEASING, "lms_refused", Hold.FREEING)


def test_money_that_goes_away_takes_the_confirmation_with_it() -> None:
    step = advance(CONFIRMED, Heard(Fact.MONEY_FREED, 1), NOW)
    assert (step.answer, step.saga.state, step.saga.place) == (Answer.ROLL_BACK, State.RELEASING, Hold.FREEING)


@pytest.mark.parametrize(("saga", "say"), [(RESERVING, Say.ASK_MONEY), (ENROLLING, Say.ASK_PLACE)])
def test_a_question_is_repeated_with_the_same_attempt_and_then_given_up(saga: Saga, say: Say) -> None:
    now = NOW
    for _ in range(PATIENCE.repeats):
        assert saga.deadline is not None
        assert advance(saga, TimeOut(), saga.deadline - timedelta(seconds=1)).saga == saga
        now = saga.deadline
        step = advance(saga, TimeOut(), now)
        assert (step.answer, step.says) == (Answer.WAIT, ((say, 1),))
        saga = step.saga
    assert saga.deadline is not None
    step = advance(saga, TimeOut(), saga.deadline)
    assert (step.answer, step.saga.state, step.saga.reason) == (Answer.ROLL_BACK, State.RELEASING, "timeout")


@pytest.mark.parametrize("completed", [True, False])
@pytest.mark.parametrize("spent", [True, False])
def test_an_ended_seat_waits_for_its_money_to_be_settled(completed: bool, spent: bool) -> None:
    step = advance(CONFIRMED, Finish(completed, spent, "no_show"), NOW)
    assert step.saga.state is (State.COMPLETED if completed else State.FAILED)
    assert step.saga.money is (Hold.SPENDING if completed or spent else Hold.FREEING)
    overdue = advance(step.saga, TimeOut(), NOW + PATIENCE.proof)
    assert overdue.says == step.says
    proof = Fact.MONEY_SPENT if completed or spent else Fact.MONEY_FREED
    settled = through(overdue.saga, Heard(proof, 1))
    assert (settled.deadline, settled.state) == (None, step.saga.state)
    assert through(settled, Cancel("cancelled")) == settled


@pytest.mark.parametrize("saga", [RESERVING, ENROLLING, CONFIRMED, RELEASING, RELEASED])
@pytest.mark.parametrize("event", [Start(), Retry(), Finish(True), TimeOut(), Heard(Fact.MONEY_SPENT, 1)])
def test_what_does_not_concern_a_state_changes_nothing(saga: Saga, event: object) -> None:
    if saga is CONFIRMED and isinstance(event, Finish):
        return
    step = advance(saga, event, NOW)  # type: ignore[arg-type]
    assert (step.answer, step.saga, step.says) == (Answer.WAIT, saga, ())


def test_every_step_names_its_compensation_and_the_proof_of_it() -> None:
    assert [(rule.asks, rule.proceeds_on, rule.undone_by, rule.proven_by) for rule in STEPS] == [
        (Say.ASK_MONEY, Fact.MONEY_HELD, Say.RELEASE, Fact.MONEY_FREED),
        (Say.ASK_PLACE, Fact.PLACE_HELD, Say.RELEASE, Fact.PLACE_FREED),
    ]
