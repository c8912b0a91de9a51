"""Requests that wait for me: all chosen already, so that five are approved in three taps."""

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from services.portal import forms, frame
from services.portal.backend import Json

pages = Blueprint("approvals", __name__)


@pages.get("/approvals")
def index() -> Any:
    """The requests that wait for my word."""
    return _waiting(forms.empty())


@pages.post("/approvals")
def decide() -> Any:
    """Approve or reject what is chosen."""
    form = forms.sent()
    seats = form.all("seats")[:500]
    rejecting = form.get("decision") == "reject"
    if not seats:
        form.wrong["seats"] = _("Pilih paling sedikit satu permintaan.")
    body: Json = {"seats": seats}
    if rejecting:
        body["reason"] = form.text("reason", needed=_("Tulis alasan penolakan; pegawai akan membacanya."), most=500)
    if form.fine:
        path = "/v1/seats/rejections" if rejecting else "/v1/seats/approvals"
        answer = form.hand_over(lambda key: frame.ask().post("enrolment", path, body, key))
        if answer is not None:
            return _decided(answer.get("items", []), len(seats), rejecting)
    return _waiting(form), form.status


def _decided(outcomes: list[Json], asked: int, rejecting: bool) -> Any:
    refused = [each for each in outcomes if each.get("code")]
    done = asked - len(refused)
    if rejecting:
        text = _("%(done)s permintaan ditolak.", done=done)
    else:
        text = _("%(done)s permintaan disetujui. Dananya sedang dipesan.", done=done)
    if refused:
        text += " " + _("%(count)s tidak dapat diproses karena keadaannya sudah berubah.", count=len(refused))
    return frame.go("approvals.index", text, "warn" if refused else "good")


def _waiting(form: forms.Form) -> Any:
    batch = request.args.get("batch_id", "")[:40]
    answer = frame.ask().get("enrolment", "/v1/approvals", batch_id=batch, limit=200)
    return frame.page("pages/approvals.html", waiting=answer.get("items", []), answer=answer, form=form, batch_id=batch)
