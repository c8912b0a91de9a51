"""Calls to the outside: one slow or broken target delays only itself, and no answer is lost."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text

from shared.effects import EffectWorker, Pace
from shared.ids import new_id
from shared.outbox import emit
from shared.service import Effect, EffectKind, Outcome
from shared.unit import Unit, unit_of
from tests.shared.bus.fixtures import until
from tests.shared.bus.toys import ASK, TOY_ASK, Asked, Item, count

Call = Callable[[str, Sequence[Effect]], Sequence[Outcome]]
EFFECT = ASK.tables["effect"]
PACE = Pace(at_once=3, lease=30, look_every=0.01, first=0.05, longest=0.2)


def want(engine: Engine, target: str, many: int = 1) -> None:
    with unit_of(engine, "toyask") as unit:
        unit.db.execute(
            insert(EFFECT),
            [{"effect_id": new_id(), "kind": "call", "target": target, "data": {"n": at}} for at in range(many)],
        )


def settle(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
    for effect, _ in settled:
        emit(unit.db, Asked(topic=effect.target, things=(Item(item_id=effect.effect_id),)))


@pytest.fixture
def says(toy_engines: dict[str, Engine]) -> Engine:
    return toy_engines["toyask"]


@pytest.fixture
def work(says: Engine) -> Iterator[Callable[..., EffectWorker]]:
    started: list[EffectWorker] = []

    def start(call: Call, pace: Pace = PACE, settling: Any = settle, **more: Any) -> EffectWorker:
        service = replace(TOY_ASK, effects=(EffectKind("call", call, settling, **more),))
        made = EffectWorker(service, says, pace)
        made.start()
        started.append(made)
        return made

    yield start
    for each in started:
        each.stop()
    assert all(each.join(10) for each in started)


def good(target: str, effects: Sequence[Effect]) -> list[Outcome]:
    return [Outcome(effect.effect_id, True) for effect in effects]


def test_effects_are_called_and_settled_together_with_what_is_said(
    says: Engine, work: Callable[..., EffectWorker]
) -> None:
    want(says, "a", 70)
    want(says, "b", 5)
    work(good)
    until(lambda: count(says, "effect", "done_at IS NOT NULL") == 75)
    assert count(says, "outbox") == 75
    assert count(says, "effect", "attempts <> 1") == 0


def test_a_call_that_is_done_forgets_what_it_said_and_an_open_one_does_not(
    says: Engine, work: Callable[..., EffectWorker]
) -> None:
    def call(target: str, effects: Sequence[Effect]) -> list[Outcome]:
        return [Outcome(effect.effect_id, effect.data["n"] > 0, error="busy") for effect in effects]

    settled: list[Any] = []

    def settling(unit: Unit, done: Sequence[tuple[Effect, Outcome]]) -> None:
        settled.extend(effect.data["n"] for effect, _ in done)

    want(says, "a", 3)
    work(call, settling=settling)
    until(lambda: count(says, "effect", "done_at IS NOT NULL") == 2)
    until(lambda: count(says, "effect", "attempts > 1") == 1)
    assert sorted(settled) == [1, 2]
    assert count(says, "effect", "done_at IS NOT NULL AND data = '{}'") == 2
    assert count(says, "effect", """done_at IS NULL AND data = '{"n": 0}'""") == 1


def test_what_waits_for_the_same_target_goes_on_as_soon_as_a_call_ends(
    says: Engine, work: Callable[..., EffectWorker]
) -> None:
    want(says, "a", 20)
    # A look that was waited for between two calls would come long after `until` has given up.
    work(good, replace(PACE, look_every=600.0, most=2))
    until(lambda: count(says, "effect", "done_at IS NULL") == 0)


def test_a_worker_that_waits_for_its_next_look_stops_at_once(says: Engine, work: Callable[..., EffectWorker]) -> None:
    want(says, "a")
    made = work(good, replace(PACE, look_every=600.0))
    until(lambda: count(says, "effect", "done_at IS NULL") == 0)
    made.stop()
    assert made.join(10)


def test_a_slow_target_delays_only_itself(says: Engine, work: Callable[..., EffectWorker]) -> None:
    release = threading.Event()
    calls: list[str] = []

    def call(target: str, effects: Sequence[Effect]) -> list[Outcome]:
        calls.append(target)
        if target == "slow":
            release.wait(30)
        return good(target, effects)

    want(says, "slow", 60)
    work(call)
    until(lambda: calls == ["slow"])
    for target in ("a", "b", "c", "d"):
        want(says, target, 10)
    until(lambda: count(says, "effect", "done_at IS NOT NULL") == 40)
    assert calls.count("slow") == 1
    release.set()
    until(lambda: count(says, "effect", "done_at IS NULL") == 0)


def test_a_broken_target_is_tried_again_and_the_row_says_why(says: Engine, work: Callable[..., EffectWorker]) -> None:
    broken = [True]
    attempts: list[int] = []

    def call(target: str, effects: Sequence[Effect]) -> list[Outcome]:
        attempts.extend(effect.attempts for effect in effects)
        if broken[0]:
            raise ConnectionError("no route to the LMS")
        return good(target, effects)

    want(says, "broken")
    work(call)
    until(lambda: count(says, "effect", "attempts >= 3 AND last_error = 'ConnectionError'") == 1)
    assert count(says, "outbox") == 0
    broken[0] = False
    until(lambda: count(says, "outbox") == 1)
    assert attempts[:3] == [0, 1, 2]


def test_one_target_has_one_call_in_flight_whoever_makes_it(says: Engine, work: Callable[..., EffectWorker]) -> None:
    inside, most = [0], [0]
    lock = threading.Lock()

    def call(target: str, effects: Sequence[Effect]) -> list[Outcome]:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        threading.Event().wait(0.005)
        with lock:
            inside[0] -= 1
        return good(target, effects)

    want(says, "one", 60)
    for _ in range(3):
        work(call, replace(PACE, most=5))
    until(lambda: count(says, "effect", "done_at IS NULL") == 0)
    assert most[0] == 1


def test_a_worker_that_died_in_a_call_is_followed_after_its_lease(
    says: Engine, work: Callable[..., EffectWorker]
) -> None:
    want(says, "left")
    with says.begin() as connection:
        connection.execute(text("UPDATE effect SET attempts = 1, leased_until = now() + interval '0.3 s'"))
    work(good)
    until(lambda: count(says, "effect", "done_at IS NOT NULL") == 1)
    assert count(says, "effect", "done_at >= leased_until") == 0
    assert count(says, "outbox") == 1


@pytest.mark.parametrize("asked_to_stop", [False, True])
def test_a_call_that_takes_longer_than_its_lease_stays_the_only_one(
    says: Engine, work: Callable[..., EffectWorker], asked_to_stop: bool
) -> None:
    calls: list[str] = []
    release = threading.Event()

    def call(target: str, effects: Sequence[Effect]) -> list[Outcome]:
        calls.append(target)
        release.wait(30)
        return good(target, effects)

    want(says, "long")
    pace = replace(PACE, lease=0.6)
    made = work(call, pace)
    until(lambda: calls == ["long"])
    if asked_to_stop:
        made.stop()
    work(call, pace)
    until(lambda: count(says, "effect", "leased_until > at + interval '2.5 s'") == 1)
    assert calls == ["long"]
    release.set()
    until(lambda: count(says, "effect", "done_at IS NOT NULL") == 1)
    assert (len(calls), count(says, "outbox")) == (1, 1)


def test_a_settlement_that_fails_is_undone_whole_and_called_again(
    says: Engine, work: Callable[..., EffectWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.effects._SETTLE_TRIES", 1)
    tries = [0]

    def sometimes(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
        settle(unit, settled)
        tries[0] += 1
        if tries[0] == 1:
            raise RuntimeError("a fault in the service")

    want(says, "a")
    work(good, settling=sometimes)
    until(lambda: count(says, "effect", "done_at IS NOT NULL") == 1)
    assert count(says, "outbox") == 1


def test_what_must_not_lie_in_a_row_is_given_to_the_call_just_before_it(
    says: Engine, work: Callable[..., EffectWorker]
) -> None:
    seen: list[Any] = []

    def ready(unit: Unit, target: str, effects: Sequence[Effect]) -> list[Effect]:
        return [replace(effect, data={**effect.data, "secret": target}) for effect in effects]

    def call(target: str, effects: Sequence[Effect]) -> list[Outcome]:
        seen.extend(effect.data["secret"] for effect in effects)
        return [Outcome(effect.effect_id, False, error="busy") for effect in effects]

    want(says, "a", 2)
    work(call, ready=ready)
    until(lambda: count(says, "effect", "attempts > 1") == 2)
    assert set(seen) == {"a"}
    assert count(says, "effect", "data ? 'secret'") == 0


def test_a_target_that_is_to_be_left_alone_is_not_called_and_that_counts_as_no_attempt(
    says: Engine, work: Callable[..., EffectWorker]
) -> None:
    asked: list[int] = []
    called: list[int] = []

    def ready(unit: Unit, target: str, effects: Sequence[Effect]) -> Sequence[Effect] | float:
        asked.append(len(called))
        return effects if len(asked) > 3 else 0.05

    def call(target: str, effects: Sequence[Effect]) -> list[Outcome]:
        called.append(len(effects))
        return good(target, effects)

    want(says, "a", 4)
    work(call, ready=ready)
    until(lambda: count(says, "effect", "done_at IS NOT NULL") == 4)
    assert asked[:4] == [0, 0, 0, 0]
    assert count(says, "effect", "attempts <> 1") == 0


def test_who_wants_to_know_hears_of_the_failed_ones_in_the_unit_that_puts_them_back(
    says: Engine, work: Callable[..., EffectWorker]
) -> None:
    def call(target: str, effects: Sequence[Effect]) -> list[Outcome]:
        return [Outcome(effect.effect_id, effect.data["n"] > 0, error="busy") for effect in effects]

    def failed(unit: Unit, target: str, later: Sequence[tuple[Effect, Outcome]]) -> None:
        assert [effect.data["n"] for effect, _ in later] == [0]
        assert unit.db.scalar(text("SELECT count(*) FROM effect WHERE last_error = 'busy'")) == 1
        emit(unit.db, Asked(topic="failed", things=(Item(item_id=new_id()),)))

    want(says, "a", 3)
    work(call, failed=failed)
    until(lambda: count(says, "outbox", "convert_from(data, 'UTF8') LIKE '%failed%'") >= 1)
    assert count(says, "effect", "done_at IS NOT NULL") == 2


def test_a_kind_says_how_many_rows_make_one_call(says: Engine, work: Callable[..., EffectWorker]) -> None:
    sizes: list[int] = []

    def call(target: str, effects: Sequence[Effect]) -> list[Outcome]:
        sizes.append(len(effects))
        return good(target, effects)

    want(says, "a", 5)
    work(call, most=2)
    until(lambda: count(says, "effect", "done_at IS NOT NULL") == 5)
    assert sizes == [2, 2, 1]
