"""The fixed part of a batch."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.budget.domain.ledger import Balance
from shared.events import Event
from shared.events.budget import BatchMoneyReleased, BatchRealised, BatchRefused, BatchReserved, MoneyFreed
from shared.events.enrolment import BatchChanged
from shared.ids import new_id
from tests.services.budget.givens import YEAR, Ears, a_line, balance, cancelled, closed, entries, opened
from tests.town import Town, only

Hear = Callable[..., list[Event]]


@pytest.fixture
def hear(town: Town) -> Hear:
    return Ears(town)


def test_the_fixed_cost_is_reserved_once_and_answered_again(town: Town, hear: Hear) -> None:
    line_id, batch = a_line(town, 1000), new_id()

    [first] = only(hear(opened(line_id, batch, 400)), BatchReserved)
    [again] = only(hear(opened(line_id, batch, 400)), BatchReserved)

    assert first == again
    assert (first.amount, first.attempt) == (400, 1)
    assert balance(town, line_id) == Balance(original=1000, reserved=400)


def test_a_batch_without_fixed_cost_is_answered_too(town: Town, hear: Hear) -> None:
    line_id = a_line(town, 0)

    [reserved] = only(hear(opened(line_id, new_id(), 0)), BatchReserved)

    assert reserved.amount == 0


def test_a_refused_batch_asks_again_with_a_higher_attempt_in_a_change(town: Town, hear: Hear) -> None:
    line_id, batch = a_line(town, 300), new_id()

    [refused] = only(hear(opened(line_id, batch, 400)), BatchRefused)
    assert (refused.code, refused.asked, refused.available) == ("budget.exhausted", 400, 300)
    assert refused.help_role == "budget_officer"

    asking = opened(line_id, batch, 250, attempt=2).batch
    [reserved] = only(hear(BatchChanged(batch_id=batch, batch=replace(asking, rev=2))), BatchReserved)
    assert reserved.attempt == 2
    [stale] = only(hear(opened(line_id, batch, 400)), BatchRefused)
    assert stale.attempt == 1
    assert balance(town, line_id) == Balance(original=300, reserved=250)


def test_a_batch_that_moves_to_another_line_gives_the_first_lines_money_back(town: Town, hear: Hear) -> None:
    one, other, batch = a_line(town, 500), a_line(town, 500, "DAU"), new_id()
    hear(opened(one, batch, 400))

    said = hear(opened(other, batch, 400, attempt=2))

    assert [event.line_id for event in only(said, BatchReserved)] == [other]
    assert only(said, MoneyFreed) == [MoneyFreed(line_id=one, amount=400)]
    assert balance(town, one) == Balance(original=500)
    assert balance(town, other) == Balance(original=500, reserved=400)


@pytest.mark.parametrize(("known", "year", "code"), [(False, YEAR, "no_line"), (True, YEAR + 1, "wrong_year")])
def test_a_line_that_does_not_fit_refuses(town: Town, hear: Hear, known: bool, year: int, code: str) -> None:
    line_id = a_line(town, 500) if known else new_id()

    [refused] = only(hear(opened(line_id, new_id(), 1, year=year)), BatchRefused)

    assert refused.code == f"budget.{code}"


def test_a_cancelled_batch_frees_its_fixed_part_and_proves_it_on_repeat(town: Town, hear: Hear) -> None:
    line_id, batch = a_line(town, 1000), new_id()
    hear(opened(line_id, batch, 400))

    said = hear(cancelled(line_id, batch))
    again = hear(cancelled(line_id, batch))

    proof = BatchMoneyReleased(line_id=line_id, batch_id=batch, amount=400)
    assert only(said, BatchMoneyReleased) == only(again, BatchMoneyReleased) == [proof]
    assert only(said, MoneyFreed) == [MoneyFreed(line_id=line_id, amount=400)]
    assert only(again, MoneyFreed) == []
    assert balance(town, line_id) == Balance(original=1000)


def test_a_cancellation_that_overtakes_the_opening_is_remembered(town: Town, hear: Hear) -> None:
    line_id, batch = a_line(town, 1000), new_id()

    [proof] = only(hear(cancelled(line_id, batch)), BatchMoneyReleased)
    [refused] = only(hear(opened(line_id, batch, 400, attempt=3)), BatchRefused)

    assert proof.amount == 0
    assert refused.code == "batch.withdrawn"
    assert len(entries(town, line_id)) == 1


def test_a_closed_batch_spends_its_fixed_part_once(town: Town, hear: Hear) -> None:
    line_id, batch = a_line(town, 1000), new_id()
    hear(opened(line_id, batch, 400))

    first = only(hear(closed(line_id, batch)), BatchRealised)
    again = only(hear(closed(line_id, batch)), BatchRealised)

    assert first == again == [BatchRealised(line_id=line_id, batch_id=batch, amount=400)]
    assert balance(town, line_id) == Balance(original=1000, realised=400)


def test_a_closing_that_overtakes_its_opening_waits_also_when_an_earlier_attempt_was_refused(
    town: Town, hear: Hear
) -> None:
    line_id, batch = a_line(town, 300), new_id()
    town.hear("budget", closed(line_id, batch))
    assert len(town.waiting()) == 1

    hear(opened(line_id, batch, 400))
    town.run()
    assert len(town.waiting()) == 1

    hear(opened(line_id, batch, 250, attempt=2))
    town.run()
    assert town.waiting() == []
    assert balance(town, line_id) == Balance(original=300, realised=250)


def test_a_batch_that_was_closed_and_cancelled_keeps_what_happened_first(town: Town, hear: Hear) -> None:
    line_id, batch = a_line(town, 1000), new_id()
    hear(opened(line_id, batch, 400), cancelled(line_id, batch))

    [realised] = only(hear(closed(line_id, batch)), BatchRealised)

    assert realised.amount == 0
    assert balance(town, line_id) == Balance(original=1000)
