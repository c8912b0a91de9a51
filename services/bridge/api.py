"""The HTTP door of the bridge."""

from typing import Any
from uuid import UUID

from services.bridge.handlers import sites
from services.bridge.handlers.records import place_view
from services.bridge.schemas import PlacesOut, SiteAdded, SiteChange, SiteIn, SitesOut
from services.bridge.store import places as place_store
from shared.auth import AGENCY_OFFICER, AUDITOR, OPERATOR, TRAINING_OFFICE
from shared.unit import Unit
from shared.web import Door
from shared.web.schemas import Page

WATCHERS = (TRAINING_OFFICE, AGENCY_OFFICER, OPERATOR, AUDITOR)

sites_door = Door("sites", "The LMSs that Bangkom speaks to")
places_door = Door("places", "Places in LMS courses")


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


DOORS = (sites_door, places_door)
