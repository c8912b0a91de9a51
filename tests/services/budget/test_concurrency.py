"""Two workers on one line never sell a rupiah twice; crossing questions and withdrawals never leave money behind."""

import random
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import pytest

from services.budget.domain.documents import DPPA
from services.budget.domain.ledger import Balance
from services.budget.handlers import documents
from services.budget.handlers.documents import Paper
from services.budget.store.ledger import lock_lines
from shared.errors import NotYet
from shared.events import Event
from shared.events.budget import BatchRefused, BatchReserved, SeatsRefused, SeatsReserved
from shared.ids import new_id
from tests.services.budget.givens import (
    SOON,
    a_line,
    approved,
    balance,
    codes,
    completed,
    document,
    entries,
    opened,
    outbox,
    released,
    row,
    seats,
)
from tests.town import Town, only, together


def telling(town: Town, event: Event) -> Callable[[], None]:
    def tell() -> None:
        with town.unit("budget") as unit:
            town.services["budget"].subscriptions[type(event)](unit, event)

    return tell


def test_threads_that_reserve_on_one_line_never_oversell(town: Town) -> None:
    line_id = a_line(town, 100 * 37)
    events = [approved(line_id, *seats(5)) for _ in range(4)] + [approved(line_id, *seats(3)) for _ in range(8)]

    for first in range(0, len(events), 4):
        together(*(telling(town, event) for event in events[first : first + 4]))

    assert balance(town, line_id) == Balance(original=3700, reserved=3700)
    assert sum(len(event.seats) for event in only(outbox(town), SeatsReserved)) == 37


@pytest.mark.parametrize("seed", range(3))
def test_the_last_rupiah_is_promised_once_whatever_moves_on_the_line_at_the_same_moment(town: Town, seed: int) -> None:
    line_id, batch, held = a_line(town, 1000), new_id(), list(seats(5))
    town.hear("budget", approved(line_id, *held, batch_id=batch))
    questions = [approved(line_id, *seats(3), amounts=(70, 30, 1)) for _ in range(5)]
    questions += [approved(line_id, *seats(2), amounts=(1, 300)), approved(line_id, new_id(), amount=99)]
    openings = [opened(line_id, new_id(), cost) for cost in (150, 1)]
    told = [*questions, *openings, released(line_id, *held[:2], batch_id=batch)]
    told += [completed(line_id, *held[2:4], batch_id=batch)]
    said_twice = [*told, *told]
    random.Random(seed).shuffle(said_twice)

    def amend() -> None:
        document(town, row(1101), kind=DPPA, number="2")

    together(*(telling(town, event) for event in said_twice), amend)

    at_last, said = balance(town, line_id), outbox(town, line_id)
    assert (at_last.effective, at_last.realised) == (1101, 200)
    assert min(at_last.reserved, at_last.available) >= 0
    sums = Counter[str]()
    for entry in entries(town, line_id):
        sums[entry.kind] += entry.amount
    assert at_last.reserved == sums["reserve"] - sums["release"] - sums["realise"]
    assert (sums["release"], sums["realise"]) == (200, 200)
    yes = {one.seat_id: one.amount for event in only(said, SeatsReserved) for one in event.seats}
    no = {one.seat_id: one for event in only(said, SeatsRefused) for one in event.seats}
    assert yes.keys() | no.keys() == {*held} | {one.seat_id for question in questions for one in question.seats}
    assert not yes.keys() & no.keys()
    promised = {event.batch_id: event.amount for event in only(said, BatchReserved)}
    refusals = {event.batch_id: event for event in only(said, BatchRefused)}
    assert promised.keys() | refusals.keys() == {event.batch_id for event in openings}
    assert not promised.keys() & refusals.keys()
    assert sum(yes.values()) + sum(promised.values()) == sums["reserve"]
    assert no
    for refusal in [*no.values(), *refusals.values()]:
        assert refusal.code == "budget.exhausted"
        assert refusal.asked > refusal.available >= 0


def test_the_same_question_in_two_threads_is_booked_once(town: Town) -> None:
    line_id = a_line(town, 10_000)
    question = approved(line_id, *seats(20))

    together(*[telling(town, question)] * 4)

    assert balance(town, line_id).reserved == 2000
    answers = only(outbox(town), SeatsReserved)
    assert len(answers) == 4
    assert len({event.seats for event in answers}) == 1


def test_a_release_that_crosses_its_question_leaves_no_money_behind(town: Town) -> None:
    line_id, other = a_line(town, 10_000), a_line(town, 10_000, "DAU")
    for line_of_release in (line_id, other, new_id()):
        for _ in range(5):
            who, batch = list(seats(5)), new_id()
            together(
                telling(town, approved(line_id, *who, batch_id=batch)),
                telling(town, released(line_of_release, *who, batch_id=batch)),
            )
    assert balance(town, line_id) == Balance(original=10_000)


def test_a_question_for_a_line_that_is_being_imported_waits_for_it(town: Town) -> None:
    paper = Paper("dpa", SOON.date())
    line_id = documents.line_id(codes())
    with town.unit("budget") as importing:
        [weighing] = documents.weigh(importing, paper, [row(500)])
        documents.book(importing, paper, weighing)
        town.hear("budget", approved(line_id, new_id()))
        assert len(town.waiting()) == 1
    town.run()
    assert balance(town, line_id) == Balance(original=500, reserved=100)


def test_lines_are_locked_in_one_order_whatever_the_order_asked(town: Town) -> None:
    ids = [a_line(town, 1, fund) for fund in ("PAD", "DAU", "DAK", "DBH")]

    def lock(order: list[UUID]) -> Callable[[], None]:
        def run() -> None:
            for _ in range(20):
                with town.unit("budget") as unit:
                    lock_lines(unit.db, order)

        return run

    together(lock(list(ids)), lock(list(reversed(ids))), lock(ids[2:] + ids[:2]))


def test_an_unknown_line_is_refused_at_once_where_nothing_is_being_imported(town: Town) -> None:
    with town.unit("budget") as unit:
        try:
            found = lock_lines(unit.db, [new_id()])
        except NotYet:
            raise AssertionError("nothing is being imported") from None
    assert found == {}
