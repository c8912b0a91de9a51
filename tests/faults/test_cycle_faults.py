"""The main job completes whatever dies in its middle, and the house is sound afterwards.

Each test plays the whole story of the journeys and disturbs it before the waits of its steps. A seed decides when and
where; FAULT_SEED is the first, FAULT_RUNS how many.
"""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import URL, create_engine

from demo import house
from demo.world import HttpDoors
from shared.config import MEMORY
from shared.house import House, remedies
from shared.provision import setting_of
from shared.replay import replay
from shared.whole import Whole
from tests.journeys.main_job import play, story_of
from tests.journeys.processes import Processes
from tests.shared.bus.fixtures import seeds
from tests.shared.bus.proxy import Proxy
from tests.town import WITH_DATA

PATIENCE = 120.0
AWAY = 5.0

pytestmark = pytest.mark.usefixtures("own_environment")


def survives(doors: HttpDoors, folder: Path, disturb: Callable[[str], None]) -> None:
    """Play the story with `disturb` in its waits; afterwards nothing is broken and nothing is left to mend."""
    play(story_of(doors, seed=1, patience=PATIENCE, before=disturb), folder / "files")
    report = house.settled_report(House(house.owned(doors.addresses), doors.token(house.ASKING)), tries=30)
    assert report.broken == ()
    assert remedies(report) == []
    assert report.checked > 500


@pytest.mark.parametrize("seed", seeds())
def test_any_worker_may_be_killed_at_any_step_and_everything_said_may_come_again(
    tmp_path: Path, broker_url: str, seed: int
) -> None:
    rng = random.Random(seed)
    began = datetime.now(UTC)
    with Processes(tmp_path / "home", broker_url) as processes:
        killed = 0

        def disturb(_: str) -> None:
            nonlocal killed
            name = rng.choice(WITH_DATA)
            if rng.random() < 0.15:
                processes.kill("work", name)
                processes.start("work", name)
                killed += 1
            elif rng.random() < 0.15:
                engine = create_engine(processes.environment[setting_of(name)])
                replay(engine, began - timedelta(minutes=1))
                engine.dispose()

        survives(processes.doors, tmp_path, disturb)
        assert processes.dead() == []
    assert killed > 0


@pytest.mark.parametrize("seed", seeds())
def test_the_broker_and_the_database_may_each_be_away_for_some_seconds_in_the_middle(
    tmp_path: Path, broker_url: str, seed: int
) -> None:
    rng = random.Random(seed)
    broker = urlsplit(broker_url)
    to_broker = Proxy(broker.hostname or "127.0.0.1", broker.port or 5672)
    by_door = broker._replace(netloc=f"{broker.username}:{broker.password}@127.0.0.1:{to_broker.port}").geturl()
    to_database: list[Proxy] = []

    def through(url: URL) -> URL:
        """One door for all services: they are on one server."""
        if not to_database:
            folder, port = str(url.query["host"]), str(url.query["port"])
            to_database.append(Proxy(f"{folder}/.s.PGSQL.{port}", 0))
        return url.set(host="127.0.0.1", port=to_database[0].port, query={})

    with Processes(tmp_path / "home", by_door, doors_to_database=through) as processes:
        with (
            cutting(to_broker, rng, times=3) as broker_goes,
            cutting(to_database[0], rng, times=2) as database_goes,
        ):

            def disturb(wait: str) -> None:
                broker_goes(wait)
                database_goes(wait)

            survives(processes.doors, tmp_path, disturb)
        assert processes.dead() == []


@pytest.mark.parametrize("seed", seeds())
def test_the_memory_mode_may_be_killed_and_started_again(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    whole = Whole(tmp_path / "home", broker_url=MEMORY)
    whole.start()
    killed = 0
    try:
        whole.join()

        def disturb(_: str) -> None:
            nonlocal killed
            if rng.random() < 0.08 and killed < 4:
                whole.kill()
                whole.start()
                whole.join()
                killed += 1

        survives(house.doors(whole), tmp_path, disturb)
    finally:
        whole.stop()
    assert killed > 0


@contextmanager
def cutting(door: Proxy, rng: random.Random, times: int) -> Iterator[Callable[[str], None]]:
    """Shuts the door before some waits, so many times at the most; it opens by itself after AWAY seconds."""
    opening: list[threading.Timer] = []

    def disturb(_: str) -> None:
        shut = any(timer.is_alive() for timer in opening)
        if len(opening) < times and not shut and rng.random() < 0.1:
            door.cut()
            opening.append(threading.Timer(AWAY, door.mend))
            opening[-1].start()

    yield disturb
    for timer in opening:
        timer.join()
    assert opening, "this seed shut no door; choose another"
