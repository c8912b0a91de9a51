"""Calls to an LMS through its plugin: places given and taken, a look at what happened, the receipt for it.

Everything a call needs is in its effect row, but for the site's settings, which are added just before it; nothing here
reads the database. A plugin's own words never go into an error: they may hold personal data.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

import structlog

from services.bridge.contract import (
    CALL_WITHIN,
    MOST_FACTS,
    Answer,
    Capability,
    Connector,
    Enrolled,
    Facts,
    Grade,
    Health,
    Learner,
    Result,
    Site,
    SiteFailed,
)
from services.bridge.contract import Place as PlaceAsked
from services.bridge.domain import (
    ENROLLED,
    NOT_CAPABLE,
    PLUGIN_NOT_LOADED,
    SITE_FAILED,
    TRIES_BEFORE_TELLING,
    code_word,
    storable,
)
from services.bridge.plugins import Hanging, NotLoaded, PluginFailed, connect, within
from shared.service import Effect, Outcome

log = structlog.get_logger("bangkom.lms")
MOST_PLACES = 500
"""Places that one call gives or takes."""
MOST_ROSTERS = 2
"""Rosters that are read in one turn: each may take as long as a call."""
MOST_PAGES = 200
MOST_KEPT_TRIES = 20
TARGET_WITHIN = 2 * CALL_WITHIN
"""Seconds for all calls of one turn of one site; less than the lease of an effect row."""


@dataclass(frozen=True)
class Look:
    """What a look at a site found."""

    health: Health
    facts: Facts | None = None


def call_places(target: str, effects: Sequence[Effect]) -> list[Outcome]:
    """Push wishes to one site: first what is to be taken, then what is to be given."""
    until = monotonic() + TARGET_WITHIN
    outcomes: list[Outcome] = []
    for enrolling in (False, True):
        some = [effect for effect in effects if (effect.data["want"] == ENROLLED) is enrolling]
        if some:
            answers, error = _answers(target, some, enrolling, until)
            outcomes += [_outcome(effect, answers.get(effect.data["key"]), enrolling, error) for effect in some]
    return outcomes


def call_looks(target: str, effects: Sequence[Effect]) -> list[Outcome]:
    """Look at a site once: is it well, and what happened there. A look always ends; the next one is another row."""
    found = _look(target, effects[-1].data)
    return [Outcome(effect.effect_id, True, found) for effect in effects]


def call_receipts(target: str, effects: Sequence[Effect]) -> list[Outcome]:
    """Tell a site which facts are safe."""
    return [_receipt(target, effect) for effect in effects]


def call_comparisons(target: str, effects: Sequence[Effect]) -> list[Outcome]:
    """Read the rosters of courses. A reading always ends, with None where it failed; the next one is another row."""
    return [Outcome(effect.effect_id, True, _roster(target, effect.data)) for effect in effects]


def call_grades(target: str, effects: Sequence[Effect]) -> list[Outcome]:
    """Write grades at one site. One that fails for long is given up: it is a copy of what Bangkom keeps."""
    names = ("key", "course", "nip", "item", "grade")
    grades = [Grade(**{name: effect.data[name] for name in names}) for effect in effects]

    def call() -> list[Answer]:
        connector = _connect(target, effects[-1].data)
        if Capability.GRADES not in connector.capabilities:
            return [Answer(key=grade.key, result=Result.REFUSED, code=NOT_CAPABLE.code) for grade in grades]
        return list(connector.push_grades(grades))

    answers, error = _sound(*_safely(target, call, CALL_WITHIN))
    outcomes = []
    for effect in effects:
        answer = answers.get(effect.data["key"])
        result, code = (answer.result, code_word(answer.code)) if answer else (Result.FAILED, error)
        if result is Result.FAILED and effect.attempts < MOST_KEPT_TRIES:
            outcomes.append(Outcome(effect.effect_id, False, SITE_FAILED if error else None, error or code))
        else:
            outcomes.append(Outcome(effect.effect_id, True, (result, code)))
    return outcomes


def _answers(target: str, effects: Sequence[Effect], enrolling: bool, until: float) -> tuple[dict[str, Answer], str]:
    """The plugin's answers by key, those that make sense; and what went wrong, if anything did."""
    asked = [_place(effect.data) for effect in effects]
    # Who loses a place may keep what they did in it, where the operator wishes so and the LMS knows how.
    keeping = effects[-1].data["settings"].get("lost") == "suspend"

    def call() -> list[Answer]:
        connector = _connect(target, effects[-1].data)
        if enrolling and Capability.ENROL in connector.capabilities:
            return list(connector.enrol(asked))
        if not enrolling and keeping and Capability.SUSPEND in connector.capabilities:
            return list(connector.suspend(asked))
        if not enrolling and Capability.UNENROL in connector.capabilities:
            return list(connector.unenrol(asked))
        return [Answer(key=place.key, result=Result.REFUSED, code=NOT_CAPABLE.code) for place in asked]

    return _sound(*_safely(target, call, min(CALL_WITHIN, until - monotonic())))


def _sound(answers: Sequence[Any] | None, error: str) -> tuple[dict[str, Answer], str]:
    sound = [one for one in answers or [] if isinstance(one, Answer) and isinstance(one.result, Result)]
    sound = [one for one in sound if isinstance(one.key, str)]
    return {one.key: one for one in sound}, error


def _outcome(effect: Effect, answer: Answer | None, enrolling: bool, error: str) -> Outcome:
    result = answer.result if answer else Result.FAILED
    code = answer.code if answer else error
    if result is Result.FAILED and (enrolling or effect.attempts + 1 < TRIES_BEFORE_TELLING):
        return Outcome(
            effect.effect_id, False, SITE_FAILED if error else None, error or code_word(code or "lms.failed")
        )
    return Outcome(effect.effect_id, True, (result, code))


def _look(target: str, data: Mapping[str, Any]) -> Look:
    def call() -> Look:
        connector = _connect(target, data)
        health = connector.check()
        if not isinstance(health, Health) or not storable(health.detail):
            raise TypeError("check() must answer Health")
        if not health.ok or Capability.FACTS not in connector.capabilities:
            return Look(health)
        facts = connector.facts()
        if not isinstance(facts, Facts) or len(facts.facts) > MOST_FACTS or not storable(facts.receipt, 10_000):
            raise TypeError("facts() must answer Facts, MOST_FACTS at most")
        return Look(health, facts)

    found, error = _safely(target, call, CALL_WITHIN)
    return found or Look(Health(ok=False, detail=error))


def _roster(target: str, data: Mapping[str, Any]) -> list[Enrolled] | None:
    def call() -> list[Enrolled]:
        connector, found, after = _connect(target, data), [], 0
        for _ in range(MOST_PAGES):
            page = connector.roster(data["course"], after)
            found += [row for row in page.rows if isinstance(row, Enrolled) and storable(row.nip, 300)]
            after = page.next
            if not after:
                return found
        raise TypeError("roster() must come to an end")

    found, _ = _safely(target, call, CALL_WITHIN)
    return found  # type: ignore[no-any-return]


def _receipt(target: str, effect: Effect) -> Outcome:
    def call() -> bool:
        _connect(target, effect.data).kept(effect.data["receipt"], dict(effect.data["unread"]))
        return True

    kept, error = _safely(target, call, CALL_WITHIN)
    # Facts that are told again are known by their own key, so a receipt that never arrives costs only work.
    return Outcome(effect.effect_id, bool(kept) or effect.attempts >= MOST_KEPT_TRIES, error=error)


def _safely(target: str, call: Callable[[], Any], seconds: float) -> tuple[Any, str]:
    try:
        return within(target, call, max(seconds, 0.001)), ""
    except Hanging:
        error = "lms.hanging"
    except PluginFailed as failure:
        cause = failure.__cause__
        error = f"lms.plugin_failed {failure}"
        if isinstance(cause, SiteFailed):
            error = code_word(cause.code)
        elif isinstance(cause, NotLoaded):
            error = f"{PLUGIN_NOT_LOADED.code} {cause.why}"
    log.warning("lms.call", site=target, error=error)
    return None, error


def _connect(target: str, data: Mapping[str, Any]) -> Connector:
    return connect(data["plugin"], Site(code=target, settings=dict(data["settings"])))


def _place(data: Mapping[str, Any]) -> PlaceAsked:
    person = data["person"]
    learner = Learner(
        person_id=UUID(person["person_id"]), nip=person["nip"], name=person["name"], email=person["email"]
    )
    return PlaceAsked(key=data["key"], course=data["course"], learner=learner)


__all__ = ["Look", "call_comparisons", "call_grades", "call_looks", "call_places", "call_receipts"]
