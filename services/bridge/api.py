"""The HTTP door of the bridge."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.bridge import launch_door, sign_in
from services.bridge.handlers import sites
from services.bridge.handlers.pushed import take_pushed
from services.bridge.handlers.records import place_view
from services.bridge.schemas import FactsTaken, HelloIn, HelloOut, PlacesOut, SiteAdded, SiteChange, SiteIn, SitesOut
from services.bridge.signed import signed
from services.bridge.store import keys
from services.bridge.store import places as place_store
from shared.auth import AGENCY_OFFICER, AUDITOR, OPERATOR, TRAINING_OFFICE
from shared.unit import Unit
from shared.web import Door
from shared.web.schemas import Page

WATCHERS = (TRAINING_OFFICE, AGENCY_OFFICER, OPERATOR, AUDITOR)

sites_door = Door("sites", "The LMSs that Bangkom speaks to")
calls_door = Door("calls", "What an LMS site tells by itself; signed by the site")
places_door = Door("places", "Places in LMS courses")


@calls_door.command("POST", "/facts", roles=None, answer=FactsTaken)
@signed()
def take_facts(unit: Unit, site: Row[Any], body: Any) -> dict[str, Any]:
    """What happened at a site: 1..500 CloudEvents in a signed call; an outcome for each."""
    return take_pushed(unit, site, body)


@calls_door.command("POST", "/site/hello", roles=None, answer=HelloOut)
@signed(HelloIn)
def hello(unit: Unit, site: Row[Any], body: dict[str, Any]) -> dict[str, Any]:
    """A site tries whether its key and its clock are right; `skew` is by how many seconds its clock is behind ours."""
    keys.heard_from(unit.db, site.code, unit.now)
    now = datetime.now(UTC)
    return {"site": site.code, "name": site.name, "time": now, "skew": round(now.timestamp() - body["time"])}


@sites_door.query("/v1/sites", roles=(TRAINING_OFFICE, OPERATOR, AUDITOR), answer=SitesOut)
def list_sites(unit: Unit) -> dict[str, Any]:
    """Every LMS with its health."""
    return {"items": sites.site_views(unit), "next": None}


@sites_door.command("POST", "/v1/sites", roles=(OPERATOR,), body=SiteIn, answer=SiteAdded, status=201)
def add_site(unit: Unit, body: dict[str, Any]) -> Any:
    """Register an LMS."""
    return sites.add_site(unit, **body)


@sites_door.command(
    "PUT", "/v1/sites/<string(maxlength=40):code>", roles=(OPERATOR,), body=SiteChange, answer=SiteAdded
)
def change_site(unit: Unit, body: dict[str, Any], code: str) -> Any:
    """Change an LMS."""
    return sites.change_site(unit, code, **body)


@places_door.query("/v1/batches/<uuid:batch_id>/places", roles=WATCHERS, filters=Page, answer=PlacesOut)
def batch_places(unit: Unit, filters: dict[str, Any], batch_id: UUID) -> dict[str, Any]:
    """The places of a batch's seats, those of people of the agencies that one's role covers."""
    covered = [unit.by.agencies(role) for role in WATCHERS]
    agencies = None if None in covered else frozenset().union(*(one for one in covered if one))
    limit = filters["limit"]
    rows = list(place_store.last_requests(unit.db, batch_id, agencies, filters["after"], limit))
    return {
        "items": [place_view(row) for row in rows],
        "next": rows[-1].seat_id if len(rows) == limit else None,
    }


DOORS = (calls_door, sites_door, places_door, sign_in.door, launch_door.door)
