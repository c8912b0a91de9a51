"""What is done to a batch: nominate, record attendance, close, cancel, end its survey."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask_babel import gettext as _

from services.portal import forms, frame
from services.portal.backend import Json, get

pages = Blueprint("batch_forms", __name__)
_MOST_PEOPLE = 100


@pages.get("/batches/<uuid:batch_id>/nominations")
def nominate(batch_id: UUID) -> Any:
    """Choose people for a batch."""
    return _nominating(batch_id, forms.empty())


@pages.post("/batches/<uuid:batch_id>/nominations")
def nominated(batch_id: UUID) -> Any:
    """Hand the choice over; each person's outcome is shown."""
    form = forms.sent()
    people = form.all("people")[:500]
    reason = form.text("reason", most=500)
    if not people:
        form.wrong["people"] = _("Pilih paling sedikit satu pegawai.")
    if form.fine:
        body: Json = {"people": people, **({"reason": reason} if reason else {})}
        path = f"/v1/batches/{batch_id}/nominations"
        answer = form.hand_over(lambda key: frame.ask().post("enrolment", path, body, key))
        if answer is not None:
            batch = frame.ask().part(get("enrolment", f"/v1/batches/{batch_id}")).value
            return frame.page(
                "pages/nominated.html",
                batch=batch,
                batch_id=str(batch_id),
                outcomes=answer.get("items", []),
                names={each: form.get(f"name.{each}") for each in people},
            )
    return _nominating(batch_id, form), form.status


def _nominating(batch_id: UUID, form: forms.Form) -> Any:
    wanted = request.args.get("search", "").strip()[:100]
    agency = request.args.get("agency_id", "")[:40]
    parts = frame.ask().together(
        batch=get("enrolment", f"/v1/batches/{batch_id}"),
        people=get(
            "enrolment",
            "/v1/people",
            search=wanted,
            agency_id=agency,
            after=request.args.get("after", "")[:40],
            limit=_MOST_PEOPLE,
        ),
        agencies=get("enrolment", "/v1/agencies", limit=500),
    )
    if parts["batch"].error:
        raise parts["batch"].error
    return frame.page(
        "pages/nominate.html",
        batch=parts["batch"].value,
        batch_id=str(batch_id),
        parts=parts,
        search=wanted,
        agency_id=agency,
        form=form,
    )


@pages.get("/batches/<uuid:batch_id>/attendance")
def attendance(batch_id: UUID) -> Any:
    """The attendance list of one session."""
    return _attending(batch_id, forms.empty())


@pages.post("/batches/<uuid:batch_id>/attendance")
def attended(batch_id: UUID) -> Any:
    """Record who was there; rows left open are not sent."""
    form = forms.sent()
    session_id = _uuid(form.get("session_id"))
    marks = {name.removeprefix("seat."): form.get(name) for name in form.values if name.startswith("seat.")}
    rows = [{"seat_id": seat, "present": mark == "yes"} for seat, mark in marks.items() if mark in {"yes", "no"}]
    if session_id is None:
        form.wrong["session_id"] = _("Pilih sesi.")
    if not rows:
        form.wrong["seats"] = _("Tandai paling sedikit satu peserta.")
    if form.fine:
        path = f"/v1/batches/{batch_id}/sessions/{session_id}/attendance"
        body = {"how": "list", "rows": rows}
        answer = form.hand_over(lambda key: frame.ask().post("enrolment", path, body, key))
        if answer is not None:
            refused = sum(1 for each in answer.get("items", []) if each.get("code"))
            present = sum(1 for row in rows if row["present"])
            text = _("Presensi tersimpan: %(present)s hadir dari %(all)s.", present=present, all=len(rows))
            if refused:
                text += " " + _("%(count)s tidak tersimpan karena kursinya tidak pasti lagi.", count=refused)
            return frame.go("batches.show", text, "warn" if refused else "good", batch_id=batch_id)
    return _attending(batch_id, form), form.status


def _attending(batch_id: UUID, form: forms.Form) -> Any:
    ask = frame.ask()
    parts = ask.together(
        batch=get("enrolment", f"/v1/batches/{batch_id}"),
        seats=get("enrolment", f"/v1/batches/{batch_id}/seats", state="confirmed", limit=500),
    )
    for name in ("batch", "seats"):
        if parts[name].error:
            raise parts[name].error  # type: ignore[misc]
    batch = parts["batch"].value
    sessions = batch.get("sessions") or []
    chosen = form.get("session_id") or request.args.get("session", "")
    ids = [str(each.get("session_id")) for each in sessions]
    session_id = chosen if chosen in ids else (ids[0] if ids else "")
    kept: dict[str, str] = {}
    if session_id and not form.values:
        path = f"/v1/batches/{batch_id}/sessions/{session_id}/attendance"
        for row in ask.part(get("enrolment", path)).items:
            kept[str(row.get("seat_id"))] = "yes" if row.get("present") else "no"
    return frame.page(
        "pages/attendance.html",
        batch=batch,
        batch_id=str(batch_id),
        seats=parts["seats"].items,
        sessions=sessions,
        chosen=session_id,
        kept=kept,
        form=form,
    )


@pages.get("/batches/<uuid:batch_id>/closing")
def close(batch_id: UUID) -> Any:
    """What closing does, before it is done."""
    return _closing(batch_id, forms.empty())


@pages.post("/batches/<uuid:batch_id>/closing")
def closed(batch_id: UUID) -> Any:
    """Close the batch; surveys go out by themselves."""
    form = forms.sent()
    path = f"/v1/batches/{batch_id}/closing"
    if form.hand_over(lambda key: frame.ask().post("enrolment", path, {}, key)) is not None:
        return frame.go("batches.show", _("Angkatan ditutup. Survei dikirim kepada yang ikut."), batch_id=batch_id)
    return _closing(batch_id, form), form.status


def _closing(batch_id: UUID, form: forms.Form) -> Any:
    batch = frame.ask().get("enrolment", f"/v1/batches/{batch_id}")
    return frame.page("pages/close.html", batch=batch, batch_id=str(batch_id), form=form)


@pages.post("/batches/<uuid:batch_id>/opening")
def retry(batch_id: UUID) -> Any:
    """Ask budget again for the fixed cost of a batch that was refused."""
    form = forms.sent()
    path = f"/v1/batches/{batch_id}/opening"
    form.hand_over(lambda key: frame.ask().post("enrolment", path, {}, key))
    if form.refusal is not None:
        raise form.refusal
    return frame.go("batches.show", _("Dana diminta lagi."), batch_id=batch_id)


@pages.get("/batches/<uuid:batch_id>/cancellation")
def cancel(batch_id: UUID) -> Any:
    """What cancelling does, before it is done."""
    return _cancelling(batch_id, forms.empty())


@pages.post("/batches/<uuid:batch_id>/cancellation")
def cancelled(batch_id: UUID) -> Any:
    """Cancel the batch with a reason."""
    form = forms.sent()
    reason = form.text("reason", needed=_("Tulis mengapa angkatan dibatalkan."), most=500)
    if form.fine:
        path = f"/v1/batches/{batch_id}/cancellation"
        if form.hand_over(lambda key: frame.ask().post("enrolment", path, {"reason": reason}, key)) is not None:
            return frame.go("batches.show", _("Angkatan dibatalkan. Semua kursi dilepas."), batch_id=batch_id)
    return _cancelling(batch_id, form), form.status


def _cancelling(batch_id: UUID, form: forms.Form) -> Any:
    batch = frame.ask().get("enrolment", f"/v1/batches/{batch_id}")
    return frame.page("pages/cancel.html", batch=batch, batch_id=str(batch_id), form=form)


@pages.post("/batches/<uuid:batch_id>/campaigns/<uuid:campaign_id>/closing")
def end_survey(batch_id: UUID, campaign_id: UUID) -> Any:
    """End a survey before its time."""
    form = forms.sent()
    path = f"/v1/campaigns/{campaign_id}/closing"
    form.hand_over(lambda key: frame.ask().post("surveys", path, {}, key))
    if form.refusal is not None:
        raise form.refusal
    return frame.go("batches.show", _("Survei ditutup. Hasilnya sedang dihitung."), batch_id=batch_id)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
