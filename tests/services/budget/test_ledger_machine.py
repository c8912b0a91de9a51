"""The ledger under anything that may come: approvals, releases, realisations, repeats, out of order, amendments."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from services.budget.domain.documents import DPPA, PERGESERAN, Change
from services.budget.domain.ledger import RESERVED, Balance
from services.budget.handlers import documents
from services.budget.handlers.audit import audit
from services.budget.handlers.documents import Paper
from services.budget.store.tables import CLAIM, ENTRY, WITHDRAWAL
from shared.errors import NotYet
from shared.events import Event
from shared.events.budget import SeatsMoneyReleased, SeatsRealised, SeatsRefused, SeatsReserved
from shared.ids import new_id
from tests.services.budget.givens import (
    YEAR,
    approved,
    balance,
    codes,
    completed,
    document,
    failed,
    outbox,
    released,
    row,
)
from tests.town import Town, only

AMOUNTS = st.sampled_from([0, 1, 30, 70, 100])
SEATS = st.integers(0, 5)
SOME_SEATS = st.lists(SEATS, min_size=1, max_size=4)
ATTEMPTS = st.integers(1, 3)


@dataclass
class Heard:
    """What the machine knows of its run: every event ever sent, for repeats."""

    events: list[Event] = field(default_factory=list)


class Ledger(RuleBasedStateMachine):
    """Random traffic on one line; the row, the ledger and the answers must agree at every moment."""

    town: ClassVar[Town]

    @initialize(amount=st.integers(0, 400))
    def begin(self, amount: int) -> None:
        # A fund of its own makes every run a line of its own in the same database.
        self.fund = f"F{new_id().hex[:30]}"
        document(self.town, row(amount, of=codes(self.fund)))
        self.line_id = documents.line_id(codes(self.fund))
        self.batch_id = new_id()
        self.seats = [new_id() for _ in range(6)]
        self.heard = Heard()

    def tell(self, event: Event) -> None:
        service = self.town.services["budget"]
        try:
            with self.town.unit("budget") as unit:
                service.subscriptions[type(event)](unit, event)
        except NotYet:
            assert not isinstance(event, type(approved(self.line_id))), "a question never waits here"
        self.heard.events.append(event)

    @rule(
        picked=st.lists(SEATS, min_size=1, max_size=4),
        attempt=ATTEMPTS,
        amounts=st.lists(AMOUNTS, min_size=4, max_size=4),
    )
    def approve(self, picked: list[int], attempt: int, amounts: list[int]) -> None:
        who = [self.seats[one] for one in picked]
        prices = amounts[: len(who)]
        self.tell(approved(self.line_id, *who, amounts=prices, attempt=attempt, batch_id=self.batch_id))

    @rule(picked=SOME_SEATS, attempt=ATTEMPTS)
    def release(self, picked: list[int], attempt: int) -> None:
        who = [self.seats[one] for one in picked]
        self.tell(released(self.line_id, *who, attempt=attempt, batch_id=self.batch_id))

    @rule(seat=SEATS, attempt=ATTEMPTS)
    def complete(self, seat: int, attempt: int) -> None:
        self.tell(completed(self.line_id, self.seats[seat], attempt=attempt, batch_id=self.batch_id))

    @rule(seat=SEATS, attempt=ATTEMPTS, spent=st.booleans())
    def fail(self, seat: int, attempt: int, spent: bool) -> None:
        self.tell(failed(self.line_id, self.seats[seat], spent=spent, attempt=attempt, batch_id=self.batch_id))

    @precondition(lambda self: bool(self.heard.events))
    @rule(data=st.data())
    def repeat(self, data: Any) -> None:
        self.tell(data.draw(st.sampled_from(self.heard.events)))

    @rule(amount=st.integers(0, 500), kind=st.sampled_from([PERGESERAN, DPPA]))
    def amend(self, amount: int, kind: str) -> None:
        paper = Paper(kind, date(YEAR, 6, 1), number=new_id().hex)
        before = balance(self.town, self.line_id)
        with self.town.unit("budget") as unit:
            [weighing] = documents.weigh(unit, paper, [row(amount, of=codes(self.fund))])
            documents.book(unit, paper, weighing)
        if isinstance(weighing.rows[0].result, Change):
            assert balance(self.town, self.line_id).effective == amount
        else:
            assert amount < before.used
            assert balance(self.town, self.line_id) == before

    @invariant()
    def the_row_is_the_sum_of_its_entries_and_never_negative(self) -> None:
        if not hasattr(self, "line_id"):
            return
        now = balance(self.town, self.line_id)
        assert now.effective == now.reserved + now.realised + now.available
        assert min(now.reserved, now.realised, now.available) >= 0
        with self.town.unit("budget") as unit:
            kinds = {
                kind: int(amount)
                for kind, amount in unit.db.execute(
                    select(ENTRY.c.kind, func.sum(ENTRY.c.amount))
                    .where(ENTRY.c.line_id == self.line_id)
                    .group_by(ENTRY.c.kind)
                )
            }
            held = unit.db.scalar(
                select(func.coalesce(func.sum(CLAIM.c.asked), 0)).where(
                    CLAIM.c.line_id == self.line_id, CLAIM.c.state == RESERVED
                )
            )
            twice = unit.db.execute(
                select(ENTRY.c.subject_id)
                .where(ENTRY.c.line_id == self.line_id, ENTRY.c.subject_id.is_not(None))
                .group_by(ENTRY.c.subject_id, ENTRY.c.attempt, ENTRY.c.kind)
                .having(func.count() > 1)
            ).all()
            held_by_one = unit.db.execute(
                select(CLAIM.c.subject_id)
                .where(CLAIM.c.line_id == self.line_id, CLAIM.c.state == RESERVED)
                .group_by(CLAIM.c.subject_id)
                .having(func.count() > 1)
            ).all()
            held_by_gone = unit.db.execute(
                select(CLAIM.c.subject_id)
                .join(WITHDRAWAL, WITHDRAWAL.c.subject_id == CLAIM.c.subject_id)
                .where(CLAIM.c.batch_id == self.batch_id)
                .where(CLAIM.c.state == RESERVED, WITHDRAWAL.c.attempt >= CLAIM.c.attempt)
            ).all()
        assert now == Balance(
            original=kinds.get("original", 0),
            shifts=kinds.get("shift", 0),
            amendment=kinds.get("amendment", 0),
            reserved=kinds.get("reserve", 0) - kinds.get("release", 0) - kinds.get("realise", 0),
            realised=kinds.get("realise", 0),
        )
        assert now.reserved == held
        assert twice == []
        assert held_by_one == []
        assert held_by_gone == []

    def teardown(self) -> None:
        if not hasattr(self, "line_id"):
            return
        mine = outbox(self.town, self.line_id)
        self.every_question_is_answered_for_every_seat(mine)
        self.every_yes_has_one_entry(mine)

    def every_question_is_answered_for_every_seat(self, said: list[Event]) -> None:
        answered = {
            (seat.seat_id, seat.attempt)
            for event in said
            if isinstance(event, SeatsReserved | SeatsRefused)
            for seat in event.seats
        }
        asked = {
            (seat.seat_id, seat.attempt)
            for event in self.heard.events
            if isinstance(event, type(approved(self.line_id)))
            for seat in event.seats
        }
        proven = {(one.seat_id, one.attempt) for event in only(said, SeatsMoneyReleased) for one in event.seats}
        withdrawn = {
            (one.seat_id, one.attempt)
            for event in self.heard.events
            if isinstance(event, type(released(self.line_id)))
            for one in event.seats
        }
        assert answered == asked
        assert withdrawn <= proven
        spent: dict[tuple[UUID, int], set[int]] = {}
        for event in only(said, SeatsRealised):
            for one in event.seats:
                spent.setdefault((one.seat_id, one.attempt), set()).add(one.amount)
        assert all(len(amounts) == 1 for amounts in spent.values())

    def every_yes_has_one_entry(self, said: list[Event]) -> None:
        entry_of: dict[tuple[UUID, int], set[UUID]] = {}
        for event in only(said, SeatsReserved):
            for seat in event.seats:
                entry_of.setdefault((seat.seat_id, seat.attempt), set()).add(seat.entry_id)
        assert all(len(ids) == 1 for ids in entry_of.values())


def test_the_ledger_holds_under_anything_that_may_come(town: Town) -> None:
    Ledger.town = town
    run_state_machine_as_test(
        Ledger,
        settings=settings(max_examples=20, stateful_step_count=20),
    )
    with town.unit("budget") as unit:
        assert [fact for fact in audit(unit) if "broken" in fact] == []
