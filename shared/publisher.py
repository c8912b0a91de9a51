"""Publishing with pipelined confirms: a pika connection in a thread of its own.

What a publisher says is confirmed, the broker has stored. A connection that is lost or too slow is thrown away with its
publisher, so that a confirm which comes late counts for nothing.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from functools import cache, partial
from struct import Struct
from threading import Event, Thread
from time import monotonic
from typing import Any, NamedTuple

import pika
from pika import spec
from pika.frame import Method

from shared.envelope import packed
from shared.events import CATALOGUE
from shared.topology import Names

_OPEN_WITHIN = 15.0
_CHUNK = 100
_HEADER = Struct(">BHIHxxQ")
_FRAME = Struct(">BHI")
_END = b"\xce"


class Row(NamedTuple):
    """An outbox row as the relay reads it."""

    position: int
    event_id: str
    type: str
    key: str
    at: datetime
    traceparent: str | None
    data: bytes


class Settled(NamedTuple):
    """What became of rows: positions confirmed, and positions refused with the reason."""

    sent: list[int]
    failed: list[tuple[int, str]]


class PublisherLost(Exception):
    """The connection to the broker is gone, or was never there."""


class _Connection(pika.SelectConnection):  # type: ignore[misc]
    """A connection that publishes a chunk of messages with one write.

    pika makes three objects and three writes of a message, which is most of what publishing one costs. The frames
    here are those that its basic_publish makes, the first of the three by pika itself and once for each routing key.
    """

    def publish(self, channel: Any, exchange: str, rows: Sequence[Row]) -> None:
        number, longest = channel.channel_number, self._body_max_length
        pieces: list[bytes] = []
        for row in rows:
            properties = packed(row.event_id, row.type, row.key, row.at, row.traceparent)
            size = len(row.data)
            pieces += (
                _publish_frame(number, exchange, row.type),
                _HEADER.pack(2, number, 12 + len(properties), 60, size),
                properties,
                _END,
            )
            if 0 < size <= longest:
                pieces += (_FRAME.pack(3, number, size), row.data, _END)
            else:
                for start in range(0, size, longest):
                    part = row.data[start : start + longest]
                    pieces += (_FRAME.pack(3, number, len(part)), part, _END)
        self._adapter_emit_data(b"".join(pieces))


@cache
def _publish_frame(channel_number: int, exchange: str, type_name: str) -> bytes:
    kind = CATALOGUE.get(type_name)
    routing_key = kind.ROUTING_KEY if kind else type_name
    frame: bytes = Method(
        channel_number, spec.Basic.Publish(exchange=exchange, routing_key=routing_key, mandatory=True)
    ).marshal()
    return frame


def parameters_of(url: str) -> pika.URLParameters:
    """A broker's address as pika takes it. kombu reads a path of // as the virtual host /, pika as one without a name:
    both halves of a worker must mean the same one, and it is kombu's."""
    return pika.URLParameters(url[:-2] + "/%2F" if url.endswith("//") else url)


class Publisher:
    """One connection. `queues` must exist before it opens: until then the relay waits."""

    def __init__(self, url: str, names: Names, queues: Sequence[str] = ()) -> None:
        self._names = names
        self._passive = deque(queues)
        self._confirmed: deque[int] = deque()
        self._failed: deque[tuple[int, str]] = deque()
        self._unconfirmed: dict[int, Row] = {}
        self._returned: dict[str, str] = {}
        self._lowest = self._tag = 1
        self._progress = monotonic()
        self._in_flight = 0
        self._news = Event()
        self._open = Event()
        self._over = Event()
        self._error = "closed"
        self._channel: Any = None
        parameters = parameters_of(url)
        parameters.heartbeat = 30
        parameters.socket_timeout = parameters.stack_timeout = 10
        parameters.connection_attempts = 1
        self._connection = _Connection(
            parameters,
            on_open_callback=self._opened,
            on_open_error_callback=self._ended,
            on_close_callback=self._ended,
        )
        self._thread = Thread(target=self._run, name="publisher", daemon=True)
        self._thread.start()
        if not self._open.wait(_OPEN_WITHIN) or self._over.is_set():
            self.close()
            raise PublisherLost(self._error)

    @property
    def in_flight(self) -> int:
        """Rows sent whose fate has not been taken yet."""
        return self._in_flight

    def send(self, rows: Sequence[Row]) -> None:
        """Publish; returns at once. PublisherLost where the connection has ended."""
        self._live()
        if not self._in_flight:
            self._progress = monotonic()
        self._in_flight += len(rows)
        self._connection.ioloop.add_callback_threadsafe(partial(self._publish, rows))

    def take(self) -> Settled:
        """What was confirmed or refused since the last call."""
        self._live()
        self._news.clear()
        sent = [self._confirmed.popleft() for _ in range(len(self._confirmed))]
        failed = [self._failed.popleft() for _ in range(len(self._failed))]
        if sent or failed:
            self._in_flight -= len(sent) + len(failed)
            self._progress = monotonic()
        return Settled(sent, failed)

    def wait(self, seconds: float) -> None:
        """Until there is something to take, or for that long."""
        self._news.wait(seconds)

    def stalled(self) -> float:
        """For how many seconds rows in flight have waited without any news."""
        return monotonic() - self._progress if self._in_flight else 0.0

    def close(self) -> None:
        """End the connection; what is unconfirmed stays unsent."""
        if self._thread.is_alive():
            self._connection.ioloop.add_callback_threadsafe(self._shut)
            self._thread.join(5)

    def _live(self) -> None:
        if self._over.is_set():
            raise PublisherLost(self._error)

    def _run(self) -> None:
        try:
            self._connection.ioloop.start()
        except Exception as error:  # noqa: BLE001 - the thread's end is told to the relay, whatever it was
            self._error = type(error).__name__
        finally:
            self._over.set()
            self._open.set()
            self._news.set()

    def _shut(self) -> None:
        if self._connection.is_closed or self._connection.is_closing:
            self._connection.ioloop.stop()
        else:
            self._connection.close()
            self._connection.ioloop.call_later(2, self._connection.ioloop.stop)

    def _ended(self, connection: Any, reason: Any) -> None:
        self._error = type(reason).__name__
        self._over.set()
        self._news.set()
        connection.ioloop.stop()

    def _opened(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._channel_open)

    def _channel_open(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._channel_closed)
        channel.exchange_declare(self._names.events, passive=True, callback=self._exists)

    def _exists(self, _frame: Any) -> None:
        if self._passive:
            self._channel.queue_declare(self._passive.popleft(), passive=True, callback=self._exists)
        else:
            # Declared last of all by `topology apply`: from here on every listener has its queue.
            self._channel.exchange_declare(self._names.applied, passive=True, callback=self._ready)

    def _ready(self, _frame: Any) -> None:
        self._channel.add_on_return_callback(self._on_return)
        self._channel.confirm_delivery(self._on_confirm, callback=lambda _: self._open.set())

    def _channel_closed(self, _channel: Any, reason: Any) -> None:
        self._error = getattr(reason, "reply_text", "") or type(reason).__name__
        self._over.set()
        self._news.set()
        self._open.set()
        self._shut()

    def _publish(self, rows: Sequence[Row], start: int = 0) -> None:
        """Publish a chunk, and the next one when the broker had its turn: it works while the frames of that are
        made."""
        if not self._channel.is_open:
            return
        chunk = rows[start : start + _CHUNK]
        for row in chunk:
            self._unconfirmed[self._tag] = row
            self._tag += 1
        self._connection.publish(self._channel, self._names.events, chunk)
        if start + _CHUNK < len(rows):
            self._connection.ioloop.add_callback_threadsafe(partial(self._publish, rows, start + _CHUNK))

    def _on_return(self, _channel: Any, method: Any, properties: Any, _body: bytes) -> None:
        # It comes before the confirm of the same message; which one that is, only the message id says.
        self._returned[properties.message_id] = method.reply_text

    def _on_confirm(self, frame: Any) -> None:
        method = frame.method
        tags = range(self._lowest, method.delivery_tag + 1) if method.multiple else (method.delivery_tag,)
        rows = [self._unconfirmed.pop(tag) for tag in tags if tag in self._unconfirmed]
        while self._lowest < self._tag and self._lowest not in self._unconfirmed:
            self._lowest += 1
        if method.NAME != "Basic.Ack":
            self._failed.extend((row.position, "nacked") for row in rows)
        elif self._returned:
            for row in rows:
                reason = self._returned.pop(row.event_id, None)
                if reason is None:
                    self._confirmed.append(row.position)
                else:
                    self._failed.append((row.position, f"returned: {reason}"))
        else:
            self._confirmed.extend([row.position for row in rows])
        if not self._unconfirmed or len(self._confirmed) >= 250:
            self._news.set()
