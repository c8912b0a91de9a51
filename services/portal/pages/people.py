"""People: the list an officer may see, one person's record, my own."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask_babel import gettext as _

from services.portal import frame
from services.portal.backend import get
from services.portal.i18n import zone
from shared import clock

pages = Blueprint("people", __name__)
_PAGE = 50


@pages.get("/people")
def index() -> Any:
    """Search people by name; the filters stand in the address."""
    wanted = request.args.get("search", "").strip()[:100]
    agency = request.args.get("agency_id", "")[:40]
    parts = frame.ask().together(
        people=get(
            "enrolment",
            "/v1/people",
            search=wanted,
            agency_id=agency,
            after=request.args.get("after", "")[:40],
            limit=_PAGE,
        ),
        agencies=get("enrolment", "/v1/agencies", limit=500),
    )
    return frame.page("pages/people.html", parts=parts, search=wanted, agency_id=agency)


@pages.get("/me")
def me() -> Any:
    """My own record."""
    return _record(frame.me().id, mine=True)


@pages.get("/people/<uuid:person_id>")
def show(person_id: UUID) -> Any:
    """One person's record: hours against the year's target, seats, credits."""
    return _record(str(person_id), mine=str(person_id) == frame.me().id)


def _record(person_id: str, *, mine: bool) -> Any:
    this_year = clock.now().astimezone(zone()).year
    asked = request.args.get("year", "")
    year = int(asked) if asked.isdigit() and 2000 <= int(asked) <= this_year + 1 else this_year
    record = frame.ask().get("enrolment", f"/v1/people/{person_id}/record", year=year)
    parts = frame.ask().together(mine=get("content", "/v1/mine")) if mine else {}
    return frame.page(
        "pages/record.html",
        record=record,
        year=year,
        years=[this_year, this_year - 1, this_year - 2],
        mine=mine,
        parts=parts,
        title=_("Catatan saya") if mine else record.get("name", ""),
    )
