"""The bridge under the real effect worker and under handlers that cross."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Signal
from threading import Thread
from time import monotonic, sleep

from sqlalchemy import func, select

from services.bridge.store.tables import EFFECT
from shared.effects import EffectWorker, Pace
from shared.events import Event
from shared.events.bridge import SeatsEnrolled, SeatsUnenrolled
from shared.ids import new_id
from tests.services.bridge.given import COURSE, Lms, add_site, nip_of, people, released, requested, seats_of
from tests.town import Town

QUICK = Pace(look_every=0.01, first=0.01, longest=0.05)


@contextmanager
def working(town: Town) -> Iterator[None]:
    worker = EffectWorker(town.services["bridge"], town.engines["bridge"], QUICK)
    worker.start()
    try:
        yield
    finally:
        worker.stop()
        assert worker.join(20)


def quiet(town: Town) -> None:
    """Wait until no call is open."""
    until = monotonic() + 30
    while monotonic() < until:
        with town.unit("bridge") as unit:
            if not unit.db.scalar(select(func.count()).where(EFFECT.c.done_at.is_(None))):
                return
        sleep(0.02)
    raise AssertionError("calls are still open")


def test_a_call_that_fails_is_tried_until_it_goes_through(town: Town, lms: Lms) -> None:
    add_site(town)
    batch, seat = new_id(), (new_id(), new_id())
    town.hear("bridge", people(seat[1]))
    town.hear("bridge", requested(batch, seat))
    lms.broken = RuntimeError()
    with working(town):
        until = monotonic() + 20
        while monotonic() < until:
            with town.unit("bridge") as unit:
                if (unit.db.scalar(select(func.max(EFFECT.c.attempts))) or 0) > 1:
                    break
            sleep(0.02)
        lms.broken = None
        quiet(town)
    assert seats_of(town.run(sweeps=False), SeatsEnrolled) == {seat[0]: ""}


def test_an_unenrol_waits_for_a_slow_enrol(town: Town, lms: Lms) -> None:
    add_site(town)
    batch, seat = new_id(), (new_id(), new_id())
    town.hear("bridge", people(seat[1]))
    town.hear("bridge", requested(batch, seat))
    lms.hang = Signal()
    with working(town):
        sleep(0.2)
        town.hear("bridge", released(batch, seat))
        sleep(0.2)
        assert lms.calls == []
        lms.hang.set()
        quiet(town)
    assert lms.calls[-1][0] == "unenrol"
    assert lms.members == set()
    assert seats_of(town.run(sweeps=False), SeatsUnenrolled) == {seat[0]: ""}


def test_questions_and_withdrawals_that_cross_end_as_wished(town: Town, lms: Lms) -> None:
    add_site(town)
    batch = new_id()
    seats = [(new_id(), new_id()) for _ in range(20)]
    town.hear("bridge", people(*(person for _, person in seats)))
    going = set(seats[:10])
    failures: list[BaseException] = []

    def hear(seed: int) -> None:
        rng = random.Random(seed)
        events: list[Event] = [requested(batch, *rng.sample(seats, 20)) for _ in range(6)]
        events += [released(batch, *rng.sample(sorted(going), 10)) for _ in range(6)]
        rng.shuffle(events)
        for event in events:
            try:
                town.hear("bridge", event)
            except BaseException as error:  # noqa: BLE001 - what a thread raises would be lost
                failures.append(error)

    with working(town):
        threads = [Thread(target=hear, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        quiet(town)
    assert failures == []
    said = town.run()
    assert set(seats_of(said, SeatsUnenrolled)) >= {seat for seat, _ in going}
    staying = {nip_of(number) for number, seat in enumerate(seats, 1) if seat not in going}
    assert lms.members == {(nip, COURSE) for nip in staying}
