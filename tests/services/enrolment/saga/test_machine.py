"""Random towns: seats, a budget and an LMS that answer late, twice and in any order. Whatever happens, no seat is
confirmed without both, seats never exceed capacity, and what ends has its proofs."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.enrolment.saga import (
    COUNTING,
    Cancel,
    Fact,
    Finish,
    Heard,
    Retry,
    Saga,
    Say,
    Start,
    State,
    Step,
    TimeOut,
    advance,
)

CAPACITY = 1
SEATS = 3
Key = tuple[int, int]


@dataclass
class Peer:
    """Budget or the LMS: a stored answer an attempt, a release that stays and holds for lower attempts too."""

    most: int
    yes: Fact
    no: Fact
    freed: Fact
    held: set[Key] = field(default_factory=set)
    answers: dict[Key, Fact] = field(default_factory=dict)
    withdrawn: dict[int, int] = field(default_factory=dict)

    def ask(self, seat: int, attempt: int) -> Fact:
        key = (seat, attempt)
        if key not in self.answers:
            fits = len(self.held) < self.most and attempt > self.withdrawn.get(seat, 0)
            self.answers[key] = self.yes if fits else self.no
            if fits:
                self.held.add(key)
        return self.answers[key]

    def release(self, seat: int, attempt: int) -> Fact:
        self.withdrawn[seat] = max(self.withdrawn.get(seat, 0), attempt)
        self.held -= {key for key in self.held if key[0] == seat and key[1] <= attempt}
        return self.freed


class Conversation(RuleBasedStateMachine):
    """Questions and answers are two bags; anything may be taken out at any time, and once or twice."""

    def __init__(self) -> None:
        super().__init__()
        self.now = datetime(2026, 7, 1, tzinfo=UTC)
        self.seats = {number: Saga(State.WAITING, 1, course=number % 2 == 0) for number in range(SEATS)}
        self.budget = Peer(2, Fact.MONEY_HELD, Fact.MONEY_REFUSED, Fact.MONEY_FREED)
        self.lms = Peer(1, Fact.PLACE_HELD, Fact.PLACE_REFUSED, Fact.PLACE_FREED)
        self.spent: set[Key] = set()
        self.said: list[tuple[Say, int, int]] = []
        self.heard: list[tuple[int, Heard]] = []
        self.applied: set[tuple[int, int, Fact]] = set()
        self.forgotten = False

    def take(self, number: int, step: Step) -> None:
        if step.saga.state is State.RELEASED and self.seats[number].state is State.RELEASING:
            assert step.saga.proven
        self.seats[number] = step.saga
        self.said += [(say, number, attempt) for say, attempt in step.says]

    def free(self) -> int:
        return CAPACITY - sum(saga.state in COUNTING for saga in self.seats.values())

    def candidates(self) -> list[int]:
        return [number for number, saga in self.seats.items() if saga.state in (State.WAITING, State.REFUSED)]

    @precondition(lambda self: self.free() > 0 and self.candidates())
    @rule(data=st.data())
    def place_taken(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(self.candidates()))
        saga = self.seats[number]
        event = Start() if saga.state is State.WAITING else Retry()
        self.take(number, advance(saga, event, self.now))

    @precondition(lambda self: self.free() < CAPACITY)
    @rule(number=st.integers(0, SEATS - 1))
    def cancelled(self, number: int) -> None:
        if self.seats[number].state in COUNTING:
            self.take(number, advance(self.seats[number], Cancel("cancelled"), self.now))

    @precondition(lambda self: self.budget.withdrawn and not self.forgotten)
    @rule()
    def budget_is_restored_from_yesterday(self) -> None:
        """It forgets what was withdrawn, and may say yes to a question that the release overtook."""
        self.forgotten = True
        self.budget.withdrawn.clear()

    @precondition(lambda self: any(saga.state is State.CONFIRMED for saga in self.seats.values()))
    @rule(number=st.integers(0, SEATS - 1), completed=st.booleans(), spent=st.booleans())
    def finished(self, number: int, completed: bool, spent: bool) -> None:
        self.take(number, advance(self.seats[number], Finish(completed, spent, "no_show"), self.now))

    @rule(minutes=st.sampled_from((1, 11, 16, 61)))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        for number, saga in self.seats.items():
            self.take(number, advance(saga, TimeOut(), self.now))

    @precondition(lambda self: self.said)
    @rule(data=st.data(), twice=st.booleans())
    def question_arrives(self, data: st.DataObject, twice: bool) -> None:
        at = data.draw(st.integers(0, len(self.said) - 1))
        say, number, attempt = self.said[at] if twice else self.said.pop(at)
        for fact in self.answered(say, number, attempt):
            self.heard.append((number, Heard(fact, attempt)))

    def answered(self, say: Say, number: int, attempt: int) -> list[Fact]:
        if say is Say.ASK_MONEY:
            return [self.budget.ask(number, attempt)]
        if say is Say.ASK_PLACE:
            return [self.lms.ask(number, attempt)]
        if say is Say.RELEASE:
            return [self.budget.release(number, attempt), self.lms.release(number, attempt)]
        if say is Say.COMPLETE or (say is Say.FAIL and self.seats[number].spent):
            self.spent.add((number, attempt))
            return [Fact.MONEY_SPENT]
        return [self.budget.release(number, attempt)] if say is Say.FAIL else []

    @precondition(lambda self: self.heard)
    @rule(data=st.data(), twice=st.booleans())
    def answer_arrives(self, data: st.DataObject, twice: bool) -> None:
        at = data.draw(st.integers(0, len(self.heard) - 1))
        number, heard = self.heard[at] if twice else self.heard.pop(at)
        self.hear(number, heard)

    def hear(self, number: int, heard: Heard) -> None:
        """The service applies a yes or a no once an attempt, as its table of answers does."""
        key = (number, heard.attempt, heard.fact)
        once = heard.fact not in (Fact.MONEY_FREED, Fact.PLACE_FREED, Fact.MONEY_SPENT)
        if once and key in self.applied:
            return
        self.applied.add(key)
        self.take(number, advance(self.seats[number], heard, self.now))

    @invariant()
    def never_confirmed_without_money_and_place(self) -> None:
        for number, saga in self.seats.items():
            if saga.state is State.CONFIRMED:
                key = (number, saga.attempt)
                assert key in self.budget.held
                assert not saga.course or key in self.lms.held

    @invariant()
    def never_more_seats_than_places(self) -> None:
        assert self.free() >= 0

    @invariant()
    def whoever_waits_has_a_deadline(self) -> None:
        for saga in self.seats.values():
            if saga.state in (State.RESERVING, State.ENROLLING, State.RELEASING):
                assert saga.deadline is not None

    def teardown(self) -> None:
        """When everything said has been heard, nothing is held that no living seat holds, and every end is proven."""
        for _ in range(200):
            if not self.said and not self.heard:
                break
            said, self.said = self.said, []
            for say, number, attempt in said:
                for fact in self.answered(say, number, attempt):
                    self.hear(number, Heard(fact, attempt))
            heard, self.heard = self.heard, []
            for number, fact_heard in heard:
                self.hear(number, fact_heard)
        assert not self.said
        for number, saga in self.seats.items():
            assert saga.state not in (State.RESERVING, State.ENROLLING, State.RELEASING)
            held: set[Any] = {key for key in self.budget.held | self.lms.held if key[0] == number}
            if saga.state in (State.RELEASED, State.REFUSED):
                assert saga.proven
                assert not held
            assert {attempt for _, attempt in held} <= {saga.attempt}
            assert saga.deadline is None


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=150, stateful_step_count=40)
