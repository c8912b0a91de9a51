"""Batches: the list, and what happened to one: seats, money, presence, survey, finding, decision, effect."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request

from services.portal import cycle, frame
from services.portal.backend import Asker, Down, Json, Refusal, get
from services.portal.pages.findings import names_in, owners_of
from services.portal.words import BATCH_STATES, SEAT_STATES
from shared.auth import AGENCY_OFFICER, AUDITOR, EVALUATOR, TRAINER, TRAINING_OFFICE

pages = Blueprint("batches", __name__)
_MOST_CAMPAIGNS = 4


@pages.get("/batches")
def index() -> Any:
    """Batches by state, programme and words of what they are called; the filters stand in the address."""
    state = request.args.get("state", "")
    state = state if state in BATCH_STATES else ""
    programme = request.args.get("programme_id", "")[:40]
    wanted = request.args.get("q", "").strip()[:100]
    parts = frame.ask().together(
        batches=get(
            "enrolment",
            "/v1/batches",
            state=state,
            programme_id=programme,
            q=wanted,
            after=request.args.get("after", "")[:40],
        ),
        programmes=get("content", "/v1/programmes"),
    )
    return frame.page("pages/batches.html", parts=parts, state_chosen=state, programme_id=programme, named=wanted)


@pages.get("/batches/<uuid:batch_id>")
def show(batch_id: UUID) -> Any:
    """The account of one batch. Each part may be missing; the rest is shown."""
    ask, here = frame.ask(), str(batch_id)
    parts = ask.together(
        batch=get("enrolment", f"/v1/batches/{here}"),
        timeline=get("enrolment", f"/v1/batches/{here}/timeline"),
        money=get("budget", f"/v1/batches/{here}/money"),
        results=lambda asker: {"items": campaigns_of(asker, here)},
        findings=get("surveys", "/v1/findings", batch_id=here),
        places=get("bridge", f"/v1/batches/{here}/places"),
    )
    if isinstance(parts["batch"].error, Refusal):
        raise parts["batch"].error
    if all(isinstance(part.error, Down) for part in parts.values()):
        raise Down("enrolment")
    batch = parts["batch"].value
    findings = parts["findings"].items
    owners = owners_of(findings)
    steps = cycle.steps(batch, parts["results"].items, findings, whole=parts["results"].ok)
    me = frame.me()
    state = batch.get("state")
    may = {
        "nominate": me.has(AGENCY_OFFICER, TRAINING_OFFICE) and state == "open",
        "seats": me.has(AGENCY_OFFICER, TRAINING_OFFICE, AUDITOR, TRAINER),
        "attendance": me.has(TRAINING_OFFICE, TRAINER) and state == "running",
        "close": me.has(TRAINING_OFFICE) and (state == "running" or (state == "open" and not batch.get("begins_at"))),
        "cancel": me.has(TRAINING_OFFICE) and state in {"opening", "open"},
        "retry": me.has(TRAINING_OFFICE) and state == "refused",
        "collect": me.has(EVALUATOR, TRAINING_OFFICE),
    }
    return frame.page(
        "pages/batch.html",
        batch=batch,
        batch_id=here,
        parts=parts,
        findings=findings,
        owners=names_in(ask.together(**owners), owners),
        steps=steps,
        seats=seat_counts(batch),
        may=may,
    )


@pages.get("/batches/<uuid:batch_id>/seats")
def seats(batch_id: UUID) -> Any:
    """Who has a seat, by state."""
    state = request.args.get("state", "")
    state = state if state in SEAT_STATES else ""
    parts = frame.ask().together(
        batch=get("enrolment", f"/v1/batches/{batch_id}"),
        seats=get("enrolment", f"/v1/batches/{batch_id}/seats", state=state, after=request.args.get("after", "")[:40]),
    )
    if parts["batch"].error:
        raise parts["batch"].error
    return frame.page("pages/batch_seats.html", batch=parts["batch"].value, parts=parts, state_chosen=state)


def seat_counts(batch: Json) -> list[tuple[str, int]]:
    """Seats by state in the order of the journey; states with none are left out."""
    counts: Json = batch.get("counts") or {}
    known = [(state, int(counts[state])) for state in SEAT_STATES if counts.get(state)]
    return known + [(state, int(count)) for state, count in counts.items() if state not in SEAT_STATES and count]


def campaigns_of(asker: Asker, batch_id: str) -> list[Json]:
    """The campaigns of a batch with their measures and, once closed, what was written."""
    listed = asker.get("surveys", "/v1/campaigns", batch_id=batch_id).get("items", [])
    return [_whole(asker, f"/v1/campaigns/{campaign['campaign_id']}") for campaign in listed[:_MOST_CAMPAIGNS]]


def _whole(asker: Asker, path: str) -> Json:
    campaign = asker.get("surveys", path)
    if campaign.get("state") == "closed":
        campaign["comments"] = asker.part(get("surveys", f"{path}/comments")).items
    return campaign
