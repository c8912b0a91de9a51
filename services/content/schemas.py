"""The shapes of content's routes and of a programme in a file."""

from marshmallow import fields, validate

from services.content.domain.programmes import LEVELS, MODES, MOST_JP, MOST_MODULES, MOST_PREREQUISITES
from shared.web.schemas import Page, Shape

CODE_PATTERN = r"^[A-Z0-9][A-Z0-9._-]{1,39}$"
_WORDS = validate.And(validate.Length(1, 200), validate.Regexp(r"\S", error="Must not be blank."))


def _integer(least: int, most: int, **more: object) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **more)  # type: ignore[arg-type]


class ModuleIn(Shape):
    """A module; `module_id` names one that exists already, so that it may get another title."""

    module_id = fields.UUID()
    title = fields.String(required=True, validate=_WORDS)
    minutes = _integer(1, 6000, required=True)
    bridging = fields.Boolean(load_default=False)
    position = fields.Integer(
        load_only=True, metadata={"description": "Read and not used: the order of the list counts."}
    )


class RuleIn(Shape):
    """What completion asks: presence in percent of sessions, all modules, a least score 0..100."""

    presence_percent = _integer(0, 100, load_default=0)
    all_modules = fields.Boolean(load_default=True)
    least_score = _integer(0, 100, load_default=None, allow_none=True)


class DefinitionIn(Shape):
    """A programme as people write it. `form` is the national kind id, `prerequisites` are codes of programmes."""

    code = fields.String(required=True, validate=validate.Regexp(CODE_PATTERN))
    title = fields.String(required=True, validate=_WORDS)
    goal = fields.String(load_default="", validate=validate.Length(max=2000))
    form = _integer(1, 25, required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))
    level = fields.String(required=True, validate=validate.OneOf(LEVELS))
    jp = _integer(1, MOST_JP, required=True)
    prerequisites = fields.List(
        fields.String(validate=validate.Regexp(CODE_PATTERN)),
        load_default=list,
        validate=validate.Length(max=MOST_PREREQUISITES),
    )
    modules = fields.List(fields.Nested(ModuleIn), load_default=list, validate=validate.Length(max=MOST_MODULES))
    rule = fields.Nested(RuleIn, load_default=lambda: RuleIn().load({}))


class ModuleOut(Shape):
    module_id = fields.UUID()
    position = fields.Integer()
    title = fields.String()
    minutes = fields.Integer()
    bridging = fields.Boolean()


class RuleOut(Shape):
    presence_percent = fields.Integer()
    all_modules = fields.Boolean()
    least_score = fields.Integer(allow_none=True)


class DefinitionOut(Shape):
    """A definition as it is kept; it can be sent back to the draft."""

    code = fields.String()
    title = fields.String()
    goal = fields.String()
    form = fields.Integer()
    mode = fields.String()
    level = fields.String()
    jp = fields.Integer()
    prerequisites = fields.List(fields.String())
    modules = fields.List(fields.Nested(ModuleOut))
    rule = fields.Nested(RuleOut)


class AppliedOut(Shape):
    finding_id = fields.UUID()
    kind = fields.String()
    before = fields.String()
    after = fields.String()


class VersionOut(Shape):
    """One version; `changes` are those that findings asked for."""

    programme_id = fields.UUID()
    version = fields.Integer()
    draft = fields.Boolean()
    definition = fields.Nested(DefinitionOut, attribute="body")
    changes = fields.List(fields.Nested(AppliedOut), attribute="applied")
    created_at = fields.AwareDateTime()
    published_at = fields.AwareDateTime(allow_none=True)


class ChangeOut(Shape):
    """How a decided change went: drafted, published, refused (with its code) or superseded."""

    finding_id = fields.UUID()
    rev = fields.Integer()
    kind = fields.String(attribute="change.kind")
    note = fields.String(attribute="change.note")
    outcome = fields.String()
    version = fields.Integer(allow_none=True)
    code = fields.String()
    before = fields.String()
    after = fields.String()
    at = fields.AwareDateTime()


class ProgrammeOut(Shape):
    """A programme with its versions, the newest first; drafts and changes only for those who plan."""

    programme_id = fields.UUID()
    code = fields.String()
    title = fields.String()
    versions = fields.List(fields.Nested(VersionOut))
    draft = fields.Nested(VersionOut, allow_none=True)
    changes = fields.List(fields.Nested(ChangeOut))


class ProgrammeRow(Shape):
    """A programme in the list; `draft` where it was never published."""

    programme_id = fields.UUID()
    code = fields.String()
    title = fields.String()
    version = fields.Integer()
    draft = fields.Boolean()
    level = fields.String()
    mode = fields.String()
    jp = fields.Integer()


class ProgrammesOut(Shape):
    items = fields.List(fields.Nested(ProgrammeRow))
    next = fields.UUID(allow_none=True)


class ProgrammesQuery(Page):
    search = fields.String(load_default="", validate=validate.Length(max=100))


class Published(Shape):
    programme_id = fields.UUID()
    version = fields.Integer()


class Empty(Shape):
    """A body without anything in it."""


class Done(Shape):
    """How a module was completed: a score 0..100 where it has one, seconds of work where known."""

    score = _integer(0, 100, load_default=None, allow_none=True)
    seconds = _integer(0, 10_000_000, load_default=None, allow_none=True)


class StepOut(ModuleOut):
    opened_at = fields.AwareDateTime(allow_none=True, dump_default=None)
    completed_at = fields.AwareDateTime(allow_none=True, dump_default=None)
    score = fields.Integer(allow_none=True, dump_default=None)
    seconds = fields.Integer(allow_none=True, dump_default=None)


class MineRow(Shape):
    """One accessible programme; `finished_at` once the module part of the completion rule is met."""

    seat_id = fields.UUID()
    batch_id = fields.UUID()
    batch_name = fields.String(allow_none=True)
    programme_id = fields.UUID()
    version = fields.Integer()
    code = fields.String()
    title = fields.String()
    goal = fields.String()
    jp = fields.Integer()
    modules = fields.List(fields.Nested(StepOut))
    finished_at = fields.AwareDateTime(allow_none=True)
    score = fields.Integer(allow_none=True)


class MineOut(Shape):
    items = fields.List(fields.Nested(MineRow))
    next = fields.UUID(allow_none=True)


class ProgressRow(Shape):
    """One seat's progress: modules opened and completed of all."""

    seat_id = fields.UUID()
    person_id = fields.UUID()
    version = fields.Integer()
    opened = fields.Integer()
    completed = fields.Integer()
    of = fields.Integer()
    finished_at = fields.AwareDateTime(allow_none=True)
    score = fields.Integer(allow_none=True)


class ProgressOut(Shape):
    batch_name = fields.String(allow_none=True)
    items = fields.List(fields.Nested(ProgressRow))
    next = fields.UUID(allow_none=True)
