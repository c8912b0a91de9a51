"""What an auditor sees, what is explained, what is said again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.budget.app import SERVICE
from shared.events import Event
from shared.events.budget import (
    BatchMoneyReleased,
    BatchRealised,
    BatchRefused,
    BatchReserved,
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
    Ears,
    a_line,
    approved,
    cancelled,
    closed,
    completed,
    document,
    entries,
    opened,
    outbox,
    released,
    row,
    seats,
)
from tests.town import Town, only

Hear = Callable[..., list[Event]]


@pytest.fixture
def hear(town: Town) -> Hear:
    return Ears(town)


def facts(town: Town) -> list[dict[str, Any]]:
    assert SERVICE.audit is not None
    with town.unit("budget") as unit:
        return list(SERVICE.audit(unit))


def explained(town: Town, thing: UUID) -> list[dict[str, Any]]:
    assert SERVICE.explain is not None
    with town.unit("budget") as unit:
        return list(SERVICE.explain(unit, thing))


def said_again(town: Town, kind: str, *ids: UUID) -> tuple[int, list[Event]]:
    assert SERVICE.say_again is not None
    before = len(outbox(town))
    with town.unit("budget") as unit:
        count = SERVICE.say_again(unit, kind, ids)
    return count, outbox(town)[before:]


def test_the_facts_name_each_seats_money_each_batchs_and_each_line(town: Town, hear: Hear) -> None:
    line_id, batch = a_line(town, 1000), new_id()
    held, spent, gone, refused, unheard, refused_and_gone = seats(6)
    hear(
        opened(line_id, batch, 300),
        approved(line_id, held, spent, gone, batch_id=batch),
        approved(line_id, refused, refused_and_gone, amount=9999, batch_id=batch),
        completed(line_id, spent, batch_id=batch),
        released(line_id, gone, unheard, refused_and_gone, batch_id=batch),
    )

    found = facts(town)

    money = {fact["seat_id"]: (fact["state"], fact["amount"]) for fact in found if fact["fact"] == "seat_money"}
    assert money == {
        str(held): ("reserved", 100),
        str(spent): ("realised", 100),
        str(gone): ("released", 100),
        str(refused): ("refused", 9999),
        str(unheard): ("released", 0),
        str(refused_and_gone): ("released", 0),
    }
    [fixed] = [fact for fact in found if fact["fact"] == "batch_money"]
    assert (fixed["batch_id"], fixed["attempt"], fixed["state"], fixed["amount"]) == (str(batch), 1, "reserved", 300)
    [line] = [fact for fact in found if fact["fact"] == "line"]
    assert line["effective"] == line["reserved"] + line["realised"] + line["available"] == 1000
    assert all(isinstance(fact["since"], str) for fact in found if fact["fact"] != "line")


def test_a_batch_cancelled_before_its_opening_is_a_released_fact(town: Town, hear: Hear) -> None:
    batch = new_id()
    hear(cancelled(new_id(), batch))

    [fact] = facts(town)

    assert (fact["fact"], fact["batch_id"], fact["state"], fact["amount"]) == ("batch_money", str(batch), "released", 0)


def test_a_balance_that_is_not_the_sum_of_its_ledger_is_broken(town: Town, hear: Hear) -> None:
    line_id = a_line(town, 1000)
    hear(approved(line_id, new_id()))
    assert [fact for fact in facts(town) if "broken" in fact] == []

    with town.unit("budget") as unit:
        unit.db.execute(text("UPDATE line SET reserved = reserved + 1"))

    [broken] = [fact for fact in facts(town) if "broken" in fact]
    assert broken["broken"] == "budget.line_off_ledger"
    assert broken["sums"] == {"reserved": {"ledger": 100, "line": 101}}


@pytest.mark.parametrize("state", ["released", "realised"])
def test_a_claim_whose_entries_say_otherwise_is_broken(town: Town, hear: Hear, state: str) -> None:
    line_id, seat = a_line(town, 1000), new_id()
    hear(approved(line_id, seat))

    with town.unit("budget") as unit:
        unit.db.execute(text("UPDATE claim SET state = :state"), {"state": state})

    [broken] = [fact for fact in facts(town) if "broken" in fact]
    assert (broken["broken"], broken["seat_id"]) == ("budget.claim_without_entries", str(seat))


def test_what_happened_to_a_line_a_seat_and_a_batch_is_told_in_order(town: Town, hear: Hear) -> None:
    line_id, batch, seat = a_line(town, 1000), new_id(), new_id()
    document(town, row(1200), kind="pergeseran", number="7")
    hear(opened(line_id, batch, 300))
    hear(approved(line_id, seat, amount=5000, batch_id=batch))
    town.travel(hours=1)
    hear(approved(line_id, seat, attempt=2, batch_id=batch))
    town.travel(hours=1)
    hear(released(line_id, seat, attempt=2, batch_id=batch))
    hear(cancelled(line_id, batch))

    line = [told["what"]["id"] for told in explained(town, line_id)]
    assert line == [
        "Rp1.000 pagu murni ditetapkan",
        "Rp200 bergeser oleh pergeseran",
        "Rp300 dipesan",
        "Rp100 dipesan",
        "Rp100 dilepas",
        "Rp300 dilepas",
    ]
    assert explained(town, line_id)[1]["document"] == "PERGESERAN 7"
    of_seat = explained(town, seat)
    assert [told["what"]["en"] for told in of_seat] == [
        "Money for the seat was refused: Rp900 is left, not enough for Rp5.000.",
        "Rp100 was reserved",
        "Rp100 was released",
        "The seat was given up; Rp100 became free",
    ]
    assert of_seat[0]["code"] == "budget.exhausted"
    of_batch = [told["what"]["id"] for told in explained(town, batch)]
    assert of_batch == ["Rp300 dipesan", "Rp300 dilepas", "Angkatan dibatalkan; Rp300 bebas kembali"]
    assert explained(town, new_id()) == []


def test_answers_about_seats_are_said_again_from_what_is_stored(town: Town, hear: Hear) -> None:
    line_id, batch = a_line(town, 1000), new_id()
    held, spent, gone, refused, unheard = seats(5)
    first = hear(approved(line_id, held, spent, gone, batch_id=batch))
    hear(
        approved(line_id, refused, amount=9999, batch_id=batch),
        completed(line_id, spent, batch_id=batch),
        released(line_id, gone, unheard, batch_id=batch),
    )
    booked = entries(town)

    count, said = said_again(town, "seat", held, spent, gone, refused, unheard, new_id())

    assert count == 5
    assert entries(town) == booked
    [reserved], [no], [proof], [realised] = (
        only(said, kind) for kind in (SeatsReserved, SeatsRefused, SeatsMoneyReleased, SeatsRealised)
    )
    assert reserved.seats == tuple(seat for seat in only(first, SeatsReserved)[0].seats if seat.seat_id == held)
    assert [(seat.seat_id, seat.code) for seat in no.seats] == [(refused, "budget.exhausted")]
    assert set(proof.seats) == {
        SettledSeat(seat_id=gone, attempt=1, amount=100),
        SettledSeat(seat_id=unheard, attempt=1, amount=0),
    }
    assert realised.seats == (SettledSeat(seat_id=spent, attempt=1, amount=100),)
    assert only(said, MoneyFreed) == only(said, ThresholdCrossed) == []


def test_answers_about_batches_are_said_again(town: Town, hear: Hear) -> None:
    line_id = a_line(town, 1000)
    held, spent, gone, refused = seats(4)
    hear(*(opened(line_id, batch, 100) for batch in (held, spent, gone)), opened(line_id, refused, 9999))
    hear(closed(line_id, spent), cancelled(line_id, gone))

    count, said = said_again(town, "batch", held, spent, gone, refused)

    assert count == 4
    kinds = (BatchReserved, BatchRealised, BatchMoneyReleased, BatchRefused)
    assert [[event.batch_id for event in only(said, kind)] for kind in kinds] == [[held], [spent], [gone], [refused]]
    assert only(said, BatchMoneyReleased)[0].amount == 100


def test_another_kind_is_not_budgets_to_say(town: Town) -> None:
    assert said_again(town, "finding", new_id()) == (0, [])
