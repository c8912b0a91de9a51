"""The bus loses nothing and does nothing twice, whatever goes away in the middle. Each test over seeds, see `seeds`."""

import contextlib
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from shared.consumer import Limits
from tests.shared.bus.fixtures import PATIENCE, Toys, seeds, until
from tests.shared.bus.proxy import Proxy
from tests.shared.bus.toys import count, heard

ROOT = Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def process(toys: Toys, *names: str) -> Iterator["subprocess.Popen[str]"]:
    databases = ",".join(toys.engines[name].url.render_as_string(hide_password=False) for name in names)
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.shared.bus.process", ",".join(names), databases, toys.url, toys.names.prefix],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert started.stdout
        assert started.stdout.readline() == "started\n"
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait(10)
        assert started.stdout
        started.stdout.close()


def once(engine: Engine) -> bool:
    """Every item was applied exactly once: its event was claimed once."""
    return set(heard(engine).values()) == {1}


@pytest.mark.parametrize("seed", seeds())
def test_a_worker_killed_in_the_middle_loses_and_repeats_nothing(rabbit: Toys, seed: int) -> None:
    rng = random.Random(seed)
    rabbit.declare()
    rabbit.worker("toyask")
    for _ in range(3):
        with process(rabbit, "toyanswer") as victim:
            before = count(rabbit.engines["toyanswer"], "inbox")
            rabbit.ask_many(60, rng)
            enough = before + rng.randrange(1, 40)
            until(lambda enough=enough: count(rabbit.engines["toyanswer"], "inbox") >= enough)  # type: ignore[misc]
            victim.kill()
    rabbit.worker("toyanswer")
    rabbit.all_answered()
    assert rabbit.dead("toyanswer") == rabbit.dead("toyask") == 0
    # What the dead process had published and not marked is published again; the inbox drops it.
    assert once(rabbit.engines["toyask"])


@pytest.mark.parametrize("seed", seeds())
def test_sigterm_finishes_what_is_in_hand(rabbit: Toys, seed: int) -> None:
    rng = random.Random(seed)
    rabbit.declare()
    rabbit.worker("toyask")
    with process(rabbit, "toyanswer") as worker:
        rabbit.ask_many(80, rng)
        until(lambda: count(rabbit.engines["toyanswer"], "inbox") > 5)
        worker.terminate()
        assert worker.wait(25) == 0
    rabbit.worker("toyanswer")
    rabbit.all_answered()
    assert once(rabbit.engines["toyask"])


@pytest.mark.parametrize("seed", seeds())
def test_a_broker_that_stops_and_starts_costs_only_time(
    rabbit: Toys, broker_door: tuple[Proxy, str], seed: int
) -> None:
    rng = random.Random(seed)
    proxy, url = broker_door
    rabbit.declare()
    for name in ("toyask", "toyanswer"):
        rabbit.worker(name, url=url)
    for _ in range(3):
        rabbit.ask_many(60, rng)
        reach = len(heard(rabbit.engines["toyask"])) + rng.randrange(1, 30)
        until(lambda reach=reach: len(heard(rabbit.engines["toyask"])) >= reach)  # type: ignore[misc]
        proxy.cut()
        # Writers don't need the broker.
        rabbit.ask_many(10, rng)
        until(lambda: not rabbit.workers[0].ready()["broker"], 10)
        proxy.mend()
    rabbit.all_answered()
    assert rabbit.dead("toyanswer") == rabbit.dead("toyask") == 0
    assert once(rabbit.engines["toyask"])


@pytest.mark.parametrize("seed", seeds())
def test_a_database_away_for_five_seconds_sends_nothing_to_the_dead_letters(
    rabbit: Toys, database_door: tuple[Proxy, dict[str, Engine]], seed: int
) -> None:
    rng = random.Random(seed)
    proxy, behind = database_door
    rabbit.declare()
    rabbit.worker("toyask")
    answer = rabbit.worker("toyanswer", engine=behind["toyanswer"])
    rabbit.ask_many(100, rng)
    until(lambda: count(rabbit.engines["toyanswer"], "inbox") > 10)
    proxy.cut()
    back = threading.Timer(5, proxy.mend)
    back.start()
    rabbit.ask_many(50, rng)
    until(lambda: not answer.ready()["database"], 10)
    rabbit.all_answered()
    assert not back.is_alive()
    assert rabbit.dead("toyanswer") == rabbit.dead("toyask") == 0
    assert once(rabbit.engines["toyask"])


@pytest.mark.parametrize("seed", seeds())
def test_a_database_away_for_thirty_reconnects_burns_no_attempt(
    rabbit: Toys, database_door: tuple[Proxy, dict[str, Engine]], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    proxy, behind = database_door
    # Each outage here would be a reconnect: the database comes back just long enough to be believed.
    monkeypatch.setattr("shared.consumer.pause", lambda *_args, **_more: 0.01)
    monkeypatch.setattr("shared.loop.pause", lambda *_args, **_more: 0.01)
    rabbit.declare()
    rabbit.worker("toyask")
    answer = rabbit.worker("toyanswer", engine=behind["toyanswer"], limits=Limits(tries=2, steps=(0.1, 0.3)))
    rabbit.ask_many(400, rng)
    for _ in range(30):
        until(lambda: answer.ready()["database"], 20)
        time.sleep(rng.uniform(0, 0.02))  # where in its work the cut finds it is what the seed decides
        proxy.cut()
        until(lambda: not answer.ready()["database"], 20)
        proxy.mend()
    rabbit.all_answered()
    assert rabbit.dead("toyanswer") == rabbit.dead("toyask") == 0
    assert once(rabbit.engines["toyask"])


@pytest.mark.parametrize("seed", seeds())
def test_a_database_that_stays_away_for_thirty_tries_burns_no_attempt(
    rabbit: Toys, database_door: tuple[Proxy, dict[str, Engine]], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = random.Random(seed)
    proxy, behind = database_door
    tried: list[int] = []

    def short(tries: int, *_args: float, **_more: float) -> float:
        tried.append(tries)
        return 0.01

    monkeypatch.setattr("shared.consumer.pause", short)
    rabbit.declare()
    rabbit.worker("toyask")
    answer = rabbit.worker("toyanswer", engine=behind["toyanswer"], limits=Limits(tries=2, steps=(0.1, 0.3)))
    rabbit.ask_many(200, rng)
    reach = rng.randrange(1, 100)
    until(lambda: count(rabbit.engines["toyanswer"], "inbox") >= reach)
    proxy.cut()
    rabbit.ask_many(20, rng)
    until(lambda: max(tried, default=0) >= 30, say=lambda: tried)
    assert not answer.ready()["database"]
    proxy.mend()
    rabbit.all_answered()
    assert rabbit.dead("toyanswer") == rabbit.dead("toyask") == 0
    assert once(rabbit.engines["toyask"])


@pytest.mark.parametrize("seed", seeds())
def test_every_message_twice_and_in_any_order(rabbit: Toys, seed: int) -> None:
    rng = random.Random(seed)
    rabbit.declare()
    rabbit.ask_many(150, rng)
    engine = rabbit.engines["toyask"]
    # Said twice, the second time in another order: the copies have the same event ids.
    with engine.begin() as connection:
        rows = connection.execute(text("SELECT event_id, type, key, items, data FROM outbox")).all()
        connection.execute(text("TRUNCATE outbox"))
        doubled = [*rows, *rows]
        rng.shuffle(doubled)
        for row in doubled:
            connection.execute(
                text("INSERT INTO outbox (event_id, type, key, items, data) VALUES (:id, :type, :key, :items, :data)"),
                {"id": row.event_id, "type": row.type, "key": row.key, "items": row.items, "data": row.data},
            )
    for name in ("toyask", "toyanswer"):
        rabbit.worker(name)
    rabbit.worker("toyanswer")
    rabbit.all_answered()
    assert count(rabbit.engines["toyanswer"], "inbox") == 150
    assert once(rabbit.engines["toyanswer"])
    assert once(engine)


@pytest.mark.parametrize("seed", seeds())
def test_one_item_of_five_hundred_that_always_fails_dies_alone(toys: Toys, seed: int) -> None:
    from dataclasses import replace

    from shared.dead import list_dead
    from shared.ids import new_id
    from tests.shared.bus.toys import TOY_ANSWER, Asked, Item, ask

    rng = random.Random(seed)
    toys.both()
    items = [Item(item_id=new_id()) for _ in range(500)]
    at = rng.randrange(500)
    items[at] = replace(items[at], note="poison")
    ask(toys.engines["toyask"], Asked(topic="many", things=tuple(items)))
    toys.asked.update(item.item_id for item in items if not item.note)
    toys.ask_many(20, rng)
    toys.all_answered()
    until(lambda: toys.dead("toyanswer") == 1, say=lambda: toys.dead("toyanswer"))
    [letter] = list_dead(TOY_ANSWER, toys.engines["toyanswer"], toys.url, toys.names)
    assert str(items[at].item_id).encode() in letter.data
    assert letter.data.count(b"item_id") == 1
    assert items[at].item_id not in heard(toys.engines["toyask"])


@pytest.mark.parametrize("seed", seeds())
def test_a_relay_whose_lock_is_lost_stops_and_another_goes_on(rabbit: Toys, seed: int) -> None:
    rng = random.Random(seed)
    rabbit.both()
    rabbit.worker("toyask")  # the standby
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND mode = 'ExclusiveLock'"
    )
    for _ in range(4):
        rabbit.ask_many(100, rng)
        reach = len(heard(rabbit.engines["toyask"])) + rng.randrange(1, 50)
        until(lambda reach=reach: len(heard(rabbit.engines["toyask"])) >= reach)  # type: ignore[misc]
        with rabbit.engines["toyask"].connect() as connection:
            connection.execute(kill)
    rabbit.all_answered()
    assert once(rabbit.engines["toyask"])


@pytest.mark.parametrize("seed", seeds())
def test_the_memory_mode_killed_and_started_again_completes(in_memory: Toys, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(3):
        with process(in_memory, "toyask", "toyanswer") as victim:
            in_memory.ask_many(80, rng)
            reach = len(heard(in_memory.engines["toyask"])) + rng.randrange(1, 40)
            until(lambda reach=reach: len(heard(in_memory.engines["toyask"])) >= reach, PATIENCE)  # type: ignore[misc]
            victim.kill()
    with process(in_memory, "toyask", "toyanswer"):
        in_memory.all_answered()
    assert once(in_memory.engines["toyask"])
    assert in_memory.dead("toyanswer") == 0
