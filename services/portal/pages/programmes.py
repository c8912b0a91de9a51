"""Programmes: their versions, and what changed because of which finding."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request

from services.portal import frame
from services.portal.backend import get

pages = Blueprint("programmes", __name__)


@pages.get("/programmes")
def index() -> Any:
    """All programmes."""
    part = frame.ask().part(get("content", "/v1/programmes", after=request.args.get("after", "")[:40]))
    return frame.page("pages/programmes.html", part=part)


@pages.get("/programmes/<uuid:programme_id>")
def show(programme_id: UUID) -> Any:
    """One programme: its versions, its findings and their effects."""
    parts = frame.ask().together(
        programme=get("content", f"/v1/programmes/{programme_id}"),
        findings=get("surveys", "/v1/findings", programme_id=str(programme_id)),
        effects=get("surveys", "/v1/effects", programme_id=str(programme_id)),
        batches=get("enrolment", "/v1/batches", programme_id=str(programme_id)),
    )
    if parts["programme"].error:
        raise parts["programme"].error
    return frame.page("pages/programme.html", programme=parts["programme"].value, parts=parts)
