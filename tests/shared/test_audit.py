"""The audit joins facts of all services: each rule is broken here on purpose, and only that rule is reported."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.audit import REMEDIES, RULES, Report, join, lasting

NOW = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
OLD = (NOW - timedelta(hours=1)).isoformat()
FRESH = (NOW - timedelta(minutes=1)).isoformat()
LISTENERS = {"bangkom.enrolment.batch_closed.v1": frozenset({"budget", "surveys"})}


def seat(**differs: Any) -> dict[str, Any]:
    return {
        "fact": "seat",
        "seat_id": "s1",
        "attempt": 1,
        "state": "confirmed",
        "batch_id": "b1",
        "line_id": "l1",
        "amount": 500_000,
        "site": "moodle",
        "since": OLD,
        "deadline": None,
        "present": False,
        "progressed": False,
        **differs,
    }


def money(**differs: Any) -> dict[str, Any]:
    return {
        "fact": "seat_money",
        "seat_id": "s1",
        "attempt": 1,
        "line_id": "l1",
        "batch_id": "b1",
        "state": "reserved",
        "amount": 500_000,
        "since": OLD,
        **differs,
    }


def place(**differs: Any) -> dict[str, Any]:
    return {
        "fact": "place",
        "seat_id": "s1",
        "attempt": 1,
        "site": "moodle",
        "wanted": "enrolled",
        "actual": "enrolled",
        "since": OLD,
        **differs,
    }


def batch(**differs: Any) -> dict[str, Any]:
    return {"fact": "batch", "batch_id": "b1", "state": "open", "line_id": "l1", "fixed_cost": 1, "attempt": 1} | {
        "since": OLD,
        **differs,
    }


def batch_money(**differs: Any) -> dict[str, Any]:
    return {"fact": "batch_money", "batch_id": "b1", "attempt": 1, "state": "reserved", "amount": 1} | {
        "line_id": "l1",
        "since": OLD,
        **differs,
    }


def line(**differs: Any) -> dict[str, Any]:
    return {
        "fact": "line",
        "line_id": "l1",
        "effective": 100,
        "reserved": 30,
        "realised": 20,
        "available": 50,
        **differs,
    }


def decision(**differs: Any) -> dict[str, Any]:
    return {"fact": "decision", "finding_id": "f1", "kind": "level", "state": "open", "since": OLD, **differs}


def sent(**differs: Any) -> dict[str, Any]:
    return {"fact": "sent", "service": "enrolment", "event_id": "e1", "sent_at": OLD, **differs} | {
        "type": "bangkom.enrolment.batch_closed.v1"
    }


def claimed(service: str) -> dict[str, Any]:
    return {"fact": "claimed", "service": service, "event_id": "e1"}


SOUND = [
    seat(),
    money(),
    place(),
    batch(),
    batch_money(),
    line(),
    decision(),
    {"fact": "change", "finding_id": "f1", "outcome": "drafted", "version": 2},
    sent(),
    claimed("budget"),
    claimed("surveys"),
    {"fact": "outbox", "service": "budget", "unsent": 0, "parked": 0, "oldest": None},
]


def rules(facts: list[dict[str, Any]], **how: Any) -> list[str]:
    return [row["rule"] for row in join(facts, NOW, LISTENERS, **how).broken]


def test_a_sound_house_breaks_no_rule_and_counts_what_was_joined() -> None:
    assert join(SOUND, NOW, LISTENERS, settled=True) == Report(len(SOUND))


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ([seat(), place()], "seat.without_money"),
        ([seat(state="reserved"), money(state="released")], "seat.without_money"),
        ([seat(), money(attempt=2), place()], "seat.without_money"),
        ([seat(), money()], "seat.without_place"),
        ([seat(), money(), place(actual="unknown")], "seat.without_place"),
        ([seat(state="completed", site=None), money(state="realised")], "seat.completed_without_proof"),
        ([seat(state="completed", present=True), money()], "seat.money_unsettled"),
        ([seat(state="failed"), money()], "seat.money_unsettled"),
        ([seat(state="released"), money(state="released"), place()], "seat.place_left"),
        ([seat(state="releasing"), money()], "release.unproven"),
        ([money()], "money.without_seat"),
        ([seat(state="released"), money()], "money.without_seat"),
        ([seat(state="reserving", attempt=2), money()], "money.without_seat"),
        ([batch()], "batch.without_money"),
        ([batch(state="closed"), batch_money()], "batch.without_money"),
        ([batch(state="cancelled"), batch_money()], "batch.money_left"),
        ([line(available=51)], "line.unbalanced"),
        ([line(reserved=90, available=-10)], "line.unbalanced"),
        ([decision()], "change.forgotten"),
        ([decision(kind="trainer"), {"fact": "change", "finding_id": "f1"}], "change.forgotten"),
        ([sent(), claimed("budget")], "event.unclaimed"),
        ([{"fact": "dead", "service": "budget", "event_id": "e9"}], "event.dead"),
        ([{"fact": "outbox", "service": "budget", "unsent": 0, "parked": 1}], "outbox.parked"),
        ([{"broken": "seat.beyond_capacity", "batch_id": "b1"}], "seat.beyond_capacity"),
    ],
)
def test_each_broken_rule_is_reported_by_its_name(facts: list[dict[str, Any]], rule: str) -> None:
    found = rules(facts)
    assert rule in found
    assert set(found) <= set(RULES)


@pytest.mark.parametrize(
    "facts",
    [
        [seat(state="releasing", since=FRESH), money()],
        [seat(state="completed", since=FRESH, present=True), money()],
        [seat(state="released", since=FRESH), money(since=FRESH)],
        [batch(state="closed", since=FRESH), batch_money()],
        [decision(since=FRESH)],
        [sent(sent_at=FRESH), claimed("budget")],
        [{"fact": "outbox", "service": "budget", "unsent": 3, "parked": 0}],
    ],
)
def test_what_is_younger_than_its_deadline_breaks_nothing_until_the_house_is_settled(
    facts: list[dict[str, Any]],
) -> None:
    assert rules(facts) == []
    assert rules(facts, settled=True) != []


def test_an_event_in_the_dead_letters_of_a_listener_is_not_unclaimed_but_dead() -> None:
    buried = {"fact": "dead", "service": "surveys", "event_id": "e1"}
    assert rules([sent(), claimed("budget"), buried]) == ["event.dead"]


def test_a_row_that_was_only_on_its_way_while_the_services_were_asked_does_not_last() -> None:
    first = join([seat(), place()], NOW, LISTENERS)
    second = join([seat(), money(), place(), line(available=51)], NOW, LISTENERS)
    assert lasting(first, second).ok
    assert not lasting(second, second).ok


def test_every_rule_that_a_service_checks_alone_has_its_sentence() -> None:
    named = {
        rule
        for path in (Path(__file__).parents[2] / "services").rglob("*.py")
        for rule in re.findall(r'"broken": "([a-z_.]+)"', path.read_text(encoding="utf-8"))
    }
    assert len(named) >= 8
    assert named <= set(RULES)


def test_every_remedy_is_for_a_rule_that_exists() -> None:
    assert set(REMEDIES) <= set(RULES)
