"""Sites, and what the bridge has to know of people, batches and programmes to speak with them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.bridge.contract import Capability
from services.bridge.domain import SITE_EXISTS, UNKNOWN_PLUGIN
from services.bridge.plugins import capabilities, places
from services.bridge.sealing import open_settings, seal_settings
from services.bridge.store import sites as store
from services.bridge.store.circuits import wake_calls
from shared.errors import NOT_FOUND
from shared.events.content import VersionPublished
from shared.events.enrolment import AgenciesChanged, BatchChanged, BatchOpened, PeopleChanged
from shared.unit import Unit


def add_site(
    unit: Unit, code: str, name: str, plugin: str, settings: Mapping[str, Any], agencies: Sequence[UUID]
) -> Any:
    """Register an LMS; the same particulars again change nothing."""
    values = _values(name, plugin, settings, agencies)
    kept = {"code": code, **values, "created_at": unit.now, "look_at": unit.now}
    added = store.add_site(unit.db, {**kept, "settings": seal_settings(values["settings"])})
    site: Any = store.site(unit.db, code)
    if not added and any(_known(site, field) != value for field, value in values.items()):
        raise SITE_EXISTS(code=code)
    return site


def change_site(
    unit: Unit, code: str, name: str, plugin: str, settings: Mapping[str, Any], agencies: Sequence[UUID]
) -> Any:
    """Change an LMS; open calls go on at once with the new particulars, and it is looked at."""
    values = _values(name, plugin, settings, agencies)
    values |= {"settings": seal_settings(settings), "look_at": unit.now, "failures": 0, "closed_until": None}
    if not store.change_site(unit.db, code, values):
        raise NOT_FOUND()
    wake_calls(unit.db, code)
    return store.site(unit.db, code)


def site_views(unit: Unit) -> list[dict[str, Any]]:
    """Every site with its health: failing where the last look or the open calls say so, unknown before the first
    look."""
    views = []
    for site in store.sites(unit.db):
        stuck = (site.attempts or 0) > 1
        state = "unknown" if site.ok is None else "ok" if site.ok and not stuck else "failing"
        resting = site.closed_until if site.closed_until is not None and site.closed_until > datetime.now(UTC) else None
        health = {
            "state": "resting" if resting else state,
            "resting_until": resting,
            "detail": site.detail or (site.last_error if stuck else "") or "",
            "at": site.looked_at,
            "waiting": site.waiting or 0,
        }
        able = [one.name.lower() for one in Capability if one in capabilities(site.plugin)]  # type: ignore[union-attr]
        views.append({**site._asdict(), "capabilities": able, "health": health})
    return views


def on_people_changed(unit: Unit, event: PeopleChanged) -> None:
    """Keep people as an LMS must know them."""
    store.put_people(unit.db, event.people)


def on_batch(unit: Unit, event: BatchOpened | BatchChanged) -> None:
    """Keep which course and programme version a batch runs."""
    store.put_batch(unit.db, event.batch)


def on_version_published(unit: Unit, event: VersionPublished) -> None:
    """Keep the modules of a version, to know those an LMS speaks of."""
    store.put_modules(unit.db, event)


def on_agencies_changed(unit: Unit, event: AgenciesChanged) -> None:
    """Keep which agency belongs to which, to know whose people a site may speak of."""
    store.put_agencies(unit.db, event.agencies)


def _known(site: Any, field: str) -> Any:
    return open_settings(site.settings) if field == "settings" else getattr(site, field)


def _values(name: str, plugin: str, settings: Mapping[str, Any], agencies: Sequence[UUID]) -> dict[str, Any]:
    if plugin not in places():
        raise UNKNOWN_PLUGIN(plugin=plugin, known=", ".join(sorted(places())))
    return {
        "name": name,
        "plugin": plugin,
        "settings": dict(settings),
        "agencies": sorted(str(agency) for agency in set(agencies)),
    }
