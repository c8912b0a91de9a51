"""What content says: programmes, their versions, and the one source of completion."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.event import Event


@dataclass(frozen=True, kw_only=True)
class Module:
    """A part of a programme. `minutes` is its planned length; `position` orders modules from 1."""

    module_id: UUID
    position: int
    title: str
    minutes: int
    bridging: bool = False


@dataclass(frozen=True, kw_only=True)
class CompletionRule:
    """What a seat needs to be completed: presence in percent of sessions (0..100), all modules or none, a least
    score."""

    presence_percent: int
    all_modules: bool
    least_score: int | None = None


@dataclass(frozen=True, kw_only=True)
class AppliedChange:
    """A change that a finding asked for and this version holds; `before` and `after` are words for people."""

    finding_id: UUID
    kind: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class VersionPublished(Event, name="content.version_published", key="programme_id"):
    """A version of a programme can be run. `form` is the national kind id 1..25, `jp` lesson hours of 45 minutes,
    `mode` classroom, online or hybrid, `level` basic, intermediate or advanced. `version` counts from 1 and is its
    rev."""

    programme_id: UUID
    version: int
    code: str
    title: str
    goal: str
    form: int
    mode: str
    level: str
    jp: int
    prerequisites: tuple[UUID, ...]
    modules: tuple[Module, ...]
    rule: CompletionRule
    changes: tuple[AppliedChange, ...]


@dataclass(frozen=True, kw_only=True)
class ChangeDrafted(Event, name="content.change_drafted", key="programme_id"):
    """A decided change became part of the draft `version`."""

    programme_id: UUID
    finding_id: UUID
    version: int


@dataclass(frozen=True, kw_only=True)
class ChangeRefused(Event, name="content.change_refused", key="programme_id"):
    """A decided change can't become a draft; `code` says why."""

    programme_id: UUID
    finding_id: UUID
    code: str


@dataclass(frozen=True, kw_only=True)
class ModuleOpening:
    """One person opened one module for the first time."""

    seat_id: UUID
    person_id: UUID
    module_id: UUID
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ModulesOpened(Event, name="content.modules_opened", key="batch_id", items="openings"):
    """First openings of modules: who opened one took part, completed or not, and is asked afterwards."""

    batch_id: UUID
    programme_id: UUID
    version: int
    openings: tuple[ModuleOpening, ...]


@dataclass(frozen=True, kw_only=True)
class ModuleCompletion:
    """One person completed one module. `score` 0..100 where the module has one, `seconds` of real work where known."""

    seat_id: UUID
    person_id: UUID
    module_id: UUID
    score: int | None
    seconds: int | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ModulesCompleted(Event, name="content.modules_completed", key="batch_id", items="completions"):
    """Modules were completed."""

    batch_id: UUID
    programme_id: UUID
    version: int
    completions: tuple[ModuleCompletion, ...]


@dataclass(frozen=True, kw_only=True)
class ProgrammeCompletion:
    """One person met the module part of the completion rule."""

    seat_id: UUID
    person_id: UUID
    score: int | None
    seconds: int | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ProgrammesCompleted(Event, name="content.programmes_completed", key="batch_id", items="completions"):
    """The one source of completion of a programme's modules."""

    batch_id: UUID
    programme_id: UUID
    version: int
    completions: tuple[ProgrammeCompletion, ...]
