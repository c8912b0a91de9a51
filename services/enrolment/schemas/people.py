"""People, agencies and one person's record."""

from marshmallow import fields, validate

from services.enrolment.schemas.common import Page, Shape


class PeopleFilters(Page):
    search = fields.String(load_default="", validate=validate.Length(0, 100))
    agency_id = fields.UUID(load_default=None)


class PersonRow(Shape):
    person_id = fields.UUID()
    name = fields.String()
    nip_masked = fields.String()
    status = fields.String()
    standing = fields.String()
    agency_id = fields.UUID()
    agency = fields.String()
    unit = fields.String()
    grade = fields.String()
    position = fields.String()


class PersonList(Shape):
    items = fields.List(fields.Nested(PersonRow))
    next = fields.UUID(allow_none=True)


class PersonView(PersonRow):
    """One person on their own screen: the only place that shows the whole number."""

    nip = fields.String()
    email = fields.String()
    username = fields.String()
    position_kind = fields.String()
    supervisor_id = fields.UUID(allow_none=True)
    supervisor = fields.String(allow_none=True)


class Year(Shape):
    year = fields.Integer(load_default=None, validate=validate.Range(2000, 2200))


class TargetView(Shape):
    kind = fields.String()
    jp = fields.Integer()
    legal_basis = fields.String()
    source = fields.String()


class RecordSeat(Shape):
    seat_id = fields.UUID()
    batch_id = fields.UUID()
    batch = fields.String()
    programme_id = fields.UUID()
    programme = fields.String()
    version = fields.Integer()
    state = fields.String()
    reason = fields.String(allow_none=True)
    since = fields.AwareDateTime()
    begins_at = fields.AwareDateTime(allow_none=True)
    presence_percent = fields.Integer(allow_none=True)


class Credit(Shape):
    seat_id = fields.UUID()
    programme_id = fields.UUID()
    programme = fields.String()
    version = fields.Integer()
    jp = fields.Integer()
    on = fields.Date()


class Record(Shape):
    person_id = fields.UUID()
    name = fields.String()
    nip_masked = fields.String()
    agency = fields.String()
    agency_id = fields.UUID()
    status = fields.String()
    year = fields.Integer()
    target = fields.Nested(TargetView, allow_none=True)
    jp = fields.Integer()
    seats = fields.List(fields.Nested(RecordSeat))
    credits = fields.List(fields.Nested(Credit))


class AgencyView(Shape):
    agency_id = fields.UUID()
    code = fields.String()
    name = fields.String()
    parent_id = fields.UUID(allow_none=True)


class AgencyList(Shape):
    items = fields.List(fields.Nested(AgencyView))
    next = fields.UUID(allow_none=True)
