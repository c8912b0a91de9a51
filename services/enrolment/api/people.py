"""People and agencies over HTTP."""

from typing import Any
from uuid import UUID

from services.enrolment.handlers import views
from services.enrolment.schemas.common import Page
from services.enrolment.schemas.people import AgencyList, PeopleFilters, PersonList, PersonView, Record, Year
from shared.unit import Unit
from shared.web.door import ANYONE_SIGNED_IN, Door

door = Door("people", "People, agencies, and one person's record")


@door.query("/v1/agencies", filters=Page, answer=AgencyList, roles=ANYONE_SIGNED_IN)
def list_agencies(unit: Unit, filters: dict[str, Any]) -> Any:
    """Agencies in the order of their codes."""
    return views.list_agencies(unit, **filters)


@door.query("/v1/people", filters=PeopleFilters, answer=PersonList, roles=ANYONE_SIGNED_IN)
def list_people(unit: Unit, filters: dict[str, Any]) -> Any:
    """People of one's agencies and one's own people; numbers are masked."""
    return views.list_people(unit, **filters)


@door.query("/v1/people/<uuid:person_id>", answer=PersonView, roles=ANYONE_SIGNED_IN)
def show_person(unit: Unit, person_id: UUID) -> Any:
    """One person."""
    return views.show_person(unit, person_id)


@door.query("/v1/people/<uuid:person_id>/record", filters=Year, answer=Record, roles=ANYONE_SIGNED_IN)
def show_record(unit: Unit, person_id: UUID, filters: dict[str, Any]) -> Any:
    """Hours against the target of a year, seats and credits."""
    return views.show_record(unit, person_id, **filters)
