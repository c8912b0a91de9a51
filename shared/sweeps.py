"""Work that time causes: a service's sweeps, and the clearing away of what the transport no longer needs."""

import random
from time import monotonic

import structlog
from sqlalchemy import Engine, text

from shared import metrics, traces
from shared.loop import Loop, in_short
from shared.service import Service, Sweep
from shared.unit import Unit, unit_of

SLICE = 1_000
_LOOK_EVERY = 0.25
_IN_A_ROW = 100

OUTBOX_DAYS = 7
INBOX_DAYS = 30
EFFECT_DAYS = 30
ANSWER_DAYS = 30

_CLEARED = {
    text(
        "DELETE FROM outbox WHERE position IN (SELECT position FROM outbox"
        " WHERE sent_at < now() - :days * interval '1 day' LIMIT :slice FOR UPDATE SKIP LOCKED)"
    ): OUTBOX_DAYS,
    text(
        "DELETE FROM inbox WHERE event_id IN (SELECT event_id FROM inbox"
        " WHERE at < now() - :days * interval '1 day' LIMIT :slice FOR UPDATE SKIP LOCKED)"
    ): INBOX_DAYS,
    text(
        "DELETE FROM effect WHERE effect_id IN (SELECT effect_id FROM effect"
        " WHERE done_at < now() - :days * interval '1 day' LIMIT :slice FOR UPDATE SKIP LOCKED)"
    ): EFFECT_DAYS,
    text(
        "DELETE FROM answer_once WHERE ctid = ANY(ARRAY(SELECT ctid FROM answer_once"
        " WHERE at < now() - :days * interval '1 day' LIMIT :slice FOR UPDATE SKIP LOCKED))"
    ): ANSWER_DAYS,
}

log = structlog.get_logger("bangkom.sweeps")


def clear(unit: Unit) -> int:
    """Delete one slice of what is past its keeping: outbox rows 7 days after they were sent, inbox rows after 30 days,
    effects and answers under idempotency keys 30 days after they were done."""
    cleared = 0
    for statement, days in _CLEARED.items():
        done = unit.db.execute(statement, {"days": days, "slice": SLICE})
        cleared += done.rowcount
    return cleared


CLEARING = Sweep("clearing", 60.0, clear)


class Sweeper(Loop):
    """Runs the sweeps of one service and the clearing. A sweep that fails is tried again at its next time; the others
    go on."""

    def __init__(self, service: Service, engine: Engine) -> None:
        super().__init__(f"sweeps:{service.name}")
        self._service = service
        self._engine = engine
        self._sweeps = [*service.sweeps, CLEARING]

    def live(self) -> None:
        due = {sweep.name: monotonic() for sweep in self._service.sweeps}
        due[CLEARING.name] = monotonic() + random.uniform(0, CLEARING.every)  # noqa: S311 - no secret
        while not self.stopping.is_set():
            for sweep in self._sweeps:
                if monotonic() >= due[sweep.name] and not self.stopping.is_set():
                    self._sweep(sweep)
                    due[sweep.name] = monotonic() + sweep.every * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
            self.well()
            self.stopping.wait(max(0.0, min(_LOOK_EVERY, min(due.values()) - monotonic())))

    def _sweep(self, sweep: Sweep) -> None:
        try:
            for _ in range(_IN_A_ROW):
                # What time causes begins a trace of its own; a look at nothing is not told of.
                span = traces.begin(traces.INTERNAL, f"sweep {sweep.name}", service=self._service.name)
                with traces.within(span.traceparent), unit_of(self._engine, self._service.name) as unit:
                    did = sweep.run(unit)
                span.note({"bangkom.did": did})
                if not did:
                    span.forget()
                span.end()
                metrics.SWEEPS.labels(self._service.name, sweep.name).inc(did)
                if not did or self.stopping.is_set():
                    return
        except Exception as error:  # noqa: BLE001 - one sweep must not stop the others
            log.warning("sweeps.failed", service=self._service.name, sweep=sweep.name, error=in_short(error))
