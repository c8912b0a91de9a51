"""Opening a batch: one form for the training office."""

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from services.portal import forms, frame
from services.portal.backend import Json, get
from services.portal.i18n import zone
from shared import clock

pages = Blueprint("opening", __name__)
MOST_SESSIONS = 3


@pages.get("/batches/new")
def new() -> Any:
    """The form, with what can be known already."""
    year = clock.now().astimezone(zone()).year
    programme = request.args.get("programme_id", "")[:40]
    return _opening(
        forms.empty(programme_id=programme, fiscal_year=str(year), capacity="30", least="10", fixed_cost="0")
    )


@pages.post("/batches/new")
def opened() -> Any:
    """Open the batch; budget is asked for its fixed cost next."""
    form = forms.sent()
    body = _body(form)
    if form.fine:
        batch = form.hand_over(lambda key: frame.ask().post("enrolment", "/v1/batches", body, key))
        if batch is not None:
            text = _("Angkatan dibuka. Usulan diterima begitu dananya pasti.")
            return frame.go("batches.show", text, batch_id=batch.get("batch_id") or batch.get("id"))
    return _opening(form), form.status


def _body(form: forms.Form) -> Json:
    body: Json = {
        "programme_id": form.text("programme_id", needed=_("Pilih program."), most=40),
        "name": form.text("name", needed=_("Tulis nama angkatan."), most=200),
        "sessions": _sessions(form),
        "capacity": form.whole("capacity", needed=_("Tulis jumlah kursi."), least=1, most=10_000),
        "least": form.whole("least", needed=_("Tulis peserta paling sedikit."), least=0, most=10_000),
        "fixed_cost": form.whole("fixed_cost", needed=_("Tulis biaya tetap; 0 bila tidak ada.")),
        "seat_price": form.whole("seat_price", needed=_("Tulis biaya per kursi; 0 bila tidak ada.")),
        "line_id": form.text("line_id", needed=_("Pilih pagu anggaran."), most=40),
        "fiscal_year": form.whole("fiscal_year", needed=_("Tulis tahun anggaran."), least=2020, most=2100),
    }
    applies = form.all("applies")
    if applies:
        body["applies"] = applies
    return body


def _sessions(form: forms.Form) -> list[Json]:
    sessions: list[Json] = []
    for number in range(1, MOST_SESSIONS + 1):
        begins = form.moment(f"starts.{number}")
        if begins is None:
            continue
        ends = form.moment(f"ends.{number}", needed=_("Tulis kapan sesi ini selesai."))
        place = form.text(f"place.{number}", needed=_("Tulis tempat sesi ini."), most=200)
        if ends is not None and ends <= begins:
            form.wrong[f"ends.{number}"] = _("Sesi harus selesai sesudah mulai.")
        sessions.append({"starts_at": begins.isoformat(), "ends_at": (ends or begins).isoformat(), "place": place})
    return sessions


def _opening(form: forms.Form) -> Any:
    parts = frame.ask().together(
        programmes=get("enrolment", "/v1/programmes", limit=500),
        lines=get("budget", "/v1/lines", year=form.get("fiscal_year") if form.get("fiscal_year").isdigit() else None),
    )
    tomorrow: datetime = clock.now().astimezone(zone()) + timedelta(days=14)
    return frame.page(
        "pages/open.html", form=form, parts=parts, numbers=range(1, MOST_SESSIONS + 1), soon=tomorrow.date()
    )
