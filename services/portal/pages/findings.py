"""Findings: the list, one with its figure, deciding what changes, and whether it helped."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask_babel import gettext as _

from services.portal import forms, frame
from services.portal.backend import Asker, Json, Part, get
from services.portal.i18n import zone
from services.portal.words import CHANGE_KINDS, FINDING_STATES, LEVELS, MODES
from shared import clock
from shared.auth import EVALUATOR

pages = Blueprint("findings", __name__)
_A_MONTH = timedelta(days=30)
_OPEN = {"raised", "refused"}
"""States in which a decision is asked for."""


@pages.get("/findings")
def index() -> Any:
    """Findings by state; the filters stand in the address."""
    state = request.args.get("state", "")
    state = state if state in FINDING_STATES else ""
    parts = frame.ask().together(
        findings=get("surveys", "/v1/findings", state=state, after=request.args.get("after", "")[:40]),
        programmes=get("content", "/v1/programmes"),
    )
    titles = {item.get("programme_id") or item.get("id"): item.get("title") for item in parts["programmes"].items}
    return frame.page("pages/findings.html", parts=parts, state_chosen=state, titles=titles)


@pages.get("/effects")
def effects() -> Any:
    """Does it work? Before and after of every change that was measured again."""
    parts = frame.ask().together(
        effects=get("surveys", "/v1/effects", programme_id=request.args.get("programme_id", "")[:40]),
        programmes=get("content", "/v1/programmes"),
    )
    titles = {item.get("programme_id") or item.get("id"): item.get("title") for item in parts["programmes"].items}
    return frame.page("pages/effects.html", parts=parts, titles=titles)


@pages.get("/findings/<uuid:finding_id>")
def show(finding_id: UUID) -> Any:
    """One finding; who may decide finds the form here."""
    return _shown(finding_id, forms.empty())


@pages.post("/findings/<uuid:finding_id>")
def decide(finding_id: UUID) -> Any:
    """Decide: an owner, a due date, a concrete change."""
    form = forms.sent()
    change = _change(form)
    owner = form.text("owner_id", needed=_("Pilih penanggung jawab."), most=40)
    due = form.day("due", needed=_("Tulis batas waktu."))
    if form.fine and due is not None:
        body = {"owner_id": owner, "due": due.isoformat(), "change": change}
        path = f"/v1/findings/{finding_id}/decision"
        names = {f"change.{name}": name for name in change}
        done = form.hand_over(lambda key: frame.ask().post("surveys", path, body, key), names)
        if done is not None:
            return frame.go("findings.show", _("Keputusan tersimpan dan diteruskan."), finding_id=finding_id)
    return _shown(finding_id, form), form.status


def _change(form: forms.Form) -> Json:
    kind = form.get("kind")
    change: Json = {
        "kind": kind,
        "note": form.text("note", needed=_("Tulis apa yang diubah, dengan kata yang dipahami peserta."), most=500),
    }
    if kind not in CHANGE_KINDS:
        form.wrong["kind"] = _("Pilih apa yang diubah.")
    elif kind == "level":
        change["level"] = _one_of(form, "level", LEVELS, _("Pilih tingkat yang baru."))
    elif kind == "mode":
        change["mode"] = _one_of(form, "mode", MODES, _("Pilih cara penyelenggaraan."))
    elif kind == "duration":
        change["jp"] = form.whole("jp", needed=_("Tulis lama pelatihan dalam JP."), least=1, most=1000)
    elif kind in {"bridging_module", "material"}:
        change["module_title"] = form.text("module_title", needed=_("Tulis nama modulnya."), most=200)
        needed = _("Tulis lamanya.") if kind == "bridging_module" else ""
        change["module_minutes"] = form.whole("module_minutes", needed=needed, least=1, most=10_000)
    elif kind == "prerequisite":
        change["prerequisite_id"] = form.text("prerequisite_id", needed=_("Pilih program prasyarat."), most=40)
    elif kind == "venue":
        change["place"] = form.text("place", needed=_("Tulis tempat yang baru."), most=200)
    elif kind == "quota":
        change["capacity"] = form.whole("capacity", needed=_("Tulis jumlah kursi."), least=1, most=10_000)
    elif kind == "trainer":
        change["trainer_id"] = form.text("trainer_id", most=40) or None
    return {name: value for name, value in change.items() if value is not None}


def _one_of(form: forms.Form, name: str, known: dict[str, Any], needed: str) -> str:
    value = form.get(name)
    if value not in known:
        form.wrong[name] = needed
    return value


def owners_of(findings: Sequence[Json]) -> dict[str, Callable[[Asker], Json]]:
    """Questions for who answers for the decisions, by person_id; to be asked `together`."""
    decisions = [finding["decision"] for finding in findings if finding.get("decision")]
    people = {str(decision["owner_id"]) for decision in decisions if decision.get("owner_id")}
    return {each: get("enrolment", f"/v1/people/{each}") for each in sorted(people)}


def names_in(parts: Mapping[str, Part], owners: Iterable[str]) -> dict[str, str]:
    """The names of those whom the reader may see, by person_id; oneself is always known."""
    me = frame.me()
    names = {each: str(parts[each].value["name"]) for each in owners if parts[each].value.get("name")}
    return names | {me.id: me.name}


def _shown(finding_id: UUID, form: forms.Form) -> Any:
    ask = frame.ask()
    finding = ask.get("surveys", f"/v1/findings/{finding_id}")
    me = frame.me()
    open_ = finding.get("state") in _OPEN
    kind = form.get("kind") or request.args.get("kind", "")
    may_decide = me.has(EVALUATOR) and open_
    wanted = {"programme": get("content", f"/v1/programmes/{finding.get('programme_id')}")}
    if may_decide:
        wanted["programmes"] = get("content", "/v1/programmes")
        wanted["people"] = get("enrolment", "/v1/people", search=request.args.get("owner", "").strip()[:100], limit=50)
    names = owners_of([finding])
    parts = ask.together(**wanted, **names)
    return frame.page(
        "pages/finding.html",
        finding=finding,
        finding_id=str(finding_id),
        parts=parts,
        form=form,
        may_decide=may_decide,
        waits_for_others=open_ and not may_decide,
        owners=names_in(parts, names),
        owner=request.args.get("owner", ""),
        kind_chosen=kind if kind in CHANGE_KINDS else "level",
        due=(clock.now().astimezone(zone()) + _A_MONTH).date().isoformat(),
    )
