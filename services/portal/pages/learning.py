"""Learning where there is no LMS: the modules of a programme that I have a seat in."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort
from flask_babel import gettext as _

from services.portal import forms, frame

pages = Blueprint("learning", __name__)


@pages.get("/learning/<uuid:batch_id>")
def show(batch_id: UUID) -> Any:
    """The modules, in order, and which are done."""
    mine = frame.ask().get("content", "/v1/mine").get("items", [])
    programme = next((item for item in mine if item.get("batch_id") == str(batch_id)), None)
    if programme is None:
        abort(404)
    return frame.page("pages/learning.html", programme=programme, batch_id=str(batch_id))


@pages.post("/learning/<uuid:batch_id>/modules/<uuid:module_id>/<any(opening, completion):step>")
def done(batch_id: UUID, module_id: UUID, step: str) -> Any:
    """Open or complete a module."""
    form = forms.sent()
    path = f"/v1/batches/{batch_id}/modules/{module_id}/{step}"
    form.hand_over(lambda key: frame.ask().post("content", path, {}, key))
    if form.refusal is not None:
        raise form.refusal
    text = _("Modul dibuka.") if step == "opening" else _("Modul selesai.")
    return frame.go("learning.show", text, batch_id=batch_id)
