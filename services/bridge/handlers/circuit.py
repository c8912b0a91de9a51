"""How often and when a site is called: its pace, and a rest after calls that failed in a row.

Calls wait in their rows, so a site that is down delays only itself. After a rest one call is made: where it fails the
rest is longer, else all that waits goes on at once. All of it is transport, hence in real time.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from sqlalchemy import Row

from services.bridge.domain import FAILURES_BEFORE_REST, SITE_FAILED, paced, rest_after
from services.bridge.sealing import open_settings
from services.bridge.store import circuits as store
from services.bridge.store import sites
from shared import metrics
from shared.service import Effect, Outcome
from shared.unit import Unit

CALLS_A_MINUTE = 120

log = structlog.get_logger("bangkom.lms")


def ready(unit: Unit, code: str, effects: Sequence[Effect]) -> Sequence[Effect]:
    """The effects with how their site is spoken with."""
    return _with_site(sites.site(unit.db, code), effects)


def ready_in_turn(unit: Unit, code: str, effects: Sequence[Effect]) -> Sequence[Effect] | float:
    """The same, or for how many seconds the site is to be left alone."""
    site = store.lock_site(unit.db, code)
    if site is None:
        raise LookupError("no such site")
    now = datetime.now(UTC)
    if site.closed_until is not None and site.closed_until > now:
        return (site.closed_until - now).total_seconds()  # type: ignore[no-any-return]
    made = _with_site(site, effects)
    used, wait = paced(site.paced_until, now, _pace(made[0].data["settings"]))
    if wait:
        return wait.total_seconds()
    store.put_circuit(unit.db, code, {"paced_until": used})
    return made


def note_failed(unit: Unit, code: str, later: Sequence[tuple[Effect, Outcome]]) -> None:
    """Let a site rest whose calls failed too often in a row."""
    if not any(outcome.result == SITE_FAILED for _, outcome in later):
        return
    site = store.lock_site(unit.db, code)
    if site is None:
        return
    failures = site.failures + 1
    rest = rest_after(failures)
    until = datetime.now(UTC) + rest if rest else None
    store.put_circuit(unit.db, code, {"failures": failures, "closed_until": until})
    if rest:
        store.rest_calls(unit.db, code, rest.total_seconds())
        log.warning("lms.resting", site=code, failures=failures, seconds=round(rest.total_seconds()))
    metrics.LMS_RESTING.labels(code).set(1 if rest else 0)


def note_answered(unit: Unit, code: str) -> None:
    """A site answered: whatever waits for it goes on."""
    site = sites.site(unit.db, code)
    if site is None or not site.failures:
        return
    store.put_circuit(unit.db, code, {"failures": 0, "closed_until": None})
    store.wake_calls(unit.db, code)
    metrics.LMS_RESTING.labels(code).set(0)


def note_well(unit: Unit, code: str) -> None:
    """A look found a resting site well: the next call is made now, and one that fails lets it rest again."""
    site = sites.site(unit.db, code)
    if site is not None and site.closed_until is not None:
        values = {"failures": FAILURES_BEFORE_REST - 1, "closed_until": None}
        store.put_circuit(unit.db, code, values)
        store.wake_calls(unit.db, code)
        metrics.LMS_RESTING.labels(code).set(0)


def _with_site(site: Row[Any] | None, effects: Sequence[Effect]) -> list[Effect]:
    if site is None:
        raise LookupError("no such site")
    known = {"plugin": site.plugin, "settings": open_settings(site.settings)}
    return [replace(effect, data={**effect.data, **known}) for effect in effects]


def _pace(settings: Any) -> int:
    asked = str(settings.get("calls_a_minute", CALLS_A_MINUTE))
    return int(asked) if asked.isascii() and asked.isdigit() and 1 <= int(asked) <= 6000 else CALLS_A_MINUTE
