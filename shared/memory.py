"""The memory mode: all services as threads of one process over kombu's memory transport.

`declare(services)` comes first, before any worker starts: a message to a queue that does not exist yet would be lost.
What waits and what is given up are rows in the service's own database, because this broker has neither time to live
nor dead letters, forgets everything with its process, and can't be seen from another shell. A start replays the
outbox of the last week; the inboxes drop what was handled.
"""

from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from queue import Queue as Waiting
from threading import Lock
from time import monotonic, sleep
from typing import Any, ClassVar

from kombu.connection import Connection
from kombu.transport import memory, virtual
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from shared import envelope
from shared.events import CATALOGUE
from shared.line import Line, Mark, Raw
from shared.publisher import PublisherLost, Row, Settled
from shared.service import Service
from shared.tables import metadata
from shared.topology import Names, plan
from shared.topology import declare as declare_parts

URL = "memory://"
REPLAYED = timedelta(days=7)
_FULL = 5_000
"""Messages in one queue at which the relays pause, so that memory stays bounded."""
_DUE_EVERY = 0.25
_CONTENT_TYPE = "content-type"

_SHARED = metadata("any")
_WAITING = _SHARED.tables["waiting"]
_DEAD = _SHARED.tables["dead_letter"]
_declaring = Lock()
_declared: set[str] = set()


_Channel: Any = memory.Channel
_Transport: Any = memory.Transport
_VirtualChannel: Any = virtual.Channel
_State: Any = virtual.BrokerState


class Channel(_Channel):  # type: ignore[misc]
    """A memory channel that gives back what was not acknowledged, to the very queue it came from."""

    queues: ClassVar[dict[str, Waiting[Any]]] = {}
    do_restore = True
    body_encoding = None

    def basic_consume(self, queue: str, *args: Any, **kwargs: Any) -> Any:
        self.back_to = queue
        return super().basic_consume(queue, *args, **kwargs)

    def _restore(self, message: Any) -> None:
        self._put(self.back_to, message.serializable())

    def close(self) -> None:
        # The parent's close forgets the queues, which all channels share.
        _VirtualChannel.close(self)


class Transport(_Transport):  # type: ignore[misc]
    Channel = Channel
    global_state = _State()


def is_memory(url: str) -> bool:
    return url.startswith(URL)


def declare(services: Sequence[Service], names: Names | None = None) -> None:
    """Declare the queues of all services of this process. Repeatable; must come before the first worker starts."""
    names = names or Names()
    with _declaring, _connect() as connection:
        declare_parts(connection.channel(), plan(services, names))
        _declared.update(names.queue(service.name) for service in services)


def forget(names: Names) -> None:
    """Lose all messages of this process under these names, as its end would. For tests."""
    with _declaring:
        for queue in [name for name in Channel.queues if name.startswith(f"{names.prefix}.")]:
            Channel.queues[queue] = Waiting()


def _connect() -> Any:
    return Connection(  # type: ignore[no-untyped-call]
        URL, transport=Transport, transport_options={"polling_interval": 0.005}
    )


class MemorySender:
    """The relay's side: what is published is there, so it is confirmed at once."""

    def __init__(self, service: Service, names: Names) -> None:
        if names.queue(service.name) not in _declared:
            raise PublisherLost(f"shared.memory.declare() was not called with {service.name}")
        self._names = names
        self._connection = _connect()
        self._channel = self._connection.channel()
        self._sent: deque[int] = deque()

    @property
    def in_flight(self) -> int:
        return len(self._sent)

    def send(self, rows: Sequence[Row]) -> None:
        for row in rows:
            kind = CATALOGUE.get(row.type)
            message = self._channel.prepare_message(
                row.data,
                content_type=envelope.JSON,
                headers=envelope.headers(row.event_id, row.type, row.key, row.at, row.traceparent),
                properties={},
            )
            self._channel.basic_publish(
                message, exchange=self._names.events, routing_key=kind.ROUTING_KEY if kind else row.type
            )
            self._sent.append(row.position)

    def take(self) -> Settled:
        if any(queue.qsize() > _FULL for queue in list(Channel.queues.values())):
            return Settled([], [])
        sent = list(self._sent)
        self._sent.clear()
        return Settled(sent, [])

    def wait(self, seconds: float) -> None:
        sleep(min(seconds, 0.01))

    def stalled(self) -> float:
        return 0.0

    def close(self) -> None:
        self._connection.close()


class MemoryLine(Line):
    """A line over the memory transport. Due rows of `waiting` join the buffer as if they had been received."""

    def __init__(self, engine: Engine, service: Service, names: Names) -> None:
        self._engine = engine
        self._looked = 0.0
        super().__init__(URL, service, names)

    def _connect(self, url: str) -> Any:  # noqa: ARG002 - there is only one memory
        if self.queue not in _declared:
            raise PublisherLost(f"shared.memory.declare() was not called with {self._service.name}")
        return _connect()

    def _declare(self) -> None:
        pass

    @property
    def narrow(self) -> bool:
        return False

    def consume(self, prefetch: int) -> None:
        super().consume(max(prefetch, 200))

    def beat(self) -> None:
        pass

    def _hand_on(self) -> None:
        pass

    def listen(self, seconds: float) -> bool:
        return super().listen(min(seconds, 0.05)) or self._due()

    def ack(self, count: int) -> None:
        rows = []
        for _ in range(count):
            raw = self.buffer.popleft()
            if raw.tag is None:
                rows.append(raw)
            else:
                self._in.basic_ack(raw.tag)
        # A row that waits again was given a later moment under the same id and stays.
        if rows:
            with self._engine.begin() as connection:
                for raw in rows:
                    connection.execute(
                        delete(_WAITING).where(
                            _WAITING.c.event_id == raw.headers["x-row"], _WAITING.c.next_at == raw.headers["x-row-at"]
                        )
                    )

    def wait(self, raw: Raw, step: float, mark: Mark) -> None:
        content_type, headers, body = self._copy(raw, mark)
        assert raw.letter is not None
        values = {
            "event_id": raw.letter.event_id,
            "type": raw.letter.event.TYPE,
            "headers": {**headers, _CONTENT_TYPE: content_type},
            "data": body,
            "next_at": datetime.now(UTC) + timedelta(seconds=step),
        }
        with self._engine.begin() as connection:
            connection.execute(
                upsert(_WAITING).values(values).on_conflict_do_update(index_elements=["event_id"], set_=values)
            )

    def dead(self, raw: Raw, mark: Mark, rest: Any = None) -> None:
        content_type, headers, body = self._copy(raw, mark, rest)
        values = {
            "letter_id": envelope.letter_id(headers, body),
            "type": str(headers.get("cloudEvents_type", "")),
            "headers": {**headers, _CONTENT_TYPE: content_type},
            "data": body,
            "at": datetime.now(UTC),
        }
        with self._engine.begin() as connection:
            connection.execute(
                upsert(_DEAD).values(values).on_conflict_do_update(index_elements=["letter_id"], set_=values)
            )

    def dead_letters(self) -> int:
        with self._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(_DEAD)) or 0

    def _received(self, message: Any) -> None:
        self.buffer.append(Raw(message.delivery_tag, message.content_type, message.headers or {}, bytes(message.body)))

    def _due(self) -> bool:
        if monotonic() - self._looked < _DUE_EVERY or any(raw.tag is None for raw in self.buffer):
            return False
        self._looked = monotonic()
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(_WAITING).where(_WAITING.c.next_at <= func.now()).order_by(_WAITING.c.next_at).limit(100)
            ).all()
        for row in rows:
            headers = dict(row.headers)
            content_type = headers.pop(_CONTENT_TYPE, None)
            headers |= {"x-row": row.event_id, "x-row-at": row.next_at}
            self.buffer.append(Raw(None, content_type, headers, row.data))
        return bool(rows)
