"""Calls to the outside: effect rows that handlers wrote are claimed, called and settled here.

A row is called outside any transaction and settled in one, together with what is said about it. A crash in between
calls again with the same id, once the lease on the row ends, which a living process renews as long as the call takes.
One target has one call in flight, in whichever process; a slow or broken one delays only itself. A row that is done
forgets its data, which may be personal.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Event as Signal
from time import monotonic
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from shared import metrics, traces
from shared.loop import Loop, in_short, pause
from shared.service import Effect, EffectKind, Outcome, Service
from shared.unit import unit_of

_SETTLE_TRIES = 5

_TARGETS = text(
    "SELECT target, kind FROM effect WHERE done_at IS NULL AND next_at <= now() AND kind = ANY(:kinds)"
    " AND (leased_until IS NULL OR leased_until <= now()) AND target <> ALL(:resting)"
    " GROUP BY target, kind ORDER BY min(next_at) LIMIT 100"
)
_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('bangkom.effect.' || :target, 0))")
_TAKEN = text("SELECT EXISTS (SELECT FROM effect WHERE target = :target AND done_at IS NULL AND leased_until > now())")
_CLAIM = text(
    "UPDATE effect SET attempts = attempts + 1, leased_until = now() + :lease * interval '1 second'"
    " WHERE effect_id IN (SELECT effect_id FROM effect WHERE target = :target AND kind = :kind AND done_at IS NULL"
    " AND next_at <= now() ORDER BY next_at, effect_id LIMIT :most FOR UPDATE SKIP LOCKED)"
    " RETURNING effect_id, kind, target, data, attempts - 1 AS attempts, traceparent"
)
_DONE = text(
    "UPDATE effect SET done_at = now(), leased_until = NULL, last_error = NULL, data = '{}'"
    " WHERE effect_id = ANY(:ids) AND done_at IS NULL RETURNING effect_id"
)
_LATER = text(
    "UPDATE effect SET leased_until = NULL, last_error = later.error,"
    " next_at = now() + least(:first * power(2, least(attempts - 1, 30)), :longest) * interval '1 second'"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:errors AS text[])) AS later (id, error) WHERE effect_id = later.id"
)

_REST = text(
    "UPDATE effect SET leased_until = NULL, next_at = greatest(next_at, now() + :seconds * interval '1 second'),"
    " attempts = attempts - CASE WHEN effect_id = ANY(:ids) THEN 1 ELSE 0 END"
    " WHERE effect_id IN (SELECT effect_id FROM effect WHERE target = :target AND kind = :kind AND done_at IS NULL"
    " ORDER BY effect_id FOR UPDATE SKIP LOCKED)"
)

_RENEW = text(
    "UPDATE effect SET leased_until = now() + :lease * interval '1 second'"
    " WHERE effect_id = ANY(:ids) AND leased_until IS NOT NULL AND done_at IS NULL"
)

log = structlog.get_logger("bangkom.effects")


@dataclass(frozen=True)
class Pace:
    """How calls are paced. All in seconds but `at_once` (targets called side by side) and `most` (rows a call)."""

    at_once: int = 8
    most: int = 50
    lease: float = 30.0
    look_every: float = 0.25
    first: float = 1.0
    longest: float = 600.0


class EffectWorker(Loop):
    """The effect worker of one service. Retries never end by themselves: the saga's deadline does that."""

    def __init__(self, service: Service, engine: Engine, pace: Pace | None = None) -> None:
        super().__init__(f"effects:{service.name}")
        self._service = service
        self._engine = engine
        self._pace = pace or Pace()
        self._kinds: dict[str, EffectKind] = {kind.kind: kind for kind in service.effects}
        self._running: dict[str, Future[bool]] = {}
        self._in_hand: dict[str, list[UUID]] = {}
        self._renew_at = 0.0
        self._ended = Signal()
        self._resting: dict[str, tuple[float, int]] = {}

    def stop(self) -> None:
        super().stop()
        self._ended.set()

    def live(self) -> None:
        if not self._kinds:
            self.stopping.wait()
            return
        whose = partial(structlog.contextvars.bind_contextvars, service=self._service.name)
        with ThreadPoolExecutor(self._pace.at_once, self.name, initializer=whose) as pool:
            # What is in hand when it is asked to stop keeps its lease until it has ended.
            while not self.stopping.is_set() or self._running:
                # Before looking at what has ended, so that what ends from here on is not waited for.
                self._ended.clear()
                for target, future in list(self._running.items()):
                    if future.done():
                        del self._running[target]
                        future.result()
                started = 0 if self.stopping.is_set() else self._start(pool)
                self._renew()
                self.well()
                if not started and (self._running or not self.stopping.is_set()):
                    self._ended.wait(self._pace.look_every)

    def _start(self, pool: ThreadPoolExecutor) -> int:
        room = self._pace.at_once - len(self._running)
        if room <= 0:
            return 0
        now = monotonic()
        resting = [target for target, (until, _) in self._resting.items() if until > now]
        with self._engine.connect() as connection:
            due = connection.execute(
                _TARGETS, {"kinds": list(self._kinds), "resting": [*resting, *self._running]}
            ).all()
        started = 0
        for target, kind in due:
            if started < room and target not in self._running:
                self._running[target] = future = pool.submit(self._turn, target, self._kinds[kind])
                future.add_done_callback(self._note_ended)
                started += 1
        return started

    def _renew(self) -> None:
        """Keep others from what is in hand. A database that is away for a while ends leases; a call that is then made
        twice bears the same id."""
        if monotonic() < self._renew_at:
            return
        self._renew_at = monotonic() + self._pace.lease / 3
        ids = [effect_id for held in list(self._in_hand.values()) for effect_id in held]
        if ids:
            with self._engine.begin() as connection:
                connection.execute(_RENEW, {"ids": ids, "lease": self._pace.lease})

    def _note_ended(self, future: "Future[bool]") -> None:
        """Go on at once after a call, or where a turn broke. One that found its target taken waits for the next look,
        else it would ask the database again and again."""
        if future.exception() is not None or future.result():
            self._ended.set()

    def _turn(self, target: str, kind: EffectKind) -> bool:
        """Claim, call and settle; answers whether there was a call."""
        effects = self._claim(target, kind)
        if not effects:
            return False
        # One call may be for rows of several traces: it stands in the first one's, and names the others.
        first, *others = dict.fromkeys(effect.traceparent for effect in effects if effect.traceparent) or [None]
        about: dict[str, str | int] = {"bangkom.target": target, "bangkom.rows": len(effects)}
        causes = [one for one in others if one]
        self._in_hand[target] = [effect.effect_id for effect in effects]
        try:
            with traces.span(
                traces.INTERNAL, f"effect {kind.kind}", about, parent=first, service=self._service.name, causes=causes
            ):
                self._called(target, kind, effects)
        finally:
            del self._in_hand[target]
        return True

    def _called(self, target: str, kind: EffectKind, effects: Sequence[Effect]) -> None:
        outcomes = self._call(target, kind, effects)
        if isinstance(outcomes, float):
            self._rest(target, kind, effects, outcomes)
            return
        pairs = [(effect, outcomes[effect.effect_id]) for effect in effects]
        done = [pair for pair in pairs if pair[1].done]
        later = [pair for pair in pairs if not pair[1].done]
        for attempt in range(_SETTLE_TRIES):
            try:
                if done:
                    self._settle(kind, done)
                if later:
                    self._later(target, kind, later)
            except Exception as error:  # noqa: BLE001 - the call was made; what it said must not be lost to a hiccup
                log.warning("effects.settle", service=self._service.name, kind=kind.kind, error=in_short(error))
                if attempt + 1 == _SETTLE_TRIES:
                    self._give_back(effects, error)
                    return
                self.stopping.wait(pause(attempt))
            else:
                break
        metrics.EFFECTS.labels(self._service.name, kind.kind, "done").inc(len(done))
        metrics.EFFECTS.labels(self._service.name, kind.kind, "failed").inc(len(later))

    def _claim(self, target: str, kind: EffectKind) -> list[Effect]:
        with self._engine.begin() as connection:
            if not connection.scalar(_LOCK, {"target": target}) or connection.scalar(_TAKEN, {"target": target}):
                return []
            rows = connection.execute(
                _CLAIM,
                {
                    "target": target,
                    "kind": kind.kind,
                    "lease": self._pace.lease,
                    "most": kind.most or self._pace.most,
                },
            ).all()
        return [Effect(*row) for row in rows]

    def _call(self, target: str, kind: EffectKind, effects: Sequence[Effect]) -> dict[UUID, Outcome] | float:
        try:
            ready = self._ready(target, kind, effects)
            if isinstance(ready, int | float):
                return float(ready)
            outcomes = {outcome.effect_id: outcome for outcome in kind.call(target, ready)}
        except Exception as error:  # noqa: BLE001 - a call may fail in any way; the rows keep what it was
            _, tries = self._resting.get(target, (0.0, 0))
            rest = pause(tries, self._pace.first, self._pace.longest)
            self._resting[target] = (monotonic() + rest, tries + 1)
            log.warning("effects.failed", service=self._service.name, kind=kind.kind, error=in_short(error))
            outcomes = {effect.effect_id: Outcome(effect.effect_id, False, error=in_short(error)) for effect in effects}
        else:
            self._resting.pop(target, None)
        for effect in effects:
            outcomes.setdefault(effect.effect_id, Outcome(effect.effect_id, False, error="no outcome"))
        return outcomes

    def _ready(self, target: str, kind: EffectKind, effects: Sequence[Effect]) -> Sequence[Effect] | float:
        if kind.ready is None:
            return effects
        with unit_of(self._engine, self._service.name) as unit:
            return kind.ready(unit, target, effects)

    def _settle(self, kind: EffectKind, done: Sequence[tuple[Effect, Outcome]]) -> None:
        with unit_of(self._engine, self._service.name) as unit:
            ids = [effect.effect_id for effect, _ in done]
            mine = set(unit.db.scalars(_DONE, {"ids": ids}))
            fresh = [(effect, outcome) for effect, outcome in done if effect.effect_id in mine]
            if fresh:
                kind.settle(unit, fresh)

    def _later(self, target: str, kind: EffectKind, later: Sequence[tuple[Effect, Outcome]]) -> None:
        with unit_of(self._engine, self._service.name) as unit:
            self._put_back(unit.db, [outcome for _, outcome in later])
            if kind.failed is not None:
                kind.failed(unit, target, later)

    def _rest(self, target: str, kind: EffectKind, effects: Sequence[Effect], seconds: float) -> None:
        ids = [effect.effect_id for effect in effects]
        with self._engine.begin() as connection:
            connection.execute(_REST, {"target": target, "kind": kind.kind, "ids": ids, "seconds": seconds})

    def _put_back(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        values: dict[str, Any] = {
            "ids": [outcome.effect_id for outcome in outcomes],
            "errors": [(outcome.error or "")[:500] for outcome in outcomes],
            "first": self._pace.first,
            "longest": self._pace.longest,
        }
        connection.execute(_LATER, values)

    def _give_back(self, effects: Sequence[Effect], error: Exception) -> None:
        try:
            with self._engine.begin() as connection:
                outcomes = [Outcome(each.effect_id, False, error=f"settle: {in_short(error)}") for each in effects]
                self._put_back(connection, outcomes)
        except SQLAlchemyError:
            log.warning("effects.lease_left", service=self._service.name, rows=len(effects))
