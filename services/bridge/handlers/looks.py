"""Looks at sites: are they well, and what happened there that has to be fetched."""

from collections.abc import Sequence
from datetime import timedelta

from services.bridge.contract import Capability
from services.bridge.effects import Look
from services.bridge.handlers.circuit import note_well
from services.bridge.handlers.facts import take
from services.bridge.plugins import capabilities
from services.bridge.store import places as place_store
from services.bridge.store import sites as store
from shared.ids import new_id
from shared.service import Effect, Outcome
from shared.unit import Unit

LOOK_EVERY = timedelta(seconds=15)
CHECK_EVERY = timedelta(minutes=5)
MOST_SITES = 50


def sweep_looks(unit: Unit) -> int:
    """Begin a look at every site that is due."""
    due = store.sites_to_look_at(unit.db, unit.now, MOST_SITES)
    rows = []
    for site in due:
        effect_id = new_id()
        rows.append({"effect_id": effect_id, "kind": "look", "target": site.code, "data": {"site": site.code}})
        store.begin_look(unit.db, site.code, effect_id)
    place_store.add_effects(unit.db, rows)
    return len(rows)


def settle_looks(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
    """Note how sites were found and take in what happened there."""
    for effect, outcome in sorted(settled, key=lambda pair: pair[0].target):
        look: Look = outcome.result
        code = effect.target
        site = store.site(unit.db, code)
        if site is None:
            continue
        if look.facts is not None:
            taken = take(unit, site, look.facts.facts)
            if look.facts.receipt:
                kept = {"site": code, "receipt": look.facts.receipt, "unread": taken.unread}
                row = {"effect_id": new_id(), "kind": "receipt", "target": code, "data": kept}
                place_store.add_effects(unit.db, [row])
        again = LOOK_EVERY if Capability.FACTS in capabilities(site.plugin) else CHECK_EVERY
        more = look.facts is not None and look.facts.more
        detail = look.health.detail[:500]
        store.end_look(unit.db, code, look.health.ok, detail, unit.now, timedelta(0) if more else again)
        if look.health.ok:
            note_well(unit, code)


def settle_receipts(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
    """Nothing follows from a receipt that arrived."""
