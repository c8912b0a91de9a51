"""Decisions: what each kind of change needs, and the states a decision goes through."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.surveys.domain.problems import CHANGE_FOREIGN, CHANGE_INCOMPLETE, DUE_PAST, IN_EFFECT
from shared.events.surveys import CONTENT_CHANGES, RUN_CHANGES, Change

RAISED, DECIDED, DRAFTED, APPLIED, REFUSED = "raised", "decided", "drafted", "applied", "refused"
EFFECTIVE, MEASURED = "in_effect", "measured"
STATES = (RAISED, DECIDED, DRAFTED, APPLIED, REFUSED, EFFECTIVE, MEASURED)
CHANGE_KINDS = (*CONTENT_CHANGES, *RUN_CHANGES)
LEAST_ANSWERS = 10
"""Fewer answers than this raise no finding."""
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "level": ("level",),
    "duration": ("jp",),
    "bridging_module": ("module_title", "module_minutes"),
    "prerequisite": ("prerequisite_id",),
    "material": ("module_title",),
    "mode": ("mode",),
    "trainer": (),
    "venue": ("place",),
    "quota": ("capacity",),
    "schedule": (),
}
_MAY: Mapping[str, tuple[str, ...]] = {"material": ("module_minutes",), "trainer": ("trainer_id",)}
_RANK = {RAISED: 0, DECIDED: 1, REFUSED: 2, DRAFTED: 3, APPLIED: 3, EFFECTIVE: 4, MEASURED: 5}


def change(given: Mapping[str, Any]) -> Change:
    """The change that was decided; a no where a field that its kind needs is missing, or one it has no use for is
    given."""
    kind = given["kind"]
    set_fields = {name for name, value in given.items() if value is not None} - {"kind", "note"}
    missing = [name for name in _NEEDS[kind] if name not in set_fields]
    if missing:
        raise CHANGE_INCOMPLETE(kind=kind, fields=", ".join(missing))
    foreign = sorted(set_fields.difference(_NEEDS[kind], _MAY.get(kind, ())))
    if foreign:
        raise CHANGE_FOREIGN(kind=kind, fields=", ".join(foreign))
    return Change(**given)


def may_decide(state: str, due: date, today: date) -> None:
    """Raise where a decision can't be made or revised; `today` is the agency's day."""
    if state in (EFFECTIVE, MEASURED):
        raise IN_EFFECT()
    if due < today:
        raise DUE_PAST(due=due.isoformat())


def moves_on(state: str, to: str) -> bool:
    """Whether a decision in `state` goes on to `to`: what is heard late never takes it back."""
    return _RANK[to] > _RANK[state]


def carried_by_version(kind: str) -> bool:
    """Whether a published version carries the change; else a batch does."""
    return kind in CONTENT_CHANGES


def decision_state(state: str) -> str:
    """How far the decision is: open, drafted, applied, refused or in_effect (measured or not)."""
    return {DECIDED: "open", MEASURED: EFFECTIVE}.get(state, state)
