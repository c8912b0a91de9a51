"""Batches and programmes over HTTP."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from services.enrolment.handlers import attendance, batches, closing, views
from services.enrolment.handlers.audit import batch_timeline
from services.enrolment.schemas.batches import BatchFilters, BatchList, BatchView, OpenBatch, ProgrammeList
from services.enrolment.schemas.common import Nothing, Page, Reason, Timeline
from services.enrolment.schemas.seats import AttendanceList, AttendanceOutcomes, RecordAttendance
from shared.auth import TRAINER, TRAINING_OFFICE
from shared.unit import Unit
from shared.web.door import ANYONE_SIGNED_IN, Door

door = Door("batches", "Batches, their sessions, attendance and closing; programmes that can be run")


@door.command(
    "POST", "/v1/batches", body=OpenBatch, answer=BatchView, status=HTTPStatus.CREATED, roles=(TRAINING_OFFICE,)
)
def open_batch(unit: Unit, body: dict[str, Any]) -> Any:
    """Open a batch; budget is asked for its fixed cost, then nominations open."""
    return views.show_batch(unit, batches.open_batch(unit, **body))


@door.query("/v1/batches", filters=BatchFilters, answer=BatchList, roles=ANYONE_SIGNED_IN)
def list_batches(unit: Unit, filters: dict[str, Any]) -> Any:
    """Batches, newest first."""
    return views.list_batches(unit, **filters)


@door.query("/v1/batches/<uuid:batch_id>", answer=BatchView, roles=ANYONE_SIGNED_IN)
def show_batch(unit: Unit, batch_id: UUID) -> Any:
    """One batch."""
    return views.show_batch(unit, batch_id)


@door.query("/v1/batches/<uuid:batch_id>/timeline", answer=Timeline, roles=ANYONE_SIGNED_IN)
def show_timeline(unit: Unit, batch_id: UUID) -> Any:
    """What happened to a batch and why; numbers, no persons."""
    views.check_batch(unit, batch_id)
    return {"items": batch_timeline(unit, batch_id), "next": None}


@door.command("POST", "/v1/batches/<uuid:batch_id>/opening", body=Nothing, answer=BatchView, roles=(TRAINING_OFFICE,))
def retry_batch(unit: Unit, batch_id: UUID, body: dict[str, Any]) -> Any:
    """Ask budget again for the fixed cost of a batch that was refused."""
    batches.retry_batch(unit, batch_id)
    return views.show_batch(unit, batch_id)


@door.command(
    "POST", "/v1/batches/<uuid:batch_id>/cancellation", body=Reason, answer=BatchView, roles=(TRAINING_OFFICE,)
)
def cancel_batch(unit: Unit, batch_id: UUID, body: dict[str, Any]) -> Any:
    """Cancel a batch before its first session; every seat is released."""
    batches.cancel_batch(unit, batch_id, **body)
    return views.show_batch(unit, batch_id)


@door.command("POST", "/v1/batches/<uuid:batch_id>/closing", body=Nothing, answer=BatchView, roles=(TRAINING_OFFICE,))
def close_batch(unit: Unit, batch_id: UUID, body: dict[str, Any]) -> Any:
    """Close a batch: seats are completed or failed, hours are credited."""
    closing.close_batch(unit, batch_id)
    return views.show_batch(unit, batch_id)


@door.command(
    "POST",
    "/v1/batches/<uuid:batch_id>/sessions/<uuid:session_id>/attendance",
    body=RecordAttendance,
    answer=AttendanceOutcomes,
    roles=(TRAINING_OFFICE, TRAINER),
)
def record_attendance(unit: Unit, batch_id: UUID, session_id: UUID, body: dict[str, Any]) -> Any:
    """Record who was present at a session; an outcome for each row."""
    return {"items": attendance.record(unit, batch_id, session_id, **body)}


@door.query(
    "/v1/batches/<uuid:batch_id>/sessions/<uuid:session_id>/attendance",
    answer=AttendanceList,
    roles=ANYONE_SIGNED_IN,
)
def list_attendance(unit: Unit, batch_id: UUID, session_id: UUID) -> Any:
    """Who was present at a session."""
    return views.list_attendance(unit, batch_id, session_id)


@door.query("/v1/programmes", filters=Page, answer=ProgrammeList, roles=ANYONE_SIGNED_IN)
def list_programmes(unit: Unit, filters: dict[str, Any]) -> Any:
    """Programmes that can be run, and decided changes that wait for the next batch."""
    return views.list_programmes(unit, **filters)
