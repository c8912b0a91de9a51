"""The worker of one service: relay, consumer, effect worker, sweeper and reader of figures, each a thread.

Over `memory://` the workers of all services live in one process; call `shared.memory.declare(services)` before the
first one starts.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from sqlalchemy import Engine

from shared.consumer import Consumer, Limits
from shared.effects import EffectWorker, Pace
from shared.figures import FigureReader
from shared.line import Line
from shared.loop import Loop
from shared.memory import REPLAYED, MemoryLine, MemorySender, is_memory
from shared.publisher import Publisher
from shared.relay import Relay
from shared.replay import replay
from shared.service import Service
from shared.sweeps import Sweeper
from shared.topology import Names


class Worker:
    """Start it, ask it to stop, wait for it. `listeners` are services whose queues must exist before the relay sends;
    without them it trusts that `topology apply` ran to its end."""

    def __init__(
        self,
        service: Service,
        engine: Engine,
        broker_url: str,
        *,
        names: Names | None = None,
        limits: Limits | None = None,
        pace: Pace | None = None,
        listeners: Sequence[Service] = (),
    ) -> None:
        names = names or Names()
        limits = limits or Limits(steps=names.steps)
        self.service = service
        self._engine = engine
        self._memory = is_memory(broker_url)
        if self._memory:
            self._relay = Relay(service.name, engine, partial(MemorySender, service, names), names=names)
            self._consumer = Consumer(service, engine, partial(MemoryLine, engine, service, names), limits)
        else:
            queues = [names.queue(other.name) for other in listeners if other.subscriptions]
            self._relay = Relay(service.name, engine, partial(Publisher, broker_url, names, queues), names=names)
            self._consumer = Consumer(service, engine, partial(Line, broker_url, service, names), limits)
        self._loops: list[Loop] = [self._relay, EffectWorker(service, engine, pace), Sweeper(service, engine)]
        if service.subscriptions:
            self._loops.insert(1, self._consumer)
        if service.figures:
            self._loops.append(FigureReader(service, engine))

    def start(self) -> None:
        """Start the threads. In memory mode the outbox of the last 7 days is sent again first."""
        if self._memory:
            replay(self._engine, datetime.now(UTC) - REPLAYED)
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """Ask every thread to finish what it has in hand; returns at once."""
        for loop in self._loops:
            loop.stop()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the threads to end, all together at most `timeout` seconds; whether they did."""
        until = None if timeout is None else monotonic() + timeout
        ended = [loop.join(None if until is None else max(0.0, until - monotonic())) for loop in self._loops]
        return all(ended)

    def ready(self) -> dict[str, bool]:
        """Whether the relay and the consumer can use the `database` and the `broker` now. A relay on standby needs no
        broker: another process holds this database's lock and sends."""
        found = {
            "database": self._relay.database_up,
            "broker": self._relay.broker_up or self._relay.standby,
        }
        if self.service.subscriptions:
            found["database"] = found["database"] and self._consumer.database_up
            found["broker"] = found["broker"] and self._consumer.broker_up
        return found
