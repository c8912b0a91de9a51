"""Nominations, approvals, seats and tasks over HTTP."""

from typing import Any
from uuid import UUID

from services.enrolment.handlers import approvals, nominations, tasks, views
from services.enrolment.schemas.common import Reason
from services.enrolment.schemas.seats import (
    ApprovalFilters,
    Approvals,
    NominationOutcomes,
    Nominations,
    OpenApprovals,
    Rejections,
    SeatDetail,
    SeatFilters,
    SeatList,
    SeatOutcomes,
    TaskList,
)
from shared.auth import AGENCY_OFFICER, AUDITOR, TRAINER, TRAINING_OFFICE
from shared.unit import Unit
from shared.web.door import ANYONE_SIGNED_IN, Door

door = Door("seats", "Nominations, approvals, seats, and what there is to do")


@door.command(
    "POST",
    "/v1/batches/<uuid:batch_id>/nominations",
    body=Nominations,
    answer=NominationOutcomes,
    roles=(AGENCY_OFFICER, TRAINING_OFFICE),
)
def nominate(unit: Unit, batch_id: UUID, body: dict[str, Any]) -> Any:
    """Nominate people; an outcome for each."""
    return {"items": nominations.nominate(unit, batch_id, body["people"], body["reason"])}


@door.query(
    "/v1/batches/<uuid:batch_id>/seats",
    filters=SeatFilters,
    answer=SeatList,
    roles=(AGENCY_OFFICER, TRAINING_OFFICE, AUDITOR, TRAINER),
)
def list_seats(unit: Unit, batch_id: UUID, filters: dict[str, Any]) -> Any:
    """Seats of a batch, as far as one's roles reach."""
    return views.list_seats(unit, batch_id, **filters)


@door.query("/v1/seats/<uuid:seat_id>", answer=SeatDetail, roles=ANYONE_SIGNED_IN)
def show_seat(unit: Unit, seat_id: UUID) -> Any:
    """One seat: where it stands and how it came there."""
    return views.show_seat(unit, seat_id)


@door.command("POST", "/v1/seats/approvals", body=Approvals, answer=SeatOutcomes, roles=ANYONE_SIGNED_IN)
def approve(unit: Unit, body: dict[str, Any]) -> Any:
    """Approve nominations as supervisor or training office; an outcome for each seat."""
    return {"items": approvals.approve(unit, body["seats"])}


@door.command("POST", "/v1/seats/rejections", body=Rejections, answer=SeatOutcomes, roles=ANYONE_SIGNED_IN)
def reject(unit: Unit, body: dict[str, Any]) -> Any:
    """Reject nominations; an outcome for each seat."""
    return {"items": approvals.reject(unit, body["seats"], body["reason"])}


@door.command("POST", "/v1/seats/<uuid:seat_id>/cancellation", body=Reason, answer=SeatDetail, roles=ANYONE_SIGNED_IN)
def cancel_seat(unit: Unit, seat_id: UUID, body: dict[str, Any]) -> Any:
    """Give a seat up before the first session."""
    approvals.cancel_seat(unit, seat_id, **body)
    return views.show_seat(unit, seat_id)


@door.query("/v1/approvals", filters=ApprovalFilters, answer=OpenApprovals, roles=ANYONE_SIGNED_IN)
def list_approvals(unit: Unit, filters: dict[str, Any]) -> Any:
    """The nominations that wait for one's own approval."""
    return tasks.list_approvals(unit, **filters)


@door.query("/v1/tasks", answer=TaskList, roles=ANYONE_SIGNED_IN)
def list_tasks(unit: Unit) -> Any:
    """What the signed-in person has to do here."""
    return tasks.list_tasks(unit)
