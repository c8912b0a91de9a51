"""Grades over LTI: whoever completes a programme that they opened from a link with a line item gets 100 there.

Launch and completion come in any order; whichever is second writes the effect. Each grade is sent for one seat once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from services.bridge.handlers.sign_in import tool_key
from services.bridge.launching import CallFailed, Launch, Launcher, Platform, SigningKey
from services.bridge.plugins import plugin
from services.bridge.store import launches as store
from shared.events.enrolment import SeatsCompleted
from shared.http import Outside
from shared.ids import id_of
from shared.service import Effect, Outcome
from shared.unit import Unit

LTI_GRADE = "lti_grade"
FULL = 100
MOST_SWEPT = 500
_SECONDS = 20.0

log = structlog.get_logger("bangkom.lms")


def note_completed(unit: Unit, event: SeatsCompleted) -> None:
    """Keep who completed what, and send the grades that wait for it."""
    rows = [
        {
            "seat_id": seat.seat_id,
            "person_id": seat.person_id,
            "batch_id": event.batch_id,
            "programme_id": event.programme_id,
            "at": event.at,
        }
        for seat in sorted(event.seats, key=lambda seat: str(seat.seat_id))
    ]
    store.put_completions(unit.db, rows)
    _send(unit, {seat.person_id for seat in event.seats})


def note_line_item(unit: Unit, site: str, platform: Any, launch: Launch, person_id: UUID) -> None:
    """Keep where somebody's grade goes, and send it where they have completed already."""
    kind, _, thing = launch.target.partition(":")
    store.put_grade(
        unit.db,
        {
            "line_item": launch.line_item,
            "person_id": person_id,
            "site": site,
            "issuer": platform.issuer,
            "client_id": platform.client_id,
            "user_id": launch.user_id,
            "course": launch.course,
            "programme_id": UUID(thing) if kind == "programme" else None,
            "at": unit.now,
        },
    )
    _send(unit, {person_id})


def sweep_line_items(unit: Unit) -> int:
    """Send what a launch and a completion that happened at the same moment did not see of each other."""
    return _send(unit, None)


def ready_line_items(unit: Unit, target: str, effects: Sequence[Effect]) -> Sequence[Effect]:
    """The effects with the platform and the key, which must not lie in their rows."""
    key, made = tool_key(unit), []
    for effect in effects:
        rows = store.platform_rows(unit.db, effect.data["issuer"], effect.data["client_id"])
        platform = store.platform_of(rows[0]) if rows else None
        made.append(replace(effect, data={**effect.data, "platform": platform, "key": key}))
    return made


def call_line_items(target: str, effects: Sequence[Effect]) -> list[Outcome]:
    """Put the grades into the gradebook."""
    return [_call(effect) for effect in effects]


def settle_line_items(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
    """Tell an operator of those that the platform would not have."""
    for effect, outcome in settled:
        if outcome.result:
            log.warning("lti.grade_refused", why=outcome.result, site=effect.data["site"])


def _send(unit: Unit, people: Collection[UUID] | None) -> int:
    effects = []
    for row in store.grades_due(unit.db, people, MOST_SWEPT):
        store.sent_for(unit.db, row.line_item, row.person_id, row.completed_seat)
        data = {name: getattr(row, name) for name in ("issuer", "client_id", "line_item", "user_id", "site")}
        effects.append(
            {
                "effect_id": id_of(LTI_GRADE, row.line_item, row.person_id, row.completed_seat),
                "kind": LTI_GRADE,
                "target": f"lti:{row.site}",
                "data": {**data, "at": row.completed_at.isoformat()},
            }
        )
    store.add_effects(unit.db, effects)
    return len(effects)


def _call(effect: Effect) -> Outcome:
    data: Mapping[str, Any] = effect.data
    platform, key = data["platform"], data["key"]
    if not isinstance(platform, Platform) or not isinstance(key, SigningKey):
        return Outcome(effect.effect_id, True, "unknown_platform")
    launcher: Launcher = plugin("lti").LAUNCHER  # type: ignore[attr-defined]
    try:
        at = datetime.fromisoformat(data["at"])
        launcher.grade(Outside(whole=_SECONDS), platform, key, data["line_item"], data["user_id"], FULL, at)
    except CallFailed as error:
        return Outcome(effect.effect_id, not error.again, error.why, error.why)
    return Outcome(effect.effect_id, True, "")
