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
    """`state` is ok, failing, resting (too many calls failed; the next one is made at `resting_until`) or unknown;
    `waiting` counts calls that are not done."""

    state = fields.String()
    resting_until = fields.AwareDateTime(allow_none=True)
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


class FactOutcome(Shape):
    """What became of one fact: accepted, duplicate, or refused with a code; none of them is to be sent again."""

    id = fields.String()
    outcome = fields.String()
    code = fields.String()


class FactsTaken(Shape):
    items = fields.List(fields.Nested(FactOutcome))


class HelloIn(Shape):
    """The plugin that calls, the LMS it lives in, and the time there in seconds since 1970."""

    plugin = fields.String(required=True, validate=validate.Length(1, 100))
    version = fields.String(required=True, validate=validate.Length(1, 40))
    lms = fields.String(required=True, validate=validate.Length(1, 100))
    time = fields.Integer(required=True, validate=validate.Range(0, 10**11))


class HelloOut(Shape):
    site = fields.String()
    name = fields.String()
    time = fields.AwareDateTime()
    skew = fields.Integer()


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
