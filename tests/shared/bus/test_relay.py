"""Rows are marked sent when the broker has them, and only then."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
from sqlalchemy import Engine, text

from shared.ids import new_id
from shared.outbox import emit
from shared.publisher import Publisher, PublisherLost, Row, Settled, parameters_of
from shared.relay import MOST_ATTEMPTS, Relay
from shared.topology import broker
from shared.unit import unit_of
from tests.shared.bus.fixtures import Toys, until
from tests.shared.bus.toys import Asked, Item, ask, count


@dataclass
class Broker:
    """A sender that does with rows what the test says."""

    refuse: bool = False
    silent: bool = False
    taken: list[Row] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)
    opened: int = 0

    def open(self) -> "Broker":
        self.opened += 1
        self.waiting.clear()
        return self

    @property
    def in_flight(self) -> int:
        return len(self.waiting)

    def send(self, rows: Sequence[Row]) -> None:
        self.taken += rows
        self.waiting += rows

    def take(self) -> Settled:
        if self.silent:
            return Settled([], [])
        positions = [row.position for row in self.waiting]
        self.waiting.clear()
        return Settled([], [(at, "nacked") for at in positions]) if self.refuse else Settled(positions, [])

    def wait(self, seconds: float) -> None:
        time.sleep(0.001)

    def stalled(self) -> float:
        return 11.0 if self.silent and self.waiting else 0.0

    def close(self) -> None:
        pass


def say(engine: Engine, events: int) -> None:
    ask(engine, *(Asked(topic=str(at), things=(Item(item_id=new_id()),)) for at in range(events)))


def unsent(engine: Engine) -> int:
    return count(engine, "outbox", "sent_at IS NULL AND parked_at IS NULL")


@pytest.fixture
def says(toy_engines: dict[str, Engine]) -> Engine:
    return toy_engines["toyask"]


def test_rows_go_out_in_batches_and_are_marked(says: Engine) -> None:
    say(says, 1_234)
    fake = Broker()
    relay = Relay("toyask", says, fake.open, batch=100)
    relay.start()
    until(lambda: unsent(says) == 0)
    relay.stop()
    assert relay.join(10)
    assert len(fake.taken) == 1_234
    assert [row.position for row in fake.taken] == sorted(row.position for row in fake.taken)


def test_a_refused_row_is_tried_later_and_parked_in_the_end(says: Engine) -> None:
    say(says, 3)
    fake = Broker(refuse=True)
    relay = Relay("toyask", says, fake.open)
    relay.start()
    until(lambda: count(says, "outbox", "attempts = 1 AND next_at > now() AND last_error = 'nacked'") == 3)
    with says.begin() as connection:
        connection.execute(text(f"UPDATE outbox SET attempts = {MOST_ATTEMPTS - 1}, next_at = NULL"))
    until(lambda: count(says, "outbox", "parked_at IS NOT NULL AND sent_at IS NULL") == 3)
    fake.refuse = False
    say(says, 1)
    until(lambda: unsent(says) == 0)
    relay.stop()
    assert relay.join(10)


def test_confirms_that_stay_away_cost_the_connection_and_no_row(says: Engine) -> None:
    say(says, 5)
    fake = Broker(silent=True)
    relay = Relay("toyask", says, fake.open)
    relay.start()
    until(lambda: fake.opened >= 2)
    assert unsent(says) == 5
    fake.silent = False
    until(lambda: unsent(says) == 0)
    relay.stop()
    assert relay.join(10)


def test_a_row_that_commits_late_is_sent_though_its_position_is_lower(says: Engine) -> None:
    fake = Broker()
    relay = Relay("toyask", says, fake.open, batch=10)
    relay.start()
    with unit_of(says, "toyask") as late:
        emit(late.db, Asked(topic="late", things=(Item(item_id=new_id()),)))
        say(says, 50)
        until(lambda: len(fake.taken) >= 50)
    until(lambda: len(fake.taken) == 51)
    assert fake.taken[-1].key == "late"
    relay.stop()
    assert relay.join(10)


def test_only_one_relay_is_active_and_a_standby_takes_over(says: Engine) -> None:
    first, second = Broker(), Broker()
    relays = [Relay("toyask", says, each.open) for each in (first, second)]
    relays[0].start()
    until(lambda: relays[0].active)
    relays[1].start()
    say(says, 10)
    until(lambda: unsent(says) == 0)
    assert (len(first.taken), len(second.taken)) == (10, 0)
    relays[0].stop()
    until(lambda: relays[1].active, 10)
    say(says, 10)
    until(lambda: len(second.taken) == 10)
    relays[1].stop()
    assert all(relay.join(10) for relay in relays)


def test_an_idle_relay_is_woken_and_a_busy_one_is_not(says: Engine) -> None:
    import psycopg

    from shared.outbox import BUSY_LOCK, CHANNEL

    listener = psycopg.connect(
        says.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    )
    listener.execute(f"LISTEN {CHANNEL}")
    say(says, 20)
    assert len(list(listener.notifies(timeout=2, stop_after=1))) == 1
    assert list(listener.notifies(timeout=0.05)) == []
    with psycopg.connect(listener.info.dsn, password=listener.info.password, autocommit=True) as busy:
        busy.execute("SELECT pg_advisory_lock(%s)", (BUSY_LOCK,))
        say(says, 20)
        assert list(listener.notifies(timeout=0.05)) == []
    listener.close()


def test_the_publisher_confirms_what_arrived_whole_and_returns_what_did_not(rabbit: Toys) -> None:
    from dataclasses import replace
    from datetime import UTC, datetime

    rabbit.declare()
    publisher = Publisher(rabbit.url, rabbit.names)
    large = b'{"topic":"' + b"x" * 300_000 + b'","things":[]}'
    at = datetime.now(UTC)
    publisher.send([Row(1, "one", Asked.TYPE, "k", at, None, large), Row(2, "two", Asked.TYPE, "k", at, None, b"{}")])
    sent: list[int] = []

    def both() -> bool:
        sent.extend(publisher.take().sent)
        return len(sent) == 2

    until(both)
    with broker(rabbit.url) as connection:
        message = connection.channel().basic_get(rabbit.names.queue("toyanswer"))
        assert message.body == large
    publisher.close()
    # An exchange without an alternate one gives back what has no queue.
    names = replace(rabbit.names, prefix=f"{rabbit.names.prefix}-bare")
    with broker(rabbit.url) as connection:
        channel = connection.channel()
        for name in (names.events, names.applied):
            channel.exchange_declare(name, "topic", durable=True, auto_delete=False)
        publisher = Publisher(rabbit.url, names)
        publisher.send([Row(7, "seven", Asked.TYPE, "k", at, None, b"{}")])
        until(lambda: publisher.in_flight == 1)
        failed: list[tuple[int, str]] = []

        def one() -> bool:
            failed.extend(publisher.take().failed)
            return len(failed) == 1

        until(one)
        assert failed == [(7, "returned: NO_ROUTE")]
        publisher.close()
        for name in (names.events, names.applied):
            channel.exchange_delete(name)
    with pytest.raises(PublisherLost):
        partial(Publisher, rabbit.url, names)()


@pytest.mark.parametrize(
    ("path", "virtual_host"), [("", "/"), ("/", "/"), ("//", "/"), ("/%2F", "/"), ("/city", "city"), ("/a%2Fb", "a/b")]
)
def test_both_halves_of_a_worker_mean_the_same_virtual_host(path: str, virtual_host: str) -> None:
    url = f"amqp://guest:guest@127.0.0.1:5672{path}"
    assert parameters_of(url).virtual_host == virtual_host
    assert broker(url).virtual_host == virtual_host
