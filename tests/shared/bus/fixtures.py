"""Fixtures for tests of the bus: two toy services on databases of their own, names of their own on a real broker."""

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from shared import memory, topology
from shared.consumer import Limits
from shared.ids import new_id
from shared.topology import Names, broker
from shared.work import Worker
from tests.broker import take_down
from tests.shared.bus.proxy import Proxy
from tests.shared.bus.toys import SERVICES, Asked, Item, ask, count, heard, speaking

STEPS = (0.1, 0.3)
PATIENCE = 60.0


def amqp_url() -> str:
    return os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")


def seeds() -> list[int]:
    """FAULT_SEED is the first, FAULT_RUNS how many."""
    first = int(os.environ.get("FAULT_SEED", "1"))
    return list(range(first, first + int(os.environ.get("FAULT_RUNS", "1"))))


def until(what: Callable[[], bool], seconds: float = PATIENCE, say: Callable[[], object] = lambda: "") -> None:
    """Poll until it holds; fail at the deadline."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come about within {seconds} s: {say()}")
        time.sleep(pause)
        pause = min(0.05, pause * 1.5)


@dataclass
class Toys:
    """The two services. `worker` starts one in this process; all are stopped at the end."""

    engines: dict[str, Engine]
    names: Names
    url: str
    workers: list[Worker] = field(default_factory=list)
    asked: set[UUID] = field(default_factory=set)

    def declare(self) -> None:
        if memory.is_memory(self.url):
            memory.declare(SERVICES, self.names)
        else:
            topology.apply(self.url, SERVICES, self.names)

    def worker(
        self, name: str, engine: Engine | None = None, url: str | None = None, limits: Limits | None = None
    ) -> Worker:
        service = next(service for service in SERVICES if service.name == name)
        made = Worker(
            service,
            engine or self.engines[name],
            url or self.url,
            names=self.names,
            limits=limits or Limits(tries=3, not_yet=100, steps=STEPS),
        )
        made.start()
        self.workers.append(made)
        return made

    def both(self, limits: Limits | None = None) -> list[Worker]:
        self.declare()
        return [self.worker(service.name, limits=limits) for service in SERVICES]

    def ask(self, topic: str, things: int = 1, note: str = "") -> list[UUID]:
        items = tuple(Item(item_id=new_id(), note=note) for _ in range(things))
        ask(self.engines["toyask"], Asked(topic=topic, things=items))
        ids = [item.item_id for item in items]
        if not note:
            self.asked.update(ids)
        return ids

    def ask_many(self, events: int, rng: random.Random) -> None:
        for at in range(events):
            self.ask(f"topic-{at}", rng.choice((1, 1, 2, 10)))

    def answered(self) -> bool:
        return set(heard(self.engines["toyask"])) >= self.asked

    def all_answered(self, seconds: float = PATIENCE) -> None:
        """Every question came back, both outboxes are empty, each item was applied once or as often as it was said."""
        until(self.answered, seconds, self.missing)
        for engine in self.engines.values():
            until(lambda engine=engine: count(engine, "outbox", "sent_at IS NULL") == 0, 20)  # type: ignore[misc]

    def missing(self) -> str:
        left = self.asked - set(heard(self.engines["toyask"]))
        unsent = {name: count(engine, "outbox", "sent_at IS NULL") for name, engine in self.engines.items()}
        inbox = {name: count(engine, "inbox") for name, engine in self.engines.items()}
        return f"{len(left)} of {len(self.asked)} unanswered, unsent {unsent}, inbox {inbox}"

    def dead(self, name: str) -> int:
        if memory.is_memory(self.url):
            return count(self.engines[name], "dead_letter")
        with broker(self.url) as connection:
            channel = connection.channel()
            return int(channel.queue_declare(queue=self.names.dead_queue(name), passive=True).message_count)

    def stop(self) -> None:
        for worker in self.workers:
            worker.stop()
        for worker in self.workers:
            assert worker.join(30), "a worker did not end"
        self.workers.clear()

    def remove(self) -> None:
        if memory.is_memory(self.url):
            memory.forget(self.names)
            return
        take_down(self.url, SERVICES, self.names)


@pytest.fixture(scope="session")
def toy_databases(server_url: str, worker_id: str) -> Iterator[dict[str, Engine]]:
    made: dict[str, Engine] = {}
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    for service in SERVICES:
        database = f"test_bus_{os.getpid()}_{worker_id}_{service.name}"
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{database}"'))
        made[service.name] = create_engine(admin.url.set(database=database), pool_pre_ping=True)
        service.metadata.create_all(made[service.name])  # type: ignore[union-attr]
    yield made
    for engine in made.values():
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{engine.url.database}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture
def toy_engines(toy_databases: dict[str, Engine]) -> dict[str, Engine]:
    for service in SERVICES:
        tables = ", ".join(table.name for table in service.metadata.sorted_tables)  # type: ignore[union-attr]
        with toy_databases[service.name].begin() as connection:
            connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    return toy_databases


def _toys(engines: dict[str, Engine], url: str) -> Iterator[Toys]:
    made = Toys(engines, Names(prefix=f"t{new_id().hex[-10:]}", steps=STEPS), url)
    with speaking():
        try:
            yield made
        finally:
            made.stop()
            made.remove()


@pytest.fixture
def rabbit(toy_engines: dict[str, Engine]) -> Iterator[Toys]:
    """The toys on RabbitMQ."""
    yield from _toys(toy_engines, amqp_url())


@pytest.fixture(params=["rabbit", "memory"])
def toys(request: pytest.FixtureRequest, toy_engines: dict[str, Engine]) -> Iterator[Toys]:
    """The toys on either transport."""
    yield from _toys(toy_engines, amqp_url() if request.param == "rabbit" else memory.URL)


@pytest.fixture
def in_memory(toy_engines: dict[str, Engine]) -> Iterator[Toys]:
    yield from _toys(toy_engines, memory.URL)


@pytest.fixture
def broker_door() -> Iterator[tuple[Proxy, str]]:
    """A door to the broker and the address behind it."""
    address = make_url(amqp_url())
    proxy = Proxy(address.host or "127.0.0.1", address.port or 5672)
    yield proxy, address.set(host="127.0.0.1", port=proxy.port).render_as_string(hide_password=False)
    proxy.cut()


@pytest.fixture
def database_door(toy_engines: dict[str, Engine]) -> Iterator[tuple[Proxy, dict[str, Engine]]]:
    """A door to the database and engines that go through it."""
    address = next(iter(toy_engines.values())).url
    host, port = address.query.get("host", address.host or "127.0.0.1"), address.query.get("port", address.port or 5432)
    assert isinstance(host, str)
    proxy = Proxy(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else host, int(str(port)))
    engines = {
        name: create_engine(
            engine.url.difference_update_query(["host", "port"]).set(host="127.0.0.1", port=proxy.port),
            pool_pre_ping=True,
            connect_args={"connect_timeout": 2},
        )
        for name, engine in toy_engines.items()
    }
    yield proxy, engines
    for engine in engines.values():
        engine.dispose()
    proxy.cut()
