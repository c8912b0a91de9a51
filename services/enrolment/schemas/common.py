"""Shapes that several doors use."""

from typing import Any

from marshmallow import fields, validate

from shared.web.schemas import Page, Shape

MOST_RUPIAH = 10**13


def text(most: int, least: int = 1, **more: Any) -> fields.String:
    """A bounded text without surrounding blanks or control characters."""
    return fields.String(
        validate=[
            validate.Length(least, most),
            validate.Regexp(r"^(?!\s)[^\x00-\x08\x0b\x0c\x0e-\x1f]*(?<!\s)$" if least else r"^[^\x00-\x08]*$"),
        ],
        **more,
    )


def ids(most: int = 500, least: int = 1, **more: Any) -> fields.List[Any]:
    """A bounded list of ids."""
    return fields.List(fields.UUID(), validate=validate.Length(least, most), **more)


class Nothing(Shape):
    """A command without a body."""


class Reason(Shape):
    reason = text(500, required=True)


class Words(Shape):
    """A sentence in both languages."""

    id = fields.String()
    en = fields.String()


class Told(Shape):
    """One happening of a timeline."""

    at = fields.String()
    until = fields.String(allow_none=True)
    code = fields.String()
    what = fields.Nested(Words)
    count = fields.Integer()
    facts = fields.Dict()


class Timeline(Shape):
    items = fields.List(fields.Nested(Told))
    next = fields.UUID(allow_none=True)


__all__ = ["MOST_RUPIAH", "Nothing", "Page", "Reason", "Shape", "Timeline", "Told", "Words", "ids", "text"]
