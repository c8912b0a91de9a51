"""Calls to an LMS as they went, and what time causes: deadlines and retries."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.bridge.contract import Result
from services.bridge.domain import ASKED, ENROLLED, REFUSED, TIMEOUT, Triple, code_word
from services.bridge.handlers.circuit import note_answered
from services.bridge.handlers.places import Answers, drop_unwanted, finish, say_failed
from services.bridge.store import places as store
from shared.service import Effect, Outcome
from shared.unit import Unit

MOST_SWEPT = 500


def settle(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
    """Note how calls went, say so, and push what was wished meanwhile."""
    triples = {effect.effect_id: _triple(effect.data) for effect, _ in settled}
    for code in sorted({effect.target for effect, outcome in settled if outcome.result[0] is not Result.FAILED}):
        note_answered(unit, code)
    places = store.lock_places(unit.db, triples.values(), unit.now)
    answers, refusals = Answers(), {}
    for effect, outcome in settled:
        place = places[triples[effect.effect_id]]
        if place.effect_id != effect.effect_id:
            continue
        place.effect_id = None
        rev, want = int(effect.data["rev"]), str(effect.data["want"])
        result, code = outcome.result
        if result == Result.DONE:
            place.done(rev, want, unit.now)
        elif result == Result.HANDED:
            place.handed(rev, UUID(effect.data["key"]), unit.now)
        elif want == ENROLLED:
            if place.refused(rev, unit.now):
                refusals[place.triple] = code_word(code)
        elif place.rev == rev and place.failed(unit.now):
            say_failed(unit, place, code_word(code), answers)
    refuse(unit, refusals, answers)
    finish(unit, places, answers)


def refuse(unit: Unit, refusals: Mapping[Triple, str], answers: Answers) -> None:
    """The LMS said no: every open question of these places is answered with it."""
    changed = []
    for triple, requests in store.live_requests(unit.db, refusals).items():
        for request in requests:
            if request.state == ASKED:
                request.state, request.code = REFUSED, refusals[triple]
                changed.append(request)
                answers.answer(request)
    store.put_requests(unit.db, changed, unit.now)


def sweep_deadlines(unit: Unit) -> int:
    """Questions that the LMS did not answer in time are refused, and the place is not wanted any more."""
    overdue = store.triples_overdue(unit.db, unit.now, MOST_SWEPT)
    places = store.lock_places(unit.db, overdue, unit.now)
    answers, changed = Answers(), []
    for requests in store.live_requests(unit.db, places).values():
        for request in requests:
            if request.state == ASKED and request.deadline < unit.now:
                request.state, request.code = REFUSED, TIMEOUT.code
                changed.append(request)
                answers.answer(request)
    store.put_requests(unit.db, changed, unit.now)
    drop_unwanted(unit, places)
    finish(unit, places, answers)
    return len(changed)


def sweep_retries(unit: Unit) -> int:
    """Try again what rested, and let open calls that still say an older wish say the present one."""
    triples = store.triples_to_retry(unit.db, unit.now, MOST_SWEPT)
    places = store.lock_places(unit.db, triples, unit.now)
    for place in places.values():
        if place.retry_at is not None and place.retry_at <= unit.now:
            place.retry_at = None
    finish(unit, places, Answers())
    return len(triples)


def _triple(data: Mapping[str, Any]) -> Triple:
    return Triple(data["site"], UUID(data["person"]["person_id"]), data["course"])
