"""The shapes of the bridge's routes."""

import json
from typing import Any

from marshmallow import ValidationError, fields, validate

from shared.web.schemas import Shape

MOST_SETTINGS = 20_000
CODE = validate.Regexp(r"^[a-z0-9][a-z0-9_-]{0,39}$")


def _bounded(settings: dict[str, Any]) -> None:
    if len(json.dumps(settings, default=str)) > MOST_SETTINGS:
        raise ValidationError(f"More than {MOST_SETTINGS} characters.")


class SiteChange(Shape):
    """An LMS: `plugin` speaks to it with `settings`; no agencies means all."""

    name = fields.String(required=True, validate=validate.Length(1, 200))
    plugin = fields.String(required=True, validate=validate.Length(1, 40))
    settings = fields.Dict(keys=fields.String(validate=validate.Length(1, 100)), load_default=dict, validate=_bounded)
    agencies = fields.List(fields.UUID(), load_default=list, validate=validate.Length(max=1000))


class SiteIn(SiteChange):
    code = fields.String(required=True, validate=CODE)


class HealthOut(Shape):
    """`state` is ok, failing or unknown; `waiting` counts calls that are not done."""

    state = fields.String()
    detail = fields.String()
    at = fields.AwareDateTime(allow_none=True)
    waiting = fields.Integer()


class SiteOut(Shape):
    """An LMS. Its settings are never shown: they may hold a secret."""

    code = fields.String()
    name = fields.String()
    plugin = fields.String()
    agencies = fields.List(fields.UUID())
    capabilities = fields.List(fields.String())
    health = fields.Nested(HealthOut)


class SitesOut(Shape):
    items = fields.List(fields.Nested(SiteOut))
    next = fields.String(allow_none=True)


class SiteAdded(Shape):
    code = fields.String()
    name = fields.String()
    plugin = fields.String()
    agencies = fields.List(fields.UUID())


class PlaceOut(Shape):
    """The place of one seat: `state` is asked, enrolled, refused (with its code) or withdrawn; `wanted` and `actual`
    say how it should be and how it is in the LMS."""

    seat_id = fields.UUID()
    attempt = fields.Integer()
    person_id = fields.UUID()
    site = fields.String()
    course = fields.String()
    state = fields.String()
    code = fields.String()
    wanted = fields.String()
    actual = fields.String()
    since = fields.AwareDateTime()


class PlacesOut(Shape):
    items = fields.List(fields.Nested(PlaceOut))
    next = fields.UUID(allow_none=True)
