"""Seats, nominations, approvals, attendance, tasks."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from services.enrolment.domain.states import State
from services.enrolment.schemas.common import Page, Shape, Told, Words, ids, text


class Nominations(Shape):
    people = ids(500, required=True)
    reason = text(500, least=0, load_default="")


class NominationOutcome(Shape):
    person_id = fields.UUID()
    seat_id = fields.UUID(allow_none=True)
    state = fields.String(allow_none=True)
    code = fields.String(allow_none=True)


class NominationOutcomes(Shape):
    items = fields.List(fields.Nested(NominationOutcome))


class Approvals(Shape):
    seats = ids(500, required=True)


class Rejections(Approvals):
    reason = text(500, required=True)


class SeatOutcome(Shape):
    seat_id = fields.UUID()
    state = fields.String(allow_none=True)
    code = fields.String(allow_none=True)


class SeatOutcomes(Shape):
    items = fields.List(fields.Nested(SeatOutcome))


class SeatFilters(Page):
    state = fields.String(load_default=None, validate=validate.OneOf([state.value for state in State]))


class SeatView(Shape):
    seat_id = fields.UUID()
    batch_id = fields.UUID()
    person_id = fields.UUID()
    name = fields.String()
    nip_masked = fields.String()
    agency_id = fields.UUID()
    agency = fields.String()
    grade = fields.String()
    unit = fields.String()
    state = fields.String()
    reason = fields.String(allow_none=True)
    attempt = fields.Integer()
    since = fields.AwareDateTime()
    deadline = fields.AwareDateTime(allow_none=True)
    requested_at = fields.AwareDateTime()
    note = fields.String()
    presence_percent = fields.Integer(allow_none=True)
    learning = fields.String(validate=validate.OneOf(("none", "opened", "completed")))


class ApprovalView(Shape):
    step = fields.Integer()
    role = fields.String()
    state = fields.String()
    deadline = fields.AwareDateTime(allow_none=True)
    at = fields.AwareDateTime(allow_none=True)
    mine = fields.Boolean()


class SeatDetail(SeatView):
    batch = fields.String()
    approvals = fields.List(fields.Nested(ApprovalView))
    timeline = fields.List(fields.Nested(Told))


class SeatList(Shape):
    items = fields.List(fields.Nested(SeatView))
    next = fields.UUID(allow_none=True)


class AttendanceRow(Shape):
    seat_id = fields.UUID(load_default=None, allow_none=True)
    person_id = fields.UUID(load_default=None, allow_none=True)
    present = fields.Boolean(required=True, truthy={True}, falsy={False})

    @validates_schema
    def _names_one(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("seat_id") is None) == (data.get("person_id") is None):
            raise ValidationError("seat_id | person_id", "seat_id")


class RecordAttendance(Shape):
    how = fields.String(required=True, validate=validate.OneOf(("scan", "list", "link")))
    rows = fields.List(fields.Nested(AttendanceRow), required=True, validate=validate.Length(1, 500))


class AttendanceOutcome(Shape):
    seat_id = fields.UUID(allow_none=True)
    person_id = fields.UUID(allow_none=True)
    present = fields.Boolean()
    code = fields.String(allow_none=True)


class AttendanceOutcomes(Shape):
    items = fields.List(fields.Nested(AttendanceOutcome))


class AttendanceList(Shape):
    """Who was present at a session, by seat; seats without a row were not recorded."""

    items = fields.List(fields.Nested(AttendanceOutcome))
    next = fields.UUID(allow_none=True)


class Link(Shape):
    page = fields.String()
    id = fields.UUID(allow_none=True)


class Task(Shape):
    kind = fields.String()
    id = fields.String()
    title = fields.Nested(Words)
    count = fields.Integer(allow_none=True)
    due = fields.AwareDateTime(allow_none=True)
    link_to = fields.Nested(Link)


class TaskList(Shape):
    items = fields.List(fields.Nested(Task))
    next = fields.UUID(allow_none=True)


class ApprovalFilters(Page):
    batch_id = fields.UUID(load_default=None)


class OpenApproval(Shape):
    seat_id = fields.UUID()
    batch_id = fields.UUID()
    batch = fields.String()
    person_id = fields.UUID()
    name = fields.String()
    position = fields.String()
    role = fields.String()
    note = fields.String()
    due = fields.AwareDateTime(allow_none=True)


class OpenApprovals(Shape):
    items = fields.List(fields.Nested(OpenApproval))
    next = fields.UUID(allow_none=True)
