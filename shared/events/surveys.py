"""What surveys says: campaigns, findings, decisions, effects. Shares and intervals are fractions 0..1.

No event links a person to an answer: people appear only where they are asked or told.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.events.event import Event

CONTENT_CHANGES = ("level", "duration", "bridging_module", "prerequisite", "material", "mode")
"""Kinds of change that content drafts into the next version."""

RUN_CHANGES = ("trainer", "venue", "quota", "schedule")
"""Kinds of change that enrolment carries out with the next batch."""


@dataclass(frozen=True, kw_only=True)
class Invited(Event, name="surveys.invited", key="campaign_id", items="people"):
    """People are asked; a link is never sent here, each asks for their own."""

    campaign_id: UUID
    batch_id: UUID
    people: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One item of a closed campaign. `mean` is on 0..100; `share` is that of answers counting as `kind`, with its 95 %
    Wilson interval; None where the item has none or fewer than k answered."""

    item: str
    kind: str
    n: int
    mean: float | None
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class ResultsClosed(Event, name="surveys.results_closed", key="campaign_id"):
    """A campaign is closed and its measures stand."""

    campaign_id: UUID
    batch_id: UUID
    programme_id: UUID
    version: int
    invited: int
    answered: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, kw_only=True)
class WorstSegment:
    """The group that differs from the rest: `by` is grade_band, agency or unit."""

    by: str
    value: str
    share: float
    n: int


@dataclass(frozen=True, kw_only=True)
class FindingRaised(Event, name="surveys.finding_raised", key="campaign_id"):
    """The lower 95 % Wilson limit of a share exceeds the item's threshold at n >= 10."""

    campaign_id: UUID
    finding_id: UUID
    programme_id: UUID
    version: int
    kind: str
    share: float
    n: int
    low: float
    high: float
    worst_segment: WorstSegment | None


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is decided. `kind` is one of CONTENT_CHANGES or RUN_CHANGES; `note` is the sentence people read. The other
    fields are read by kind: level; jp (duration); module_title and module_minutes (bridging_module, material);
    prerequisite_id; mode; trainer_id (trainer); place (venue); capacity (quota)."""

    kind: str
    note: str
    level: str | None = None
    jp: int | None = None
    module_title: str | None = None
    module_minutes: int | None = None
    prerequisite_id: UUID | None = None
    mode: str | None = None
    trainer_id: UUID | None = None
    place: str | None = None
    capacity: int | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeDecided(Event, name="surveys.change_decided", key="finding_id"):
    """A finding has an owner, a due date and a concrete change. `rev` rises when the decision is revised."""

    finding_id: UUID
    rev: int
    programme_id: UUID
    version: int
    owner_id: UUID
    due: date
    change: Change


@dataclass(frozen=True, kw_only=True)
class Share:
    """`count` of `n` in one run."""

    version: int
    count: int
    n: int


@dataclass(frozen=True, kw_only=True)
class EffectMeasured(Event, name="surveys.effect_measured", key="finding_id"):
    """The same item measured on the run that carries the change. `difference` is after minus before with its Newcombe
    95 % interval; `state` is improved, no_effect, worse or too_few."""

    finding_id: UUID
    programme_id: UUID
    kind: str
    before: Share
    after: Share
    difference: float | None
    low: float | None
    high: float | None
    state: str


@dataclass(frozen=True, kw_only=True)
class AnswerPublished(Event, name="surveys.answer_published", key="finding_id", items="people"):
    """What you said, what we did: told to the people of the batch that said it."""

    finding_id: UUID
    batch_id: UUID
    said: str
    did: str
    people: tuple[UUID, ...]
