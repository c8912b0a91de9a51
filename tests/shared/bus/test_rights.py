"""Each service's own user on a RabbitMQ that knows no other: what a worker does goes through, the rest is refused."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from amqp.exceptions import AccessRefused
from click.testing import CliRunner
from sqlalchemy import Engine

from shared import rights, topology
from shared.cli import bangkom
from shared.dead import list_dead, replay_dead
from shared.service import Service
from shared.services import services
from shared.topology import Exchange, Names, Queue, broker
from shared.work import Worker
from tests.needs import a_strict_broker
from tests.shared.bus.fixtures import STEPS, Toys, until
from tests.shared.bus.toys import SERVICES, Whispered, speaking

NAMES = Names(prefix="strict", steps=STEPS)
PASSWORDS = {"toyask": "one", "toyanswer": "two", rights.TOPOLOGY: "three"}


@dataclass
class Strict:
    """The broker. `url` gives the address of a user."""

    address: str

    def url(self, name: str) -> str:
        return rights.address_for(self.address, name, PASSWORDS[name], NAMES)

    def may(self, name: str, do: Callable[[Any], object]) -> bool:
        """Whether the broker lets this user do it."""
        with broker(self.url(name)) as connection:
            channel = connection.channel()
            try:
                do(channel)
            except AccessRefused:
                return False
            return True


@pytest.fixture(scope="module")
def strict() -> Iterator[Strict]:
    with a_strict_broker(json.dumps(rights.definitions(SERVICES, PASSWORDS, "/", NAMES))) as address:
        made = Strict(address)
        topology.apply(made.url(rights.TOPOLOGY), SERVICES, NAMES)
        yield made


@pytest.fixture
def toys(toy_engines: dict[str, Engine], strict: Strict) -> Iterator[Toys]:
    made = Toys(toy_engines, NAMES, strict.url(rights.TOPOLOGY))
    with speaking():
        yield made
        made.stop()


def put(channel: Any, exchange: str, key: str) -> None:
    """Publish and wait for the confirm, for a refusal comes in its place."""
    channel.basic_publish(channel.prepare_message(b"{}"), exchange=exchange, routing_key=key, confirm_timeout=10)


def take(channel: Any, queue: str) -> None:
    channel.basic_get(queue)


def bind(channel: Any, queue: str, key: str) -> None:
    channel.queue_bind(queue=queue, exchange=NAMES.events, routing_key=key)


def test_relay_and_consumer_do_all_their_work_under_these_rights(toys: Toys, strict: Strict) -> None:
    for service in SERVICES:
        toys.worker(service.name, url=strict.url(service.name))
    toys.ask("all is well", 3)
    toys.all_answered()
    # One that fails goes through the waits into the dead letters, and back from there when its service asks for it.
    toys.ask("topic", note="poison")
    answering = next(service for service in SERVICES if service.name == "toyanswer")
    until(lambda: toys.dead("toyanswer") == 1, say=lambda: toys.dead("toyanswer"))
    letters = list_dead(answering, None, strict.url("toyanswer"), NAMES)
    given = replay_dead(answering, toys.engines["toyanswer"], strict.url("toyanswer"), None, NAMES)
    assert (len(letters), given) == (1, 1)

    def failed_anew() -> bool:
        found = list_dead(answering, None, strict.url("toyanswer"), NAMES)
        return len(found) == 1 and found[0].first_failed_at > letters[0].first_failed_at

    until(failed_anew)


def test_a_worker_alone_can_declare_nothing_that_all_share(toys: Toys, strict: Strict) -> None:
    elsewhere = replace(NAMES, prefix="strict2")
    made = Worker(SERVICES[0], toys.engines["toyask"], strict.url("toyask"), names=elsewhere)
    made.start()
    toys.workers.append(made)
    until(lambda: made.ready()["database"])
    assert not made.ready()["broker"]
    assert not strict.may("toyask", lambda channel: topology.declare(channel, [Exchange(NAMES.events, "topic")]))
    assert not strict.may("toyask", lambda channel: topology.declare(channel, [Queue("strict.more", {})]))
    assert not strict.may("toyask", lambda channel: channel.queue_delete(NAMES.queue("toyanswer")))


REFUSED = {
    "read another's queue": lambda channel: take(channel, "strict.toyanswer"),
    "read another's dead letters": lambda channel: take(channel, "strict.toyanswer.dead"),
    "read what waits": lambda channel: take(channel, NAMES.wait(STEPS[0])),
    "read what nobody heard": lambda channel: take(channel, NAMES.unrouted),
    "put a message straight into another's queue": lambda channel: put(channel, "", "strict.toyanswer"),
    "put a message straight into its own": lambda channel: put(channel, "", "strict.toyask"),
    "say what another says": lambda channel: put(channel, NAMES.events, "bangkom.toyanswer.answered.v1"),
    "say it as personal data": lambda channel: put(channel, NAMES.events, "personal.bangkom.toyanswer.answered.v1"),
    "let a message come back to another": lambda channel: put(channel, NAMES.wait(STEPS[0]), "strict.toyanswer"),
    "give another a dead letter": lambda channel: put(channel, NAMES.dead, "strict.toyanswer"),
    "hear all there is": lambda channel: bind(channel, "strict.toyask", "#"),
    "hear personal data it does not subscribe to": lambda channel: bind(
        channel, "strict.toyask", Whispered.ROUTING_KEY
    ),
    "empty another's queue": lambda channel: channel.queue_purge("strict.toyanswer"),
}
ALLOWED = {
    "read its own queue": lambda channel: take(channel, "strict.toyask"),
    "read its own dead letters": lambda channel: take(channel, "strict.toyask.dead"),
    "say what it says": lambda channel: put(channel, NAMES.events, "bangkom.toyask.asked.v1"),
    "let a message come back to itself": lambda channel: put(channel, NAMES.wait(STEPS[0]), "strict.toyask"),
    "hear what it subscribes to": lambda channel: bind(channel, "strict.toyask", "bangkom.toyanswer.answered.v1"),
}


def test_a_service_may_do_its_own_and_nothing_of_anothers(strict: Strict) -> None:
    assert [what for what, do in ALLOWED.items() if not strict.may("toyask", do)] == []
    assert [what for what, do in REFUSED.items() if strict.may("toyask", do)] == []


def test_the_command_writes_hashes_and_an_address_for_every_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANGKOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("AMQP_URL", "amqp://admin:Vh3kQz81LmWc0pRtYs7d@broker.example:5671/city")
    words = ["broker-users", "--out", str(tmp_path / "out")]
    ran = [CliRunner().invoke(bangkom, words) for _ in range(2)]
    assert [each.exit_code for each in ran] == [0, 0], ran[-1].output
    made = json.loads((tmp_path / "out" / "definitions.json").read_text())
    owners = [service.name for service in services() if service.metadata is not None]
    assert sorted(user["name"] for user in made["users"]) == sorted(f"bangkom.{name}" for name in [*owners, "topology"])
    assert made["vhosts"] == [{"name": "city"}]
    for name in owners:
        file = tmp_path / "out" / f"{name}.AMQP_URL"
        password = (tmp_path / "home" / "broker-passwords" / f"{name}.password").read_text().strip()
        assert file.read_text().strip() == f"amqp://bangkom.{name}:{password}@broker.example:5671/city"
        assert password not in json.dumps(made)
        assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "service", [each for each in services() if each.metadata is not None], ids=lambda one: one.name
)
def test_a_real_service_hears_what_it_subscribes_to_and_no_more(service: Service) -> None:
    may = rights.rights(service, Names(prefix="bangkom"))
    events = may.topics[0]
    assert events.read.count("|") + 1 == max(1, len(service.subscriptions))
    assert "*" not in events.read.replace(r"\*", "")
