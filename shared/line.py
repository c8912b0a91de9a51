"""A consumer's connection to the broker: receive, acknowledge, let wait, give up. kombu over RabbitMQ.

Any error of the broker or the connection is raised and ends the line; nothing is ever acknowledged on another channel
than the one it came on. shared.memory has the line of the memory mode.
"""

import contextlib
import struct
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from shared import envelope
from shared.batch import Letter
from shared.codec import encode
from shared.service import Service
from shared.topology import Names, broker, ensure

WIDE = 400
MOST_MESSAGES = 200
MOST_ITEMS = 500
MOST_BYTES = 4 * 1024 * 1024
_CONFIRM_WITHIN = 10.0
_READ = 64 * 1024
_FRAME = struct.Struct(">BHI")
_FRAME_END = 0xCE

ATTEMPT = "x-attempt"
NOT_YET = "x-not-yet"
ERROR = "x-error"
FIRST_FAILED_AT = "x-first-failed-at"
OURS = (ATTEMPT, NOT_YET, ERROR, FIRST_FAILED_AT)


@dataclass(eq=False)
class Raw:
    """A message as it came. `letter` is None where it can't be read (`error` says why) or nobody here hears it."""

    tag: Any
    content_type: str | None
    headers: Mapping[str, Any]
    body: bytes
    redelivered: bool = False
    letter: Letter | None = None
    error: str | None = None


@dataclass(frozen=True)
class Mark:
    """What is written on a message that waits or is given up."""

    attempt: int
    not_yet: int
    error: str
    first_failed_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    def headers(self) -> dict[str, Any]:
        return {
            ATTEMPT: self.attempt,
            NOT_YET: self.not_yet,
            ERROR: self.error[:500],
            FIRST_FAILED_AT: self.first_failed_at,
        }


class Line:
    """An open line. `raw_of` makes a Letter of what came, or says why it is none."""

    def __init__(self, url: str, service: Service, names: Names) -> None:
        self.queue = names.queue(service.name)
        self.buffer: deque[Raw] = deque()
        self._names = names
        self._service = service
        self._tag: str | None = None
        self._prefetch = 0
        self._connection = self._connect(url)
        try:
            self._in = self._connection.channel()
            self._out = self._connection.channel()
            self._declare()
            self.consume(1)
        except BaseException:
            self.close()
            raise

    def _connect(self, url: str) -> Any:
        connection: Any = broker(url)
        connection.connect()
        # py-amqp reads each piece of a frame with a call of its own, but keeps what it gets beyond it: so get more.
        transport = connection.connection.transport
        receive = transport._quick_recv
        transport._quick_recv = lambda size: receive(max(size, _READ))
        return connection

    def _declare(self) -> None:
        ensure(self._connection, self._service, self._names)

    @property
    def narrow(self) -> bool:
        """Whether messages come one at a time, which is how every line begins."""
        return self._prefetch == 1

    def consume(self, prefetch: int) -> None:
        """Receive, with at most `prefetch` on the way. A limit holds for consumers made after it, so a new one is
        made."""
        if prefetch == self._prefetch and self._tag:
            return
        self.cancel()
        self._in.basic_qos(0, prefetch, False)
        # Never the same tag again: RabbitMQ < 3.10.9 crashes the channel over one (rabbitmq-server issue 5927).
        self._tag = f"{self.queue}.{uuid4()}"
        self._in.basic_consume(self.queue, no_ack=False, callback=self._received, consumer_tag=self._tag)
        self._prefetch = prefetch

    def cancel(self) -> None:
        """Receive no more; what is in the buffer stays ours to settle."""
        if self._tag:
            self._in.basic_cancel(self._tag)
            self._tag = None

    def take(self, seconds: float, read: Any) -> list[Raw]:
        """The next batch, still in the buffer until it is acknowledged. Waits for the first message, then takes what is
        already there. `read` is given each raw message once."""
        if not self.buffer:
            self.listen(seconds)
        while len(self.buffer) < WIDE and self.listen(0):
            pass
        batch: list[Raw] = []
        items = size = 0
        for raw in self.buffer:
            if raw.letter is None and raw.error is None:
                read(raw)
            items += raw.letter.items if raw.letter else 1
            size += len(raw.body)
            if batch and (items > MOST_ITEMS or size > MOST_BYTES):
                break
            batch.append(raw)
            if len(batch) == (1 if self.narrow else MOST_MESSAGES):
                break
        return batch

    def listen(self, seconds: float) -> bool:
        """Let the connection work until something came or the time is over."""
        try:
            self._connection.drain_events(timeout=seconds)
        except TimeoutError:
            return False
        self._hand_on()
        return True

    def _hand_on(self) -> None:
        """Let py-amqp handle the whole frames that came with the one it waited for: by itself it would set a time-out
        and take it back for each."""
        connection = self._connection.connection
        came, frames, at = connection.transport._read_buffer, [], 0
        while len(came) >= at + _FRAME.size:
            kind, channel, size = _FRAME.unpack_from(came, at)
            end = at + _FRAME.size + size
            if len(came) <= end or came[end] != _FRAME_END:
                # py-amqp waits for the rest, or says what is wrong with it.
                break
            frames.append((kind, channel, came[at + _FRAME.size : end]))
            at = end + 1
        connection.transport._read_buffer = came[at:]
        for frame in frames:
            connection.on_inbound_frame(frame)

    def beat(self) -> None:
        """Show the broker that we live; called at least every few seconds."""
        self._connection.heartbeat_check()

    def ack(self, count: int) -> None:
        """The first `count` messages of the buffer are settled."""
        if count:
            self._in.basic_ack(self.buffer[count - 1].tag, multiple=True)
            for _ in range(count):
                self.buffer.popleft()

    def wait(self, raw: Raw, step: float, mark: Mark) -> None:
        """Let a message come back to this queue after one of the steps."""
        self._publish(self._names.wait(step), *self._copy(raw, mark))

    def dead(self, raw: Raw, mark: Mark, rest: Any = None) -> None:
        """Give a message up; `rest` is the event with only the items that failed."""
        self._publish(self._names.dead, *self._copy(raw, mark, rest))

    def dead_letters(self) -> int:
        """How many there are."""
        count: int = self._out.queue_declare(
            queue=self._names.dead_queue(self._service.name), passive=True
        ).message_count
        return count

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.close()

    def _received(self, message: Any) -> None:
        # py-amqp's own message: kombu's would be made of it for every one of them, to read the same four things.
        body, properties = message.body, message.properties
        self.buffer.append(
            Raw(
                message.delivery_info["delivery_tag"],
                properties.get("content_type"),
                properties.get("application_headers") or {},
                body.encode() if isinstance(body, str) else bytes(body),
                bool(message.delivery_info["redelivered"]),
            )
        )

    def _copy(self, raw: Raw, mark: Mark, rest: Any = None) -> tuple[str | None, dict[str, Any], bytes]:
        """Our headers and those of the event; never the broker's x-death or x-delivery-count, which would make it drop
        the message as one that goes in circles."""
        if rest is not None and raw.letter is not None:
            sent = envelope.headers(
                str(raw.letter.event_id), rest.TYPE, rest.key, datetime.now(UTC), raw.letter.traceparent
            )
            return envelope.JSON, {**sent, **mark.headers()}, encode(rest)
        return raw.content_type, {**dict(event_headers(raw.headers)), **mark.headers()}, raw.body

    def _publish(self, exchange: str, content_type: str | None, headers: dict[str, Any], body: bytes) -> None:
        message = self._out.prepare_message(
            body, content_type=content_type, headers=headers, properties={"delivery_mode": 2}
        )
        # py-amqp takes the next confirm on the channel for this message's; that is right as long as there is one
        # message at a time and a time-out ends the line, which it does by being raised.
        self._out.basic_publish(
            message, exchange=exchange, routing_key=self.queue, mandatory=True, confirm_timeout=_CONFIRM_WITHIN
        )


def event_headers(headers: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The headers that belong to the event itself."""
    for name, value in headers.items():
        if not name.lower().startswith("x-"):
            yield name, value
