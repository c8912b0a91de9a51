"""Enrolments compared by themselves: soon after an account changed in the LMS, and every day.

An account that is suspended, deleted or given another NIP takes its person's entry away without any enrolment having
been touched, so the roster is read again. What differs is shown, never mended: that is `bangkom lms sync --fix`.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

import structlog

from services.bridge.contract import Capability, Enrolled
from services.bridge.domain import ABSENT, ENROLLED
from services.bridge.handlers.circuit import note_answered
from services.bridge.handlers.drift import Drift, compare_roster
from services.bridge.plugins import capabilities
from services.bridge.store import comparisons as store
from services.bridge.store import facts, sites
from services.bridge.store import places as place_store
from shared.ids import new_id
from shared.service import Effect, Outcome
from shared.unit import Unit

COMPARE = "compare"
COMPARE_EVERY = timedelta(days=1)
COMPARE_AFTER = timedelta(minutes=1)
"""Many accounts are often changed at once; their courses are compared once."""
MOST_COURSES = 50

log = structlog.get_logger("bangkom.lms")


def accounts_changed(unit: Unit, code: str, people: Collection[UUID]) -> None:
    """Let the courses of people be compared whose accounts changed at a site."""
    store.soon(unit.db, code, people, unit.now + COMPARE_AFTER)


def sweep_comparisons(unit: Unit) -> int:
    """Begin to read the rosters that are due."""
    store.plan(unit.db, unit.now + COMPARE_EVERY)
    rows = []
    for row in store.due(unit.db, unit.now, MOST_COURSES):
        site = sites.site(unit.db, row.site)
        able = site is not None and Capability.ROSTER in capabilities(site.plugin)
        effect_id = new_id() if able else None
        store.begin(unit.db, row.site, row.course, effect_id, unit.now + COMPARE_EVERY)
        if effect_id is not None:
            data = {"site": row.site, "course": row.course}
            rows.append({"effect_id": effect_id, "kind": COMPARE, "target": row.site, "data": data})
    place_store.add_effects(unit.db, rows)
    return len(rows)


def settle_comparisons(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
    """Note what differs, and how places are where they are not as was thought."""
    for effect, outcome in settled:
        code, course = effect.data["site"], effect.data["course"]
        site = sites.site(unit.db, code)
        if not store.end(unit.db, code, course, effect.effect_id) or site is None or outcome.result is None:
            continue
        note_answered(unit, code)
        drift = compare_roster(unit, site, course, outcome.result)
        _correct(unit, drift, outcome.result)
        note_drift(unit, code, drift)
        if any(_counts(drift).values()):
            log.warning("lms.drift", site=code, course=course, **_counts(drift))


def note_drift(unit: Unit, code: str, drift: Drift) -> None:
    """Keep how a course differs, for the operator's diagnosis."""
    store.note(unit.db, code, drift.course, _counts(drift), unit.now, unit.now + COMPARE_EVERY)


def mended(unit: Unit, code: str, course: str) -> None:
    """Compare a course again soon: calls that mend it are under way."""
    store.course_soon(unit.db, code, [course], unit.now + COMPARE_AFTER)


def _counts(drift: Drift) -> dict[str, int]:
    return {"missing": len(drift.missing), "left_over": len(drift.left), "outside": len(drift.outside)}


def _correct(unit: Unit, drift: Drift, roster: Sequence[Enrolled]) -> None:
    """Let places that nothing is asked for say what the roster says."""
    there = {row.nip for row in roster if row.active}
    nips = facts.nips_of(unit.db, {place.triple.person_id for place in drift.resting})
    seen = {place.triple: place.rev for place in drift.resting}
    places = place_store.lock_places(unit.db, seen, unit.now)
    for triple, place in places.items():
        actual = ENROLLED if nips.get(triple.person_id) in there else ABSENT
        if place.at_rest and place.wanted == ENROLLED and place.rev == seen[triple] and place.actual != actual:
            place.actual, place.since = actual, unit.now
    place_store.put_places(unit.db, places.values())


__all__ = ["accounts_changed", "mended", "note_drift", "settle_comparisons", "sweep_comparisons"]
