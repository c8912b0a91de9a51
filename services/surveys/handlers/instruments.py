"""Keeping instruments: every change of one is a new revision, and campaigns keep the revision they asked with."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from services.surveys.domain import instrument
from services.surveys.domain.instrument import Item
from services.surveys.handlers.settings import settings
from services.surveys.store import instruments as store
from shared.errors import NOT_FOUND
from shared.unit import Unit

NEW, CHANGED, SAME = "new", "changed", "same"
_DEFAULT = Path(__file__).parent.parent / "instruments" / "reaction.json"


def keep(unit: Unit, code: str, definition: Mapping[str, Any], programme_code: str | None) -> tuple[UUID, str]:
    """Keep an instrument; answers its id and whether it is new, changed (a new revision) or the same as before."""
    instrument.read(definition, settings().thresholds)
    title = instrument.texts(definition.get("title"), "title", default=code)
    store.lock_code(unit.db, code)
    known = store.latest(unit.db, code)
    state = state_of(known, definition, programme_code)
    if known is not None and state == SAME:
        return known.instrument_id, SAME
    revision = known.revision + 1 if known is not None else 1
    return store.add(unit.db, code, revision, programme_code, title, definition, unit.now), state


def state_of(known: Row[Any] | None, definition: Mapping[str, Any], programme_code: str | None) -> str:
    """What keeping would do."""
    if known is None:
        return NEW
    same = known.definition == dict(definition) and known.programme_code == programme_code
    return SAME if same else CHANGED


def seed_default(unit: Unit) -> None:
    """Make sure that there is something to ask with: the instrument that comes with the house, where there is none."""
    if store.chosen(unit.db, None) is None:
        keep(unit, "reaction", default_definition(), None)


@cache
def default_definition() -> dict[str, Any]:
    """The form that comes with the house: reaction to a training, Indonesian and English."""
    return dict(json.loads(_DEFAULT.read_text(encoding="utf-8")))


def items_of(db: Connection, instrument_id: UUID) -> tuple[Item, ...]:
    """The items of a kept instrument."""
    kept = store.one(db, instrument_id)
    if kept is None:
        raise NOT_FOUND()
    return instrument.read(kept.definition, settings().thresholds)
