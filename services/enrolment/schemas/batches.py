"""Batches and programmes."""

from marshmallow import fields, validate

from services.enrolment.schemas.common import MOST_RUPIAH, Page, Shape, ids, text


class SessionIn(Shape):
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    trainer_id = fields.UUID(load_default=None, allow_none=True)
    place = text(200, required=True)


class OpenBatch(Shape):
    programme_id = fields.UUID(required=True)
    version = fields.Integer(load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 100_000))
    name = text(200, required=True)
    sessions = fields.List(fields.Nested(SessionIn), required=True, validate=validate.Length(0, 200))
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10_000))
    least = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, 10_000))
    fixed_cost = fields.Integer(required=True, strict=True, validate=validate.Range(0, MOST_RUPIAH))
    seat_price = fields.Integer(required=True, strict=True, validate=validate.Range(0, MOST_RUPIAH))
    line_id = fields.UUID(required=True)
    fiscal_year = fields.Integer(required=True, strict=True, validate=validate.Range(2000, 2200))
    site = text(100, load_default=None, allow_none=True)
    course = text(200, load_default=None, allow_none=True)
    agencies = ids(1_000, least=0, load_default=list)
    approvals = fields.List(
        fields.String(validate=validate.OneOf(("supervisor", "training_office"))),
        load_default=lambda: ["supervisor"],
        validate=validate.Length(1, 2),
    )
    no_show_spends = fields.Boolean(load_default=True)
    applies = ids(50, least=0, load_default=list)


class SessionView(Shape):
    session_id = fields.UUID()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    trainer_id = fields.UUID(allow_none=True)
    place = fields.String()
    present = fields.Integer(allow_none=True)


class FindingApplied(Shape):
    finding_id = fields.UUID()
    kind = fields.String()
    note = fields.String()


class ClosedCounts(Shape):
    confirmed = fields.Integer()
    took_part = fields.Integer()
    completed = fields.Integer()
    failed = fields.Integer()


class BatchView(Shape):
    batch_id = fields.UUID()
    rev = fields.Integer()
    state = fields.String()
    reason = fields.String(allow_none=True)
    since = fields.AwareDateTime()
    programme_id = fields.UUID()
    programme = fields.String()
    programme_code = fields.String()
    version = fields.Integer()
    jp = fields.Integer()
    name = fields.String()
    mode = fields.String()
    sessions = fields.List(fields.Nested(SessionView))
    begins_at = fields.AwareDateTime(allow_none=True)
    ends_at = fields.AwareDateTime(allow_none=True)
    capacity = fields.Integer()
    least = fields.Integer()
    fixed_cost = fields.Integer()
    seat_price = fields.Integer()
    line_id = fields.UUID()
    fiscal_year = fields.Integer()
    site = fields.String(allow_none=True)
    course = fields.String(allow_none=True)
    agencies = fields.List(fields.UUID())
    approvals = fields.List(fields.String())
    no_show_spends = fields.Boolean()
    counts = fields.Dict(keys=fields.String(), values=fields.Integer())
    applied = fields.List(fields.Nested(FindingApplied))
    closed = fields.Nested(ClosedCounts, allow_none=True)


class BatchRow(BatchView):
    """A batch in a list: without its sessions."""

    class Meta(BatchView.Meta):
        exclude = ("sessions", "agencies", "applied")


class BatchList(Shape):
    items = fields.List(fields.Nested(BatchRow))
    next = fields.UUID(allow_none=True)


class BatchFilters(Page):
    state = fields.String(
        load_default=None,
        validate=validate.OneOf(("opening", "open", "running", "closed", "cancelled", "refused")),
    )
    programme_id = fields.UUID(load_default=None)
    q = text(100, least=0, load_default="")


class PendingChange(Shape):
    finding_id = fields.UUID()
    rev = fields.Integer()
    kind = fields.String()
    change = fields.Dict()
    due = fields.Date()
    state = fields.String()
    code = fields.String(allow_none=True)
    batch_id = fields.UUID(allow_none=True)


class ProgrammeView(Shape):
    programme_id = fields.UUID()
    version = fields.Integer()
    versions = fields.List(fields.Integer())
    code = fields.String()
    title = fields.String()
    goal = fields.String()
    form = fields.Integer()
    mode = fields.String()
    level = fields.String()
    jp = fields.Integer()
    prerequisites = fields.List(fields.UUID())
    modules = fields.Integer()
    presence_percent = fields.Integer()
    all_modules = fields.Boolean()
    changes = fields.List(fields.Nested(PendingChange))


class ProgrammeList(Shape):
    items = fields.List(fields.Nested(ProgrammeView))
    next = fields.UUID(allow_none=True)
