"""Shapes of lines, entries and a batch's money. Amounts are integer rupiah."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_load, validate

from shared.web.schemas import Page, Shape


class _Filters(Page):
    @pre_load
    def _without_blanks(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """An empty field of a filter form asks for nothing."""
        return {name: value for name, value in dict(data).items() if value != ""}


class LineFilters(_Filters):
    """Which lines: of a year, of an agency, holding every word of `search` in a code or name."""

    year = fields.Integer(load_default=None, validate=validate.Range(2000, 2100))
    agency_id = fields.UUID(load_default=None)
    search = fields.String(load_default=None, validate=validate.Length(max=100))


class EntryFilters(_Filters):
    """Where the list of entries goes on."""


class LineView(Shape):
    """One line: `effective = original + shifts + amendment = reserved + realised + available`."""

    line_id = fields.UUID()
    instance = fields.String()
    year = fields.Integer()
    agency_id = fields.UUID(allow_none=True)
    agency_code = fields.String()
    agency = fields.String()
    sub_activity = fields.String()
    sub_activity_name = fields.String()
    account = fields.String()
    account_name = fields.String()
    fund = fields.String()
    name = fields.String()
    original = fields.Integer()
    shifts = fields.Integer()
    amendment = fields.Integer()
    effective = fields.Integer()
    reserved = fields.Integer()
    realised = fields.Integer()
    available = fields.Integer()
    remaining = fields.Integer()
    absorption_percent = fields.Float(allow_none=True)


class LinesView(Shape):
    """A page of lines."""

    items = fields.List(fields.Nested(LineView))
    next = fields.UUID(allow_none=True)


class EntryView(Shape):
    """One entry of the ledger. Signed for original, shift and amendment; otherwise what its kind moves."""

    entry_id = fields.UUID()
    kind = fields.String()
    amount = fields.Integer()
    moment = fields.DateTime(format="iso")
    document = fields.String(allow_none=True)
    batch_id = fields.UUID(allow_none=True)
    seat_id = fields.UUID(allow_none=True)
    attempt = fields.Integer(allow_none=True)


class EntriesView(Shape):
    """A page of entries, oldest first."""

    items = fields.List(fields.Nested(EntryView))
    next = fields.UUID(allow_none=True)


class SeatCounts(Shape):
    """Seats by the state of their latest question."""

    reserved = fields.Integer()
    realised = fields.Integer()
    released = fields.Integer()
    refused = fields.Integer()


class BatchLineMoney(Shape):
    """A batch's money on one line; the codes are null where the line is not known."""

    line_id = fields.UUID()
    year = fields.Integer(allow_none=True)
    agency_code = fields.String(allow_none=True)
    sub_activity = fields.String(allow_none=True)
    sub_activity_name = fields.String(allow_none=True)
    account = fields.String(allow_none=True)
    account_name = fields.String(allow_none=True)
    fund = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    reserved = fields.Integer()
    realised = fields.Integer()
    released = fields.Integer()
    refused = fields.Integer()
    seats = fields.Nested(SeatCounts)


class BatchMoneyView(Shape):
    """What a batch holds now (`reserved`), has spent, gave back over its life, and what is refused to those without."""

    batch_id = fields.UUID()
    reserved = fields.Integer()
    realised = fields.Integer()
    released = fields.Integer()
    refused = fields.Integer()
    seats = fields.Nested(SeatCounts)
    lines = fields.List(fields.Nested(BatchLineMoney))
