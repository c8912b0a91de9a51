"""One seat: where it stands, what happened to it and why, and giving it up."""

from typing import Any
from uuid import UUID

from flask import Blueprint
from flask_babel import gettext as _

from services.portal import forms, frame

pages = Blueprint("seats", __name__)


@pages.get("/seats/<uuid:seat_id>")
def show(seat_id: UUID) -> Any:
    """The seat and its timeline."""
    return _shown(seat_id, forms.empty())


@pages.post("/seats/<uuid:seat_id>/cancellation")
def cancel(seat_id: UUID) -> Any:
    """Give the seat up; money and place in the LMS follow."""
    form = forms.sent()
    reason = form.text("reason", needed=_("Tulis mengapa kursi ini dilepas."), most=500)
    if form.fine:
        path = f"/v1/seats/{seat_id}/cancellation"
        done = form.hand_over(lambda key: frame.ask().post("enrolment", path, {"reason": reason}, key))
        if done is not None:
            return frame.go("seats.show", _("Kursi dilepas. Dananya kembali ke pagu."), seat_id=seat_id)
    return _shown(seat_id, form), form.status


def _shown(seat_id: UUID, form: forms.Form) -> Any:
    seat = frame.ask().get("enrolment", f"/v1/seats/{seat_id}")
    return frame.page("pages/seat.html", seat=seat, form=form)
