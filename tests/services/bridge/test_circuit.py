"""A site that fails is left alone for longer and longer, delays nobody else, and all that waits goes on after."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from services.bridge.contract import SiteFailed
from services.bridge.domain import (
    CALLS_AT_ONCE,
    FAILURES_BEFORE_REST,
    FIRST_REST,
    LONGEST_REST,
    paced,
    rest_after,
)
from services.bridge.handlers.circuit import note_failed, note_well, ready_in_turn
from services.bridge.handlers.sites import site_views
from services.bridge.store.tables import EFFECT, SITE
from shared.effects import EffectWorker, Pace
from shared.events.bridge import SeatsEnrolled
from shared.ids import new_id
from shared.service import Effect, Outcome
from tests.services.bridge.given import LMS, Lms, add_site, people, requested, seats_of
from tests.services.bridge.given import SITE as CODE
from tests.town import Town

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)


def test_rests_grow_from_nothing_to_ten_minutes() -> None:
    rests = [rest_after(failures) for failures in range(100)]
    assert rests[:FAILURES_BEFORE_REST] == [None] * FAILURES_BEFORE_REST
    after = [rest for rest in rests if rest is not None]
    assert after[0] == FIRST_REST
    assert after == sorted(after)
    assert after[-1] == LONGEST_REST


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=200), st.integers(1, 600))
def test_calls_never_outrun_their_pace(pauses: list[int], calls_a_minute: int) -> None:
    now, used, made = NOW, None, []
    for pause in pauses:
        now += timedelta(milliseconds=pause)
        used, wait = paced(used, now, calls_a_minute)
        assert wait >= timedelta(0)
        if not wait:
            made.append(now)
    for start in made:
        within = sum(start <= one < start + timedelta(minutes=1) for one in made)
        assert within <= calls_a_minute + CALLS_AT_ONCE


def _wanted(town: Town, *sites: str) -> dict[str, Any]:
    seats = {}
    for number, code in enumerate(sites, 1):
        seats[code] = (new_id(), new_id())
        town.hear("bridge", people(seats[code][1], start=number))
        town.hear("bridge", requested(new_id(), seats[code], site=code))
    return seats


def _site(town: Town, code: str = CODE) -> Any:
    with town.unit("bridge") as unit:
        return unit.db.execute(select(SITE).where(SITE.c.code == code)).one()


def _until(true: Callable[[], bool]) -> None:
    until = monotonic() + 30
    while not true():
        assert monotonic() < until
        sleep(0.02)


def test_a_site_that_fails_rests_and_another_goes_on(town: Town, lms: Lms, monkeypatch: Any) -> None:
    other = Lms()
    monkeypatch.setitem(LMS, "other", other)
    add_site(town)
    add_site(town, code="other")
    seats = _wanted(town, CODE, "other")
    lms.broken = SiteFailed("moodle.unreachable")
    worker = EffectWorker(
        town.services["bridge"], town.engines["bridge"], Pace(look_every=0.01, first=0.01, longest=0.02)
    )
    worker.start()
    try:
        _until(lambda: _site(town).closed_until is not None and bool(other.members))
        with town.unit("bridge") as unit:
            view = next(one for one in site_views(unit) if one["code"] == CODE)
            assert view["health"]["state"] == "resting"
            assert view["health"]["resting_until"] > datetime.now(UTC)
            assert "moodle.unreachable" in view["health"]["detail"]
            due = unit.db.scalar(select(func.count()).where(EFFECT.c.done_at.is_(None), EFFECT.c.next_at <= func.now()))
            assert due == 0
        lms.broken = None
        with town.unit("bridge") as unit:
            note_well(unit, CODE)
        _until(lambda: bool(lms.members))
    finally:
        worker.stop()
        assert worker.join(20)
    _until(lambda: _site(town).failures == 0)
    assert set(seats_of(town.run(sweeps=False), SeatsEnrolled)) == {seats[CODE][0], seats["other"][0]}


def _effects(town: Town) -> list[Effect]:
    with town.unit("bridge") as unit:
        rows = unit.db.execute(select(EFFECT).where(EFFECT.c.kind == "place")).all()
    return [Effect(row.effect_id, row.kind, row.target, row.data, row.attempts) for row in rows]


def test_after_a_rest_one_call_decides(town: Town, lms: Lms) -> None:
    add_site(town)
    _wanted(town, CODE)
    (effect,) = _effects(town)
    failed = [(effect, Outcome(effect.effect_id, False, "site", "moodle.unreachable"))]

    def fail() -> Any:
        with town.unit("bridge") as unit:
            note_failed(unit, CODE, failed)
        return _site(town).closed_until

    def over() -> None:
        with town.unit("bridge") as unit:
            unit.db.execute(update(SITE).values(closed_until=datetime.now(UTC) - timedelta(seconds=1)))

    assert [fail() for _ in range(FAILURES_BEFORE_REST - 1)] == [None] * (FAILURES_BEFORE_REST - 1)
    first = fail() - datetime.now(UTC)
    with town.unit("bridge") as unit:
        waits = ready_in_turn(unit, CODE, [effect])
        assert isinstance(waits, float)
        assert 0 < waits <= FIRST_REST.total_seconds()
    over()
    with town.unit("bridge") as unit:
        assert not isinstance(ready_in_turn(unit, CODE, [effect]), float)
    assert fail() - datetime.now(UTC) > first
    over()
    town.run(sweeps=False)
    assert (_site(town).failures, _site(town).closed_until) == (0, None)


def test_a_row_that_fails_alone_lets_no_site_rest(town: Town, lms: Lms) -> None:
    add_site(town)
    _wanted(town, CODE)
    (effect,) = _effects(town)
    for _ in range(10):
        with town.unit("bridge") as unit:
            note_failed(unit, CODE, [(effect, Outcome(effect.effect_id, False, None, "lms.error"))])
    assert _site(town).failures == 0


def test_a_site_is_called_at_its_own_pace(town: Town, lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.bridge.domain.CALLS_AT_ONCE", CALLS_AT_ONCE)
    add_site(town, calls_a_minute="1")
    _wanted(town, CODE)
    waits = []
    for _ in range(CALLS_AT_ONCE + 1):
        with town.unit("bridge") as unit:
            waits.append(ready_in_turn(unit, CODE, _effects(town)))
    assert [isinstance(one, float) for one in waits] == [False] * CALLS_AT_ONCE + [True]
    last = waits[-1]
    assert isinstance(last, float)
    assert 50 < last <= 60


def test_one_call_enrols_five_hundred(town: Town, lms: Lms) -> None:
    add_site(town)
    seats = [(new_id(), new_id()) for _ in range(500)]
    town.hear("bridge", people(*(person for _, person in seats)))
    town.hear("bridge", requested(new_id(), *seats))
    worker = EffectWorker(town.services["bridge"], town.engines["bridge"], Pace(look_every=0.01))
    worker.start()
    try:
        _until(lambda: bool(lms.calls))
    finally:
        worker.stop()
        assert worker.join(30)
    assert [len(nips) for _, nips in lms.calls] == [500]


def test_a_token_is_in_no_effect_row(town: Town, lms: Lms) -> None:
    add_site(town, token="rahasia-sekali")
    _wanted(town, CODE)
    town.run()
    town.travel(minutes=10)
    town.run()
    with town.unit("bridge") as unit:
        kept = [str(row.data) for row in unit.db.execute(select(EFFECT)).all()]
        kept.append(str(_site(town).settings))
    assert len(kept) > 2
    assert "rahasia" not in str(kept)
