"""Every exchange, queue and binding on the broker, in one place.

`bangkom.events` (topic) -> one quorum queue a service; what nobody hears -> `bangkom.unrouted`. Wait queues, one a
step and shared by all services: exchange -> queue with a time to live and the default exchange behind it, so that an
expired message goes back to exactly the queue that its routing key names. `bangkom.dead` -> `<queue>.dead`.

Every exchange that a service publishes to is a topic exchange, because for those alone the broker can limit the
routing keys of a user: see shared.rights.

Arguments of a queue are never changed in place (the broker answers 406): a changed queue gets a new name.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kombu.connection import Connection

from shared.service import Service

STEPS = (1.0, 5.0, 30.0, 120.0, 600.0, 3600.0)
"""How long a message waits before each new try, in seconds."""

PREFIX = "BANGKOM_BUS_PREFIX"
DELIVERY_LIMIT = 20
"""A fuse for a message that kills its process. Attempts are counted in our own header."""
_PERSONAL = "personal."


@dataclass(frozen=True)
class Names:
    """What things are called. `prefix` keeps two installations on one broker apart; `steps` are the waits in
    seconds."""

    prefix: str = field(default_factory=lambda: os.environ.get(PREFIX, "bangkom"))
    steps: tuple[float, ...] = STEPS

    @property
    def events(self) -> str:
        return f"{self.prefix}.events"

    @property
    def unrouted(self) -> str:
        return f"{self.prefix}.unrouted"

    @property
    def dead(self) -> str:
        return f"{self.prefix}.dead"

    @property
    def applied(self) -> str:
        """An exchange that carries nothing: apply() declares it last, so that a relay knows that all queues exist."""
        return f"{self.prefix}.applied"

    def queue(self, service: str) -> str:
        return f"{self.prefix}.{service}"

    def dead_queue(self, service: str) -> str:
        return f"{self.queue(service)}.dead"

    def wait(self, step: float) -> str:
        return f"{self.prefix}.wait.{step:g}s"


@dataclass(frozen=True)
class Exchange:
    name: str
    kind: str
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Queue:
    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Binding:
    queue: str
    exchange: str
    key: str = ""


Part = Exchange | Queue | Binding


def plan(services: Sequence[Service], names: Names) -> Iterator[Part]:
    """What has to exist for these services, in the order to declare it."""
    yield from common(names)
    for service in services:
        yield from own(service, names)


def common(names: Names) -> Iterator[Part]:
    """What all services share."""
    yield Exchange(names.unrouted, "fanout")
    yield Queue(names.unrouted, _quorum({"x-max-length": 10_000, "x-overflow": "drop-head"}))
    yield Binding(names.unrouted, names.unrouted)
    yield Exchange(names.events, "topic", {"alternate-exchange": names.unrouted})
    yield Exchange(names.dead, "topic")
    for step in names.steps:
        yield Exchange(names.wait(step), "topic")
        yield Queue(names.wait(step), _lossless("", {"x-message-ttl": int(step * 1000)}))
        yield Binding(names.wait(step), names.wait(step), "#")


def own(service: Service, names: Names) -> Iterator[Part]:
    """What belongs to one service: its queue and its dead letters."""
    if not service.subscriptions:
        return
    queue, dead = names.queue(service.name), names.dead_queue(service.name)
    yield Queue(dead, _quorum({"x-delivery-limit": 1_000_000}))
    yield Binding(dead, names.dead, queue)
    yield Queue(
        queue,
        _lossless(names.dead, {"x-dead-letter-routing-key": queue, "x-delivery-limit": DELIVERY_LIMIT}),
    )
    for kind in service.subscriptions:
        # Personal data has a prefix of its own: only a queue that names the very event gets it, never a wildcard.
        yield Binding(queue, names.events, kind.ROUTING_KEY)


def apply(url: str, services: Sequence[Service], names: Names | None = None) -> None:
    """Declare everything; harmless when repeated. Raises what the broker says where a thing exists with other
    arguments."""
    names = names or Names()
    with broker(url) as connection:
        channel = connection.channel()
        declare(channel, plan(services, names))
        declare(channel, [Exchange(names.applied, "fanout")])


def check(url: str, services: Sequence[Service], names: Names | None = None) -> list[str]:
    """What differs from the plan, a sentence each; empty when all is as it should be. Changes nothing.

    Bindings can't be read over AMQP; a service's worker declares its own again at every connect.
    """
    names = names or Names()
    found = []
    with broker(url) as connection:
        for part in [*plan(services, names), Exchange(names.applied, "fanout")]:
            if isinstance(part, Binding):
                continue
            what = f"{type(part).__name__.lower()} {part.name}"
            if _refused(connection, partial(_passive, part=part)):
                found.append(f"{what} is missing")
            elif _refused(connection, partial(declare, parts=[part])):
                found.append(f"{what} has other arguments")
    return found


def ensure(connection: Connection, service: Service, names: Names) -> None:
    """Declare what is the service's own, and of what all share only what is missing: a worker's user may not declare
    that, and needs not where `topology apply` ran."""
    shared = list(common(names))
    if any(_refused(connection, partial(_passive, part=part)) for part in shared if not isinstance(part, Binding)):
        channel = connection.channel()  # type: ignore[no-untyped-call]
        declare(channel, shared)
        channel.close()
    channel = connection.channel()  # type: ignore[no-untyped-call]
    declare(channel, own(service, names))
    channel.close()


def declare(channel: Any, parts: Sequence[Part] | Iterator[Part]) -> None:
    """Declare parts on a kombu channel of either transport."""
    for part in parts:
        match part:
            case Exchange(name, kind, arguments):
                channel.exchange_declare(
                    exchange=name, type=kind, durable=True, auto_delete=False, arguments=arguments or None
                )
            case Queue(name, arguments):
                channel.queue_declare(
                    queue=name, durable=True, exclusive=False, auto_delete=False, arguments=dict(arguments)
                )
            case Binding(queue, exchange, key):
                channel.queue_bind(queue=queue, exchange=exchange, routing_key=key)


def broker(url: str, heartbeat: float = 30) -> Connection:
    """A connection with time-outs on connect, read, write; publishing on it is confirmed."""
    return Connection(  # type: ignore[no-untyped-call]
        url,
        connect_timeout=10,
        heartbeat=heartbeat,
        transport_options={"confirm_publish": True, "read_timeout": 60, "write_timeout": 30},
    )


def is_personal(routing_key: str) -> bool:
    return routing_key.startswith(_PERSONAL)


def _quorum(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"x-queue-type": "quorum", **arguments}


def _lossless(dead_letter_exchange: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return _quorum(
        {
            "x-dead-letter-exchange": dead_letter_exchange,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            **arguments,
        }
    )


def _passive(channel: Any, part: Exchange | Queue) -> None:
    if isinstance(part, Exchange):
        channel.exchange_declare(exchange=part.name, type=part.kind, passive=True)
    else:
        channel.queue_declare(queue=part.name, passive=True)


def _refused(connection: Connection, ask: Callable[[Any], None]) -> bool:
    """Whether the broker closed the channel over this: each question gets a channel of its own."""
    channel = connection.channel()  # type: ignore[no-untyped-call]
    try:
        ask(channel)
    except connection.channel_errors:
        return True
    channel.close()
    return False
