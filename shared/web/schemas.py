"""Marshmallow shapes that two services share: unknown fields are refused, sizes are bounded."""

from marshmallow import RAISE, Schema, fields, validate


class Shape(Schema):
    """Base of all shapes: what is not named is refused."""

    class Meta:
        unknown = RAISE


class Page(Shape):
    """Where a list goes on: `after` is the last id seen, `limit` 1..500."""

    after = fields.UUID(load_default=None)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 500))
