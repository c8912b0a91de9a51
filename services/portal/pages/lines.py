"""Budget lines: what is there, promised, spent, left."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request

from services.portal import frame
from services.portal.backend import get
from services.portal.i18n import zone
from shared import clock

pages = Blueprint("lines", __name__)
_PAGE = 25


@pages.get("/lines")
def index() -> Any:
    """Lines of a year; the filters stand in the address."""
    this_year = clock.now().astimezone(zone()).year
    asked = request.args.get("year", "")
    year = int(asked) if asked.isdigit() and len(asked) == 4 else this_year
    wanted = request.args.get("search", "").strip()[:100]
    part = frame.ask().part(
        get(
            "budget",
            "/v1/lines",
            year=year,
            search=wanted,
            agency_id=request.args.get("agency_id", "")[:40],
            after=request.args.get("after", "")[:40],
            limit=_PAGE,
        )
    )
    return frame.page(
        "pages/lines.html", part=part, year=year, search=wanted, years=[this_year + 1, this_year, this_year - 1]
    )


@pages.get("/lines/<uuid:line_id>")
def show(line_id: UUID) -> Any:
    """One line and every entry behind its sums."""
    parts = frame.ask().together(
        line=get("budget", f"/v1/lines/{line_id}"),
        entries=get("budget", f"/v1/lines/{line_id}/entries", limit=50, after=request.args.get("after", "")[:40]),
    )
    if parts["line"].error:
        raise parts["line"].error
    return frame.page("pages/line.html", line=parts["line"].value, parts=parts)
