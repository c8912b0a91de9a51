"""What an LMS plugin is. A plugin is a class named by the entry point `bangkom.lms_plugins`.

The bridge makes one object per call: `Connector(Site(...))`. Every action may be called twice with the same key (after
a crash or a time-out) and must then do nothing more and answer the same. An action may raise anything and may hang: the
bridge waits CALL_WITHIN seconds, then tries again later, and keeps all other sites going meanwhile. One site has one
call at a time.

plugins/README.md is tested against this file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Flag, StrEnum, auto
from typing import Any, ClassVar, Protocol, runtime_checkable
from uuid import UUID

GROUP = "bangkom.lms_plugins"
CALL_WITHIN = 60.0
MOST_FACTS = 500


class Capability(Flag):
    """What a plugin can do. The bridge refuses, with the code lms.not_capable, what it can't."""

    ENROL = auto()
    UNENROL = auto()
    FACTS = auto()


class Result(StrEnum):
    """How an action on one place went. HANDED: the LMS was asked and answers later by a fact that names the key.
    REFUSED: the LMS said no and asking again would not help. FAILED: try again later."""

    DONE = "done"
    HANDED = "handed"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class Site:
    """One LMS. `settings` is what the operator wrote for the plugin."""

    code: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Learner:
    """A person as the LMS needs to know them. Personal data: never log it."""

    person_id: UUID
    nip: str
    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class Place:
    """A learner's place in a course. `key` names this one wish: the same key is the same wish."""

    key: str
    course: str
    learner: Learner


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the action on the place with this key went; `code` says why not, as a stable word."""

    key: str
    result: Result
    code: str = ""


class FactKind(StrEnum):
    """What happened in the LMS. ENROLLED, REFUSED and REMOVED with a key answer a HANDED place; without one somebody
    changed an enrolment by hand. OPENED, COMPLETED and SCORED are progress."""

    OPENED = "opened"
    COMPLETED = "completed"
    SCORED = "scored"
    ENROLLED = "enrolled"
    REFUSED = "refused"
    REMOVED = "removed"


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing that happened. `fact_id` is its own key at the site, the same however often it is told; `nip` and
    `course` say who and where; `module` is a position from 1, an id or a title, empty for the course as a whole;
    `score` 0..100; `key` that of the place it answers; `code` why it was refused."""

    fact_id: str
    kind: FactKind
    nip: str
    course: str
    at: datetime
    module: str = ""
    score: int | None = None
    seconds: int | None = None
    key: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts not yet kept, MOST_FACTS at most. `receipt` is given back by `kept` once they are safe in the bridge;
    `more` says that there are others already."""

    facts: Sequence[Fact]
    receipt: str = ""
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether the site can be worked with; `detail` is a sentence for an operator, without personal data."""

    ok: bool
    detail: str = ""


@runtime_checkable
class Connector(Protocol):
    """What every plugin has. The actions of a capability that it doesn't declare are never called."""

    capabilities: ClassVar[Capability]

    def __init__(self, site: Site) -> None: ...

    def check(self) -> Health:
        """Whether the settings are right and the LMS answers. Changes nothing there."""

    def enrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Give these learners their places; one answer per key. ENROL."""

    def unenrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Take these places away; a place that isn't there is DONE. UNENROL."""

    def facts(self) -> Facts:
        """What happened and was not yet kept. FACTS."""

    def kept(self, receipt: str, unread: Mapping[str, str]) -> None:
        """The facts of this receipt are safe; those in `unread` (fact_id -> code) meant nothing to the bridge.
        FACTS."""
