"""Outbox rows -> broker. One relay of a database is active: the one whose connection holds the advisory lock.

It selects and settles on that very connection, so that losing the lock ends its publishing. Rows are marked sent only
once the broker confirmed them; whatever goes wrong in between, they are sent again and the receivers' inboxes drop
the repeat.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any, Protocol

import psycopg
import structlog
from sqlalchemy import Engine

from shared import metrics, traces
from shared.loop import Loop
from shared.outbox import BUSY_LOCK, CHANNEL, RELAY_LOCK
from shared.publisher import PublisherLost, Row, Settled
from shared.topology import Names

BATCH = 500
IN_FLIGHT = 2 * BATCH
MOST_ATTEMPTS = 20
"""A row the broker refused that often is parked: it alone waits for a person, the others go on."""
_CONFIRM_WITHIN = 10.0
_LOOK_EVERY = 0.1
_STANDBY_EVERY = 1.0
_MEASURE_EVERY = 5.0
_FROM_THE_START_EVERY = 1.0

_SELECT = """
    SELECT position, event_id::text, type, key, at, traceparent, data FROM outbox
    WHERE sent_at IS NULL AND parked_at IS NULL AND position > %s AND (next_at IS NULL OR next_at <= now())
    ORDER BY position LIMIT %s
"""
_SELECT_BUT = _SELECT.replace("ORDER BY", "AND position <> ALL(%s::bigint[]) ORDER BY")
_SENT = "UPDATE outbox SET sent_at = now() WHERE position = ANY(%s)"
_FAILED = """
    UPDATE outbox SET attempts = attempts + 1, last_error = failed.error,
        next_at = now() + least(power(2, attempts), 3600) * interval '1 second',
        parked_at = CASE WHEN attempts + 1 >= %s THEN now() END
    FROM unnest(%s::bigint[], %s::text[]) AS failed (position, error) WHERE outbox.position = failed.position
"""
_DEPTH = """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(at)), 0)::float,
        (SELECT count(*) FROM (SELECT FROM outbox WHERE parked_at IS NOT NULL AND sent_at IS NULL LIMIT 1000) AS parked)
    FROM (SELECT at FROM outbox WHERE sent_at IS NULL AND parked_at IS NULL ORDER BY position LIMIT 100000) AS unsent
"""

log = structlog.get_logger("bangkom.relay")


class Sender(Protocol):
    """What the relay needs of shared.publisher.Publisher; the memory mode has one of its own."""

    @property
    def in_flight(self) -> int: ...
    def send(self, rows: Sequence[Row]) -> None: ...
    def take(self) -> Settled: ...
    def wait(self, seconds: float) -> None: ...
    def stalled(self) -> float: ...
    def close(self) -> None: ...


class Relay(Loop):
    """The relay of one service. `connect` opens a Sender, or raises PublisherLost."""

    def __init__(
        self,
        service: str,
        engine: Engine,
        connect: Callable[[], Sender],
        batch: int = BATCH,
        names: Names | None = None,
    ) -> None:
        super().__init__(f"relay:{service}")
        self.exchange = (names or Names()).events
        self.service = service
        self.active = False
        self.standby = False
        """Whether another relay of this database held the lock at two looks in a row."""
        self.broker_up = False
        self.database_up = False
        self._engine = engine
        self._connect = connect
        self._batch = batch
        self._measured = 0.0

    def live(self) -> None:
        try:
            connection = dedicated(self._engine)
            self.database_up = True
            try:
                self._hold(connection)
            finally:
                self._set_active(False)
                self.standby = False
                connection.close()
        except PublisherLost:
            raise  # the broker went away, not the database
        except Exception:
            self.database_up = False
            raise

    def _hold(self, connection: psycopg.Connection[Any]) -> None:
        while not self._lock(connection):
            if self.stopping.wait(_STANDBY_EVERY):
                return
            self.standby = True
        self.standby = False
        self._set_active(True)
        log.info("relay.active", service=self.service)
        self._serve(connection)

    def _lock(self, connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (RELAY_LOCK,)).fetchone()
        return bool(row and row[0])

    def _serve(self, connection: psycopg.Connection[Any]) -> None:
        """With the lock held: open a sender, and while that lives move rows."""
        connection.execute(f"LISTEN {CHANNEL}")
        self.measure(connection)
        sender = self._connect()
        self.broker_up = True
        try:
            _Pass(self, connection, sender, self._batch).run()
        finally:
            self.broker_up = False
            sender.close()

    def measure(self, connection: psycopg.Connection[Any]) -> None:
        if monotonic() - self._measured < _MEASURE_EVERY:
            return
        self._measured = monotonic()
        depth, age, parked = connection.execute(_DEPTH).fetchone() or (0, 0.0, 0)
        metrics.OUTBOX_DEPTH.labels(self.service).set(depth)
        metrics.OUTBOX_AGE.labels(self.service).set(age)
        metrics.OUTBOX_PARKED.labels(self.service).set(parked)

    def _set_active(self, active: bool) -> None:
        self.active = active
        metrics.RELAY_ACTIVE.labels(self.service).set(int(active))


class _Pass:
    """One connection to the database and one to the broker, for as long as both live."""

    def __init__(self, relay: Relay, connection: psycopg.Connection[Any], sender: Sender, batch: int) -> None:
        self._relay = relay
        self._connection = connection
        self._cursor = connection.cursor(binary=True)
        self._sender = sender
        self._batch = batch
        self._sent: set[int] = set()
        self._spans: dict[int, traces.Span] = {}
        self._after = 0
        self._from_the_start = 0.0
        self._busy = False

    def run(self) -> None:
        stopping = self._relay.stopping
        while not stopping.is_set():
            self._settle()
            rows = self._read() if self._sender.in_flight <= IN_FLIGHT - self._batch else []
            if rows:
                self._sender.send(self._told(rows) if traces.on() else rows)
            elif self._sender.in_flight:
                self._sender.wait(0.05)
            else:
                self._idle()
        until = monotonic() + _CONFIRM_WITHIN
        while self._sender.in_flight and monotonic() < until:
            self._sender.wait(0.05)
            self._settle()

    def _read(self) -> list[Row]:
        """The next rows. A pass goes up by position and starts again at the end and at least each second: positions are
        not the order of commits, so what lies behind is looked at again and again."""
        if monotonic() - self._from_the_start > _FROM_THE_START_EVERY:
            self._after = 0
        if self._after == 0:
            self._from_the_start = monotonic()
        if self._after == 0 and self._sent:
            self._cursor.execute(_SELECT_BUT, (0, list(self._sent), self._batch))
        else:
            self._cursor.execute(_SELECT, (self._after, self._batch))
        rows = [Row._make(row) for row in self._cursor.fetchall()]
        self._after = rows[-1].position if len(rows) == self._batch else 0
        self._sent.update([row.position for row in rows])
        if len(rows) == self._batch and not self._busy:
            found = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (BUSY_LOCK,)).fetchone()
            self._busy = bool(found and found[0])
        return rows

    def _told(self, rows: list[Row]) -> list[Row]:
        """The rows with the context of their publishing in place of the one they were written in."""
        told = []
        for row in rows:
            about = {
                "messaging.system": "rabbitmq",
                "messaging.operation.type": "send",
                "messaging.destination.name": self._relay.exchange,
                "messaging.message.id": row.event_id,
            }
            span = traces.begin(
                traces.PRODUCER, f"publish {row.type}", about, parent=row.traceparent, service=self._relay.service
            )
            self._spans[row.position] = span
            told.append(row._replace(traceparent=span.traceparent))
        return told

    def _settle(self) -> None:
        sent, failed = self._sender.take()
        for position in (*sent, *(position for position, _ in failed)) if self._spans else ():
            span = self._spans.pop(position, None)
            if span is not None:
                span.end()
        if sent:
            self._cursor.execute(_SENT, (sent,))
            self._sent.difference_update(sent)
            metrics.RELAY_SENT.labels(self._relay.service).inc(len(sent))
            self._relay.well()
        if failed:
            positions, errors = [position for position, _ in failed], [error for _, error in failed]
            self._cursor.execute(_FAILED, (MOST_ATTEMPTS, positions, errors))
            self._sent.difference_update(positions)
            metrics.RELAY_FAILED.labels(self._relay.service).inc(len(failed))
            log.warning("relay.refused", service=self._relay.service, rows=len(failed), reason=errors[0])
        if self._sender.stalled() > _CONFIRM_WITHIN:
            raise PublisherLost("confirms did not come in time")
        self._relay.measure(self._connection)

    def _idle(self) -> None:
        if self._busy:
            # Give up the lock first and look once more: who wrote while it was held sent no hint.
            self._connection.execute("SELECT pg_advisory_unlock(%s)", (BUSY_LOCK,))
            self._busy = False
            return
        self._relay.well()
        for _ in self._connection.notifies(timeout=_LOOK_EVERY, stop_after=1):
            pass


def dedicated(engine: Engine) -> psycopg.Connection[Any]:
    """A connection of its own, opened as the engine opens them, in autocommit."""
    pooled = engine.raw_connection()
    connection: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
    pooled.detach()
    connection.rollback()
    connection.autocommit = True
    # What settles rows may be lost in a crash: they are sent again. So its commits need not wait for the disk.
    connection.execute("SET synchronous_commit = off")
    connection.execute("SET statement_timeout = '30s'")
    return connection
