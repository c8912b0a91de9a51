"""Answering a survey from one's own link: no sign-in, no script needed, no cookie set, nothing kept here."""

import hashlib
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from services.portal import forms, frame, questions
from services.portal.backend import Refusal

pages = Blueprint("answers", __name__)


@pages.get("/s/<token>")
def show(token: str) -> Any:
    """The questions."""
    return _asked(token, forms.empty())


@pages.post("/s/<token>")
def answer(token: str) -> Any:
    """Hand the answers over, once."""
    invitation = frame.ask().get("surveys", f"/v1/answers/{_bounded(token)}")
    form = forms.sent()
    asked = questions.of(invitation.get("form") or {}, frame.said)
    answers = questions.read(asked, form)
    if form.fine:
        path = f"/v1/answers/{_bounded(token)}"
        done = form.hand_over(
            lambda _key: frame.ask().post("surveys", path, {"answers": answers}, None),
            {f"answers.{each.name}": f"q.{each.name}" for each in asked},
        )
        if done is not None:
            return frame.page("pages/thanks.html", draft=_draft(token), batch_name=invitation.get("batch_name", ""))
        if isinstance(form.refusal, Refusal) and form.refusal.status in {404, 409, 410}:
            raise form.refusal
    return _asked(token, form, invitation), form.status


def _asked(token: str, form: forms.Form, invitation: dict[str, Any] | None = None) -> Any:
    if invitation is None:
        invitation = frame.ask().get("surveys", f"/v1/answers/{_bounded(token)}")
    asked = questions.of(invitation.get("form") or {}, frame.said)
    return frame.page(
        "pages/answer.html",
        invitation=invitation,
        asked=asked,
        titles={f"q.{each.name}": each.title for each in asked},
        form=form,
        draft=_draft(token),
        address=request.path,
    )


def _bounded(token: str) -> str:
    if len(token) > 200 or not all(letter.isalnum() or letter in "-_.~" for letter in token):
        raise Refusal("surveys", 404, {"code": "request.not_found", "detail": _("Tautan ini tidak dikenal.")})
    return token


def _draft(token: str) -> str:
    """The name of the draft on the device: not the link itself."""
    return hashlib.sha256(token.encode()).hexdigest()[:16]
