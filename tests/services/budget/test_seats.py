"""The money of seats: answered in order, released with proof, realised, the same however often it is asked."""

from collections.abc import Callable

import pytest
from sqlalchemy import event as sql_event

from services.budget.domain.ledger import Balance
from shared.errors import NotYet
from shared.events import Event
from shared.events.budget import (
    MoneyFreed,
    SeatsMoneyReleased,
    SeatsRealised,
    SeatsRefused,
    SeatsReserved,
    SettledSeat,
    ThresholdCrossed,
)
from shared.ids import new_id
from tests.services.budget.givens import (
    YEAR,
    Ears,
    a_line,
    approved,
    balance,
    completed,
    document,
    entries,
    failed,
    released,
    row,
    seats,
)
from tests.town import Town, only

Hear = Callable[..., list[Event]]


@pytest.fixture
def hear(town: Town) -> Hear:
    return Ears(town)


def test_every_seat_is_answered_in_the_order_given_as_many_as_fit(town: Town, hear: Hear) -> None:
    line_id, (first, large, small) = a_line(town, 300), seats(3)

    said = hear(approved(line_id, first, large, small, amounts=[200, 150, 100]))

    [reserved], [refused] = only(said, SeatsReserved), only(said, SeatsRefused)
    assert [(seat.seat_id, seat.amount) for seat in reserved.seats] == [(first, 200), (small, 100)]
    [no] = refused.seats
    assert (no.seat_id, no.code, no.asked, no.available) == (large, "budget.exhausted", 150, 100)
    assert refused.help_role == "budget_officer"
    assert balance(town, line_id) == Balance(original=300, reserved=300)


def test_a_repeat_is_answered_from_the_stored_result_with_the_same_entries(town: Town, hear: Hear) -> None:
    line_id, (one, other) = a_line(town, 100), seats(2)
    question = approved(line_id, one, other)

    first = hear(question)
    again = hear(question)

    assert [event for event in again if not isinstance(event, ThresholdCrossed)] == [
        event for event in first if not isinstance(event, ThresholdCrossed)
    ]
    assert len(entries(town, line_id)) == 2
    assert balance(town, line_id).reserved == 100


def test_a_seat_twice_in_one_question_is_asked_once(town: Town, hear: Hear) -> None:
    line_id, seat = a_line(town, 1000), new_id()

    [reserved] = only(hear(approved(line_id, seat, seat)), SeatsReserved)

    assert [one.seat_id for one in reserved.seats] == [seat]
    assert balance(town, line_id).reserved == 100


def test_an_unknown_line_refuses_and_a_new_attempt_succeeds_once_it_is_known(town: Town, hear: Hear) -> None:
    line_id, seat, batch = new_id(), new_id(), new_id()

    [refused] = only(hear(approved(line_id, seat, batch_id=batch)), SeatsRefused)
    assert [one.code for one in refused.seats] == ["budget.no_line"]

    known = a_line(town, 500)
    [reserved] = only(hear(approved(known, seat, attempt=2, batch_id=batch)), SeatsReserved)
    assert [(one.seat_id, one.attempt) for one in reserved.seats] == [(seat, 2)]


def test_a_line_of_another_year_refuses(town: Town, hear: Hear) -> None:
    line_id = a_line(town, 500)

    [refused] = only(hear(approved(line_id, new_id(), year=YEAR + 1)), SeatsRefused)

    assert [one.code for one in refused.seats] == ["budget.wrong_year"]


def test_a_seat_that_costs_nothing_is_reserved_too(town: Town, hear: Hear) -> None:
    line_id = a_line(town, 0)

    [reserved] = only(hear(approved(line_id, new_id(), amount=0)), SeatsReserved)

    assert [one.amount for one in reserved.seats] == [0]


def test_a_release_frees_the_money_and_proves_it_again_when_it_is_repeated(town: Town, hear: Hear) -> None:
    line_id, seat = a_line(town, 1000), new_id()
    hear(approved(line_id, seat))

    said = hear(released(line_id, seat))
    [proof] = only(said, SeatsMoneyReleased)
    assert proof.seats == (SettledSeat(seat_id=seat, attempt=1, amount=100),)
    assert only(said, MoneyFreed) == [MoneyFreed(line_id=line_id, amount=100)]

    said = hear(released(line_id, seat))
    [again] = only(said, SeatsMoneyReleased)
    assert again.seats == proof.seats
    assert only(said, MoneyFreed) == []
    assert balance(town, line_id) == Balance(original=1000)


def test_a_release_that_overtakes_its_reserve_is_remembered(town: Town, hear: Hear) -> None:
    line_id, seat, batch = a_line(town, 1000), new_id(), new_id()

    [proof] = only(hear(released(line_id, seat, attempt=2, batch_id=batch)), SeatsMoneyReleased)
    assert proof.seats == (SettledSeat(seat_id=seat, attempt=2, amount=0),)

    for attempt in (2, 1):
        [refused] = only(hear(approved(line_id, seat, attempt=attempt, batch_id=batch)), SeatsRefused)
        assert [one.code for one in refused.seats] == ["seat.withdrawn"]
    [reserved] = only(hear(approved(line_id, seat, attempt=3, batch_id=batch)), SeatsReserved)
    assert [one.attempt for one in reserved.seats] == [3]


def test_a_question_repeated_after_its_release_is_withdrawn(town: Town, hear: Hear) -> None:
    line_id, seat = a_line(town, 1000), new_id()
    hear(approved(line_id, seat), released(line_id, seat))

    said = hear(approved(line_id, seat))

    assert only(said, SeatsReserved) == []
    assert [one.code for one in only(said, SeatsRefused)[0].seats] == ["seat.withdrawn"]
    assert balance(town, line_id) == Balance(original=1000)


def test_a_release_of_a_later_attempt_frees_what_an_earlier_one_holds(town: Town, hear: Hear) -> None:
    line_id, seat = a_line(town, 1000), new_id()
    hear(approved(line_id, seat))

    [proof] = only(hear(released(line_id, seat, attempt=2)), SeatsMoneyReleased)

    assert proof.seats == (SettledSeat(seat_id=seat, attempt=2, amount=100),)
    assert balance(town, line_id) == Balance(original=1000)


def test_a_higher_attempt_takes_the_place_of_a_lower_one_so_that_no_seat_holds_money_twice(
    town: Town, hear: Hear
) -> None:
    line_id, seat = a_line(town, 150), new_id()
    hear(approved(line_id, seat))

    [reserved] = only(hear(approved(line_id, seat, attempt=2)), SeatsReserved)

    assert [one.attempt for one in reserved.seats] == [2]
    assert balance(town, line_id) == Balance(original=150, reserved=100)
    [late] = only(hear(approved(line_id, seat)), SeatsRefused)
    assert [one.code for one in late.seats] == ["seat.withdrawn"]


def test_a_completed_seat_spends_its_money_once(town: Town, hear: Hear) -> None:
    line_id, seat = a_line(town, 1000), new_id()
    hear(approved(line_id, seat))

    [first] = only(hear(completed(line_id, seat)), SeatsRealised)
    [again] = only(hear(completed(line_id, seat)), SeatsRealised)

    assert first.seats == again.seats == (SettledSeat(seat_id=seat, attempt=1, amount=100),)
    assert balance(town, line_id) == Balance(original=1000, realised=100)
    [repeat] = only(hear(approved(line_id, seat)), SeatsReserved)
    assert [one.seat_id for one in repeat.seats] == [seat]


def test_a_completion_that_overtakes_its_reserve_waits(town: Town, hear: Hear) -> None:
    line_id, seat, other = a_line(town, 1000), new_id(), new_id()
    hear(approved(line_id, seat))
    with town.unit("budget") as unit, pytest.raises(NotYet):
        town.services["budget"].subscriptions[type(completed(line_id))](unit, completed(line_id, seat, other))

    town.hear("budget", completed(line_id, seat, other))
    assert [letter.tries for letter in town.waiting()] == [1]
    assert balance(town, line_id) == Balance(original=1000, reserved=100)

    hear(approved(line_id, other))
    town.run()
    assert balance(town, line_id) == Balance(original=1000, realised=200)
    assert town.waiting() == []


def test_spent_money_is_not_freed_by_a_late_release(town: Town, hear: Hear) -> None:
    line_id, seat = a_line(town, 1000), new_id()
    hear(approved(line_id, seat), completed(line_id, seat))

    [proof] = only(hear(released(line_id, seat)), SeatsMoneyReleased)

    assert proof.seats == (SettledSeat(seat_id=seat, attempt=1, amount=0),)
    assert balance(town, line_id) == Balance(original=1000, realised=100)


def test_a_refused_or_released_seat_has_nothing_to_spend(town: Town, hear: Hear) -> None:
    line_id, (refused, gone) = a_line(town, 100), seats(2)
    hear(approved(line_id, gone), approved(line_id, refused), released(line_id, gone))

    [realised] = only(hear(completed(line_id, refused, gone)), SeatsRealised)

    assert [seat.amount for seat in realised.seats] == [0, 0]
    assert balance(town, line_id) == Balance(original=100)


def test_a_failed_seat_spends_or_frees_by_the_policy_of_its_batch(town: Town, hear: Hear) -> None:
    line_id, (kept, freed) = a_line(town, 1000), seats(2)
    hear(approved(line_id, kept, freed))

    said = hear(failed(line_id, kept, freed, spent=[True, False]))

    assert [seat.seat_id for seat in only(said, SeatsRealised)[0].seats] == [kept]
    assert [seat.seat_id for seat in only(said, SeatsMoneyReleased)[0].seats] == [freed]
    assert balance(town, line_id) == Balance(original=1000, realised=100)


def test_thresholds_are_told_when_they_are_crossed_upwards_once_for_each_crossing(town: Town, hear: Hear) -> None:
    line_id, (one, two, three) = a_line(town, 1000), seats(3)

    assert only(hear(approved(line_id, one, amount=799)), ThresholdCrossed) == []
    [at_80] = only(hear(approved(line_id, two, amount=1)), ThresholdCrossed)
    assert (at_80.percent, at_80.effective, at_80.used, at_80.year) == (80, 1000, 800, YEAR)
    [at_95] = only(hear(approved(line_id, three, amount=200)), ThresholdCrossed)
    assert at_95.percent == 95
    assert only(hear(completed(line_id, one)), ThresholdCrossed) == []
    assert only(hear(released(line_id, two, three)), ThresholdCrossed) == []
    both = only(hear(approved(line_id, two, three, attempt=2, amounts=[1, 200])), ThresholdCrossed)
    assert [event.percent for event in both] == [80, 95]


def test_money_that_a_document_adds_is_told_so_that_refused_seats_try_again(town: Town, hear: Hear) -> None:
    line_id, seat = a_line(town, 50), new_id()
    hear(approved(line_id, seat))

    document(town, row(500), kind="dppa")

    said = town.run()
    assert MoneyFreed(line_id=line_id, amount=450) in only(said, MoneyFreed)
    [reserved] = only(hear(approved(line_id, seat, attempt=2)), SeatsReserved)
    assert [one.seat_id for one in reserved.seats] == [seat]


def test_five_hundred_seats_are_a_few_statements(town: Town, hear: Hear) -> None:
    line_id, everyone = a_line(town, 100 * 499), list(seats(500))
    statements: list[str] = []
    engine = town.engines["budget"]

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sql_event.listen(engine, "before_cursor_execute", count)
    try:
        batch = new_id()
        town.hear("budget", approved(line_id, *everyone, batch_id=batch))
        asked = len(statements)
        town.hear("budget", completed(line_id, *everyone[:250], batch_id=batch))
        town.hear("budget", released(line_id, *everyone[250:], batch_id=batch))
    finally:
        sql_event.remove(engine, "before_cursor_execute", count)
    assert asked <= 15
    assert len(statements) <= 40
    assert balance(town, line_id) == Balance(original=49_900, realised=25_000)
