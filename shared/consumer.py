"""Broker -> inbox -> handlers, in batches; what fails waits and comes back, what is given up goes to the dead letters.

Everything in the buffer of a line is unacknowledged: whatever ends the line, the broker gives it again, and the inbox
and the item keys make that harmless.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from uuid import UUID

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from shared import envelope, metrics, traces
from shared.batch import Batches, DatabaseAway, Letter, Result, away, is_not_yet, passing
from shared.codec import Unreadable, decode
from shared.errors import NotYet
from shared.line import ATTEMPT, FIRST_FAILED_AT, NOT_YET, WIDE, Line, Mark, Raw
from shared.loop import Loop, in_short, pause
from shared.observe import places
from shared.service import Service
from shared.topology import STEPS

_LISTEN = 0.25
_FINISH_WITHIN = 10.0
_HOLD_AT_MOST = 600.0
_COUNT_EVERY = 30.0

log = structlog.get_logger("bangkom.consumer")


@dataclass(frozen=True)
class Limits:
    """How often a message is tried. `steps` are the waits in seconds, the last is repeated; `not_yet` is for what
    refers to something not yet heard: with the default steps a week."""

    tries: int = 7
    not_yet: int = 175
    steps: tuple[float, ...] = STEPS

    def step(self, tries: int) -> float:
        return self.steps[min(max(tries, 1), len(self.steps)) - 1]


class Consumer(Loop):
    """The consumer of one service. `connect` opens a Line; several consumers of a queue share its work."""

    def __init__(
        self, service: Service, engine: Engine, connect: Callable[[], Line], limits: Limits | None = None
    ) -> None:
        super().__init__(f"consumer:{service.name}")
        self.broker_up = False
        self.database_up = False
        self._service = service
        self._engine = engine
        self._connect = connect
        self._limits = limits or Limits()
        self._batches = Batches(service, engine)
        self._counted = 0.0

    def live(self) -> None:
        tries = 0
        while not self._database():
            if self.stopping.wait(pause(tries)):
                return
            tries += 1
        line = self._connect()
        self.broker_up = True
        try:
            self._batches = Batches(self._service, self._engine, line.beat, line.queue)
            self._serve(line)
        finally:
            self.broker_up = False
            line.close()

    def _serve(self, line: Line) -> None:
        while not self.stopping.is_set():
            line.beat()
            batch = line.take(_LISTEN, self._read)
            if batch:
                self._settle(line, batch)
            else:
                self.well()
                self._count(line)
        # What was received already is finished, so that a restart raises nobody's delivery count.
        line.cancel()
        until = monotonic() + _FINISH_WITHIN
        while line.buffer and monotonic() < until and self.database_up:
            self._settle(line, line.take(0, self._read))

    def _read(self, raw: Raw) -> None:
        try:
            opened = envelope.opened(raw.content_type, raw.headers, raw.body)
            event_id = UUID(opened.event_id)
            event = decode(opened.type, opened.data)
        except (Unreadable, ValueError) as error:
            raw.error = str(error) if isinstance(error, Unreadable) else "the id is no UUID"
            return
        raw.letter = Letter(
            event_id,
            event,
            attempt=_count_in(raw, ATTEMPT),
            not_yet=_count_in(raw, NOT_YET),
            first_failed_at=raw.headers.get(FIRST_FAILED_AT),
            traceparent=opened.traceparent,
        )

    def _settle(self, line: Line, batch: list[Raw]) -> None:
        heard = [
            at for at, raw in enumerate(batch) if raw.letter and type(raw.letter.event) in self._service.subscriptions
        ]
        letters = [raw.letter for at in heard if (raw := batch[at]).letter]
        settled, handled = 0, Counter[str]()
        try:
            result = self._batches.run(letters) if letters else Result(0)
            failed = {heard[index]: error for index, error in result.failed.items()}
            upto = len(batch) if result.done == len(letters) else heard[result.done]
            for at, raw in enumerate(batch[:upto]):
                if raw.error is not None:
                    self._unreadable(line, raw)
                elif at in failed:
                    with traces.within(raw.letter.traceparent if raw.letter else None):
                        self._failed(line, raw, failed[at])
                elif raw.letter:
                    handled[raw.letter.event.TYPE] += 1
                    self._say(raw.letter)
                settled = at + 1
        except DatabaseAway as error:
            log.warning("consumer.database_away", service=self._service.name, error=in_short(error.__cause__ or error))
            line.ack(settled)
            self._hold(line)
            return
        finally:
            for kind, count in handled.items():
                metrics.CONSUMER_HANDLED.labels(self._service.name, kind).inc(count)
        redelivered = any(raw.redelivered for raw in batch[:settled])
        line.ack(settled)
        self.well()
        # Redelivered means that a process died or lost its line: what follows comes one at a time, so that a message
        # that kills its process burns its own deliveries and nobody else's.
        line.consume(1 if redelivered else WIDE)

    def _say(self, letter: Letter) -> None:
        """Let the number of the request that began it be found here too."""
        log.info(
            "consumer.handled",
            service=self._service.name,
            type=letter.event.TYPE,
            event_id=str(letter.event_id),
            trace=envelope.number_of(letter.traceparent),
        )

    def _unreadable(self, line: Line, raw: Raw) -> None:
        line.dead(raw, Mark(0, 0, f"unreadable: {raw.error}"))
        metrics.CONSUMER_DEAD.labels(self._service.name, "unreadable").inc()
        log.error("consumer.unreadable", service=self._service.name)

    def _failed(self, line: Line, raw: Raw, error: Exception) -> None:
        letter = raw.letter
        assert letter is not None
        name, kind = self._service.name, letter.event.TYPE
        attempt, not_yet = letter.attempt, letter.not_yet
        if passing(error):
            step, tried, limit = self._limits.steps[0], 0, 1
        elif is_not_yet(error):
            not_yet += 1
            step, tried, limit = self._limits.step(not_yet), not_yet, self._limits.not_yet
        else:
            attempt += 1
            step, tried, limit = self._limits.step(attempt), attempt, self._limits.tries
        mark = Mark(attempt, not_yet, said(error), *([letter.first_failed_at] if letter.first_failed_at else []))
        metrics.CONSUMER_FAILED.labels(name, kind).inc()
        log.warning(
            "consumer.failed",
            service=name,
            type=kind,
            event_id=str(letter.event_id),
            error=in_short(error),
            tried=tried,
        )
        if tried < limit:
            line.wait(raw, step, mark)
            metrics.CONSUMER_RETRIED.labels(name, "not_yet" if is_not_yet(error) else "failed").inc()
            return
        try:
            rest = self._batches.items(letter)
        except DBAPIError as lost:
            if away(lost):
                raise DatabaseAway from lost
            raise
        if rest is not None:
            line.dead(raw, mark, rest)
            metrics.CONSUMER_DEAD.labels(name, "exhausted").inc()
            log.error(
                "consumer.dead", service=name, type=kind, event_id=str(letter.event_id), items=len(rest.items) or 1
            )

    def _hold(self, line: Line) -> None:
        """Wait for the database with the messages in hand: giving them back would raise their delivery count, and often
        enough that would make the broker give them up."""
        self.database_up = False
        line.cancel()
        began, tries = monotonic(), 0
        while not self.stopping.is_set():
            until = monotonic() + pause(tries, longest=5)
            tries += 1
            while monotonic() < until and not self.stopping.is_set():
                line.beat()
                line.listen(0.1)
            if self._database():
                line.consume(1)
                return
            if monotonic() - began > _HOLD_AT_MOST:
                raise DatabaseAway("for longer than the broker lets messages be held")

    def _database(self) -> bool:
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT FROM inbox LIMIT 0"))
        except SQLAlchemyError as error:
            self.database_up = False
            log.warning("consumer.database_away", service=self._service.name, error=in_short(error))
            return False
        self.database_up = True
        return True

    def _count(self, line: Line) -> None:
        if monotonic() - self._counted > _COUNT_EVERY:
            self._counted = monotonic()
            metrics.DEAD_LETTERS.labels(self._service.name).set(line.dead_letters())


def said(error: Exception) -> str:
    """What goes on the message and is shown in lists of dead letters: what it was and where, none of its words, for
    they may quote a person's data. What this code itself waits for has a word without any."""
    if isinstance(error, NotYet):
        return f"{in_short(error)}: {error}"[:500]
    constraint = getattr(getattr(getattr(error, "orig", None), "diag", None), "constraint_name", None)
    where = places(error)[-1:]
    return " ".join([in_short(error), *([f"({constraint})"] if constraint else []), *(f"at {one}" for one in where)])[
        :500
    ]


def _count_in(raw: Raw, name: str) -> int:
    value = raw.headers.get(name)
    return value if isinstance(value, int) and value >= 0 else 0
