"""A batch of messages in one transaction, done again without the culprit where a handler fails.

What this module promises: a message's effects and its inbox row are committed together or not at all; a message that
fails costs the others in its batch time, never their outcome; a database that is away is nobody's failure.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from threading import Event as Flag
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared import clock, metrics, traces
from shared.auth import system
from shared.errors import NotYet
from shared.events import Event
from shared.service import Service
from shared.topology import Names
from shared.unit import Unit

REDOS = 3
WORK_WITHIN = 0.2
"""Seconds of handlers after which a batch commits what it has."""
_ALONE_WITHIN = 5.0
_PASSING_TRIES = 5

_CLAIM = text(
    "INSERT INTO inbox (event_id) SELECT unnest(CAST(:ids AS uuid[])) ON CONFLICT DO NOTHING RETURNING event_id"
)
_UNCLAIM = text("DELETE FROM inbox WHERE event_id = ANY(CAST(:ids AS uuid[]))")

_PASSING = ("40", "55P03")
_AWAY = ("08", "53", "57P", "58", "25006", "28")
"""SQLSTATE beginnings of a database that can't serve now: connection, resources, shutdown, disk, read-only, sign-in."""


class DatabaseAway(Exception):
    """The database can't be reached or can't serve. Nothing was done, nothing counts as a try."""


@dataclass(eq=False)
class Letter:
    """One message on its way through the consumer. `token` is what acknowledges it."""

    event_id: UUID
    event: Event
    token: Any = None
    attempt: int = 0
    not_yet: int = 0
    first_failed_at: str | None = None
    traceparent: str | None = None
    size: int = 0

    @property
    def items(self) -> int:
        return len(self.event.items) or 1


@dataclass(frozen=True)
class Result:
    """The first `done` letters of a batch are settled; those among them that failed are in `failed` with their
    error."""

    done: int
    failed: dict[int, Exception] = field(default_factory=dict)


class _Culprit(Exception):
    def __init__(self, index: int, error: Exception) -> None:
        super().__init__(index)
        self.index = index
        self.error = error


def passing(error: BaseException) -> bool:
    """Deadlock, serialisation failure or lock time-out: the same again may go through; it is no failure of the
    message."""
    return _state(error).startswith(_PASSING)


def away(error: BaseException) -> bool:
    """Whether the database is what failed, not the message."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = _state(error)
    lost = error.connection_invalidated or type(error.orig).__name__ in ("OperationalError", "InterfaceError")
    return state.startswith(_AWAY) or (not state and lost)


def _state(error: BaseException) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


class Batches:
    """Runs letters through the handlers of one service. `beat` is called between messages run alone; `queue` is where
    they came from."""

    def __init__(
        self, service: Service, engine: Engine, beat: Callable[[], None] = lambda: None, queue: str = ""
    ) -> None:
        self._service = service
        self._queue = queue or Names().queue(service.name)
        self._engine = engine
        self._by = system(service.name)
        self._beat = beat
        self._stop = Flag()

    def run(self, letters: Sequence[Letter]) -> Result:
        """Settle letters in order, as many as the time allows, at least one. DatabaseAway where the database is."""
        failed: dict[int, Exception] = {}
        for _ in range(REDOS):
            left = [index for index in range(len(letters)) if index not in failed]
            if not left:
                break
            try:
                done = self._transaction(letters, left)
            except _Culprit as culprit:
                self._no_database(culprit.error)
                if passing(culprit.error):
                    return self._alone(letters, failed)
                failed[culprit.index] = culprit.error
            except DBAPIError as error:
                self._no_database(error)
                return self._alone(letters, failed)
            except PoolTimeout as error:
                raise DatabaseAway from error
            else:
                return Result(done, {index: error for index, error in failed.items() if index < done})
        else:
            return self._alone(letters, failed)
        return Result(len(letters), failed)

    def items(self, letter: Letter) -> Event | None:
        """Run each item of an event in a transaction of its own; the event with only those that failed, or None."""
        event = letter.event
        if event.ITEMS is None or len(event.items) < 2:
            return event
        failed = []
        for item in event.items:
            self._beat()
            one = replace(letter, event=replace(event, **{event.ITEMS: (item,)}))
            if self._one(one, claim=False) is not None:
                failed.append(item)
        if failed:
            return replace(event, **{event.ITEMS: tuple(failed)})
        with self._engine.begin() as db:
            db.execute(_CLAIM, {"ids": [letter.event_id]})
        return None

    def _alone(self, letters: Sequence[Letter], failed: dict[int, Exception]) -> Result:
        """One message a transaction, for a batch that can't be one."""
        until = monotonic() + _ALONE_WITHIN
        known = dict(failed)
        for index, letter in enumerate(letters):
            if index in failed:
                continue
            if index and monotonic() > until:
                return Result(index, {at: error for at, error in known.items() if at < index})
            self._beat()
            error = self._one(letter)
            if error is not None:
                known[index] = error
        return Result(len(letters), known)

    def _one(self, letter: Letter, claim: bool = True) -> Exception | None:
        for attempt in range(1, _PASSING_TRIES + 1):
            try:
                self._transaction([letter], [0], claim)
            except (_Culprit, DBAPIError, PoolTimeout) as caught:
                error = caught.error if isinstance(caught, _Culprit) else caught
                self._no_database(error)
                if attempt == _PASSING_TRIES or not passing(error):
                    return error
                self._stop.wait(random.uniform(0.005, 0.05) * attempt)  # noqa: S311 - no secret
            else:
                return None
        raise AssertionError("unreachable: the last try returns")

    def _transaction(self, letters: Sequence[Letter], indexes: Sequence[int], claim: bool = True) -> int:
        """Claim, handle and commit the letters at `indexes`; answers up to which place in `letters` it came."""
        started = monotonic()
        with self._engine.begin() as db:
            ids = sorted({letters[index].event_id for index in indexes})
            fresh = set(db.scalars(_CLAIM, {"ids": ids})) if claim else set(ids)
            subscriptions, now = self._service.subscriptions, clock.now()
            unit = Unit(db, now, self._by)
            done = 0
            for index in indexes:
                letter = letters[index]
                if done and monotonic() - started > WORK_WITHIN:
                    break
                done = index + 1
                if letter.event_id not in fresh:
                    continue
                fresh.discard(letter.event_id)
                span = self._span(letter)
                try:
                    with traces.within(span.traceparent):
                        subscriptions[type(letter.event)](unit, letter.event)
                except Exception as error:
                    if is_not_yet(error):
                        span.note({"bangkom.outcome": "not_yet"})
                    else:
                        span.failed(type(error).__name__)
                    raise _Culprit(index, error) from error
                finally:
                    span.end()
            else:
                done = len(letters)
            if claim and fresh:
                db.execute(_UNCLAIM, {"ids": sorted(fresh)})
        metrics.HANDLER_SECONDS.labels(self._service.name).observe(monotonic() - started)
        return done

    def _span(self, letter: Letter) -> traces.Span:
        about: dict[str, str | int] = {
            "messaging.system": "rabbitmq",
            "messaging.operation.type": "process",
            "messaging.destination.name": self._queue,
            "messaging.message.id": str(letter.event_id),
            "bangkom.items": letter.items,
            "bangkom.tries": letter.attempt + letter.not_yet,
        }
        name = f"handle {letter.event.TYPE}"
        return traces.begin(traces.CONSUMER, name, about, parent=letter.traceparent, service=self._service.name)

    @staticmethod
    def _no_database(error: Exception) -> None:
        if away(error):
            raise DatabaseAway from error


def is_not_yet(error: Exception) -> bool:
    return isinstance(error, NotYet)
