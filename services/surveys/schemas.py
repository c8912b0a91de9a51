"""Shapes in and out. Times are ISO 8601; shares are fractions 0..1; texts are {id, en}."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, pre_load, validate

from services.surveys.domain.findings import CHANGE_KINDS, STATES
from services.surveys.domain.instrument import MOST_ITEMS
from shared.web.schemas import Shape

_MOST_A_PAGE = 100


class _Filters(Shape):
    after = fields.UUID(load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, _MOST_A_PAGE))

    @pre_load
    def _without_blanks(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """An empty field of a filter form asks for nothing."""
        return {name: value for name, value in dict(data).items() if value != ""}


class PageFilters(_Filters):
    """Where a list goes on."""


class CampaignFilters(_Filters):
    """Which campaigns."""

    batch_id = fields.UUID(load_default=None)


class FindingFilters(_Filters):
    """Which findings."""

    programme_id = fields.UUID(load_default=None)
    batch_id = fields.UUID(load_default=None)
    campaign_id = fields.UUID(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class EffectFilters(_Filters):
    """Which effects."""

    programme_id = fields.UUID(load_default=None)


class Nothing(Shape):
    """A command that needs no more than its address: {}."""


class Listed(Shape):
    """A page of things; `next` is what to give as `after`, or null at the end."""

    items = fields.List(fields.Dict())
    next = fields.Raw(allow_none=True)


class GiveInstrument(Shape):
    """An instrument to keep: `definition` is SurveyJS JSON, `code` names it, `programme_code` is null for all."""

    code = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9_-]{0,49}\Z"))
    programme_code = fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 50))
    definition = fields.Dict(required=True, keys=fields.String(validate=validate.Length(max=100)))


class InstrumentView(Shape):
    """An instrument. `items` sums its questions up; `state` says what keeping it did: new, changed or same."""

    instrument_id = fields.UUID()
    code = fields.String()
    revision = fields.Integer()
    programme_code = fields.String(allow_none=True)
    title = fields.Dict()
    at = fields.AwareDateTime()
    items = fields.List(fields.Dict())
    definition = fields.Dict()
    state = fields.String()


class FormView(Shape):
    """What stands behind a link: the form as SurveyJS JSON, without what answers will count for."""

    batch_id = fields.UUID()
    batch_name = fields.String()
    programme_title = fields.String(allow_none=True)
    title = fields.Dict()
    closes_at = fields.AwareDateTime()
    form = fields.Dict()


class GiveAnswers(Shape):
    """Answers by the names of the items."""

    answers = fields.Dict(
        required=True,
        keys=fields.String(validate=validate.Length(1, 100)),
        values=fields.Raw(allow_none=True),
        validate=validate.Length(max=2 * MOST_ITEMS),
    )


class Received(Shape):
    """The answer has been taken."""

    received = fields.Boolean()


class CampaignView(Shape):
    """A campaign. `measures` hold n, share with its 95 % Wilson interval, the words to show it in, the mean on 0..100,
    and the same by group; empty before it is closed."""

    campaign_id = fields.UUID()
    batch_id = fields.UUID()
    batch_name = fields.String()
    programme_id = fields.UUID()
    programme_title = fields.String(allow_none=True)
    version = fields.Integer()
    state = fields.String()
    outcome = fields.String(allow_none=True)
    opened_at = fields.AwareDateTime(allow_none=True)
    closes_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    instrument = fields.Dict(allow_none=True)
    invited = fields.Integer()
    answered = fields.Integer()
    index = fields.Dict(allow_none=True)
    measures = fields.List(fields.Dict())
    findings = fields.List(fields.UUID())
    timeline = fields.List(fields.Dict())


class FindingView(Shape):
    """A finding. `share` is null where it would tell what each single person said; `shown` always has words for it."""

    finding_id = fields.UUID()
    campaign_id = fields.UUID()
    batch_id = fields.UUID()
    batch_name = fields.String()
    programme_id = fields.UUID()
    programme_title = fields.String(allow_none=True)
    version = fields.Integer()
    item = fields.String()
    kind = fields.String()
    state = fields.String()
    sentence = fields.Dict()
    n = fields.Integer()
    share = fields.Float(allow_none=True)
    shown = fields.String()
    low = fields.Float()
    high = fields.Float()
    threshold = fields.Float()
    worst_segment = fields.Dict(allow_none=True)
    raised_at = fields.AwareDateTime()
    decision = fields.Dict(allow_none=True)
    effect = fields.Dict(allow_none=True)
    timeline = fields.List(fields.Dict())


_ROOM = validate.Range(1, 100_000)


class ChangeShape(Shape):
    """A concrete change; which fields a kind needs is the rule's matter."""

    kind = fields.String(required=True, validate=validate.OneOf(CHANGE_KINDS))
    note = fields.String(required=True, validate=validate.Length(1, 500))
    level = fields.String(load_default=None, validate=validate.OneOf(("basic", "intermediate", "advanced")))
    jp = fields.Integer(load_default=None, validate=validate.Range(1, 1000))
    module_title = fields.String(load_default=None, validate=validate.Length(1, 200))
    module_minutes = fields.Integer(load_default=None, validate=validate.Range(1, 10_000))
    prerequisite_id = fields.UUID(load_default=None)
    mode = fields.String(load_default=None, validate=validate.OneOf(("classroom", "online", "hybrid")))
    trainer_id = fields.UUID(load_default=None)
    place = fields.String(load_default=None, validate=validate.Length(1, 200))
    capacity = fields.Integer(load_default=None, validate=_ROOM)


class Decide(Shape):
    """A decision: who sees to it, until when, and what changes."""

    owner_id = fields.UUID(required=True)
    due = fields.Date(required=True)
    change = fields.Nested(ChangeShape, required=True)
