"""Results that a site wants in its gradebook: how much of a batch's sessions its people were present at."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from services.bridge.contract import Capability, Result
from services.bridge.plugins import capabilities
from services.bridge.sealing import open_settings
from services.bridge.store import places, sites
from shared.errors import NotYet
from shared.events.enrolment import SeatsCompleted
from shared.ids import id_of
from shared.service import Effect, Outcome
from shared.unit import Unit

MOST_ITEM = 100

log = structlog.get_logger("bangkom.lms")


def on_seats_completed(unit: Unit, event: SeatsCompleted) -> None:
    """Push the presence of completed seats as a grade, where the setting `presence_item` of the site names its item."""
    batch = sites.batch(unit.db, event.batch_id)
    if batch is None:
        raise NotYet("batch")
    site = sites.site(unit.db, batch.site) if batch.site is not None else None
    item = _item(open_settings(site.settings)) if site is not None else ""
    if site is None or not item or Capability.GRADES not in capabilities(site.plugin):
        return
    people = sites.people(unit.db, {seat.person_id for seat in event.seats})
    rows = []
    for seat in event.seats:
        if seat.person_id not in people:
            raise NotYet("person")
        effect_id = id_of("grade", site.code, seat.seat_id, seat.attempt)
        data = {
            "key": str(effect_id),
            "course": batch.course,
            "nip": people[seat.person_id].nip,
            "item": item,
            "grade": max(0, min(100, seat.presence_percent)),
        }
        rows.append({"effect_id": effect_id, "kind": "grade", "target": site.code, "data": data})
    places.add_effects(unit.db, rows)


def settle_grades(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
    """Nothing follows from a grade; one that was refused is noted for the operator."""
    for effect, outcome in settled:
        result, code = outcome.result
        if result is not Result.DONE:
            log.warning("lms.grade_refused", site=effect.target, code=code)


def _item(settings: Mapping[str, Any]) -> str:
    item = settings.get("presence_item")
    return item.strip()[:MOST_ITEM] if isinstance(item, str) else ""
