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
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from uuid import UUID

GROUP = "bangkom.lms_plugins"
CALL_WITHIN = 60.0
MOST_FACTS = 500
MOST_ROWS = 500


class Capability(Flag):
    """What a plugin can do. The bridge refuses, with the code lms.not_capable, what it can't. FACTS are fetched from
    the plugin; of one that TELLS the LMS itself tells them, in signed calls."""

    ENROL = auto()
    UNENROL = auto()
    SUSPEND = auto()
    COURSES = auto()
    GRADES = auto()
    MESSAGES = auto()
    ROSTER = auto()
    COMPLETION = auto()
    FACTS = auto()
    TELLS = auto()


ACTIONS: Mapping[Capability, tuple[str, ...]] = {
    Capability.ENROL: ("enrol",),
    Capability.UNENROL: ("unenrol",),
    Capability.SUSPEND: ("suspend",),
    Capability.COURSES: ("create_courses",),
    Capability.GRADES: ("push_grades",),
    Capability.MESSAGES: ("post_messages",),
    Capability.ROSTER: ("roster",),
    Capability.COMPLETION: ("completion",),
    Capability.FACTS: ("facts", "kept"),
    Capability.TELLS: (),
}
"""The actions that a capability stands for: a plugin has those of the capabilities that it declares."""


class Result(StrEnum):
    """How an action on one row went. HANDED: the LMS was asked and answers later by a fact that names the key.
    REFUSED: the LMS said no and asking again would not help. FAILED: try again later."""

    DONE = "done"
    HANDED = "handed"
    REFUSED = "refused"
    FAILED = "failed"


class SiteFailed(Exception):
    """Raised by an action where the LMS as a whole does not answer or won't have us: nothing of the call is answered,
    and the site is left alone for a while. `code` says why, as a stable word; nothing else of it is written down."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


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
class Course:
    """A course that is to be there: an empty one with completion tracking, under this name outside."""

    key: str
    course: str
    name: str
    category: str = ""


@dataclass(frozen=True, kw_only=True)
class Grade:
    """A learner's `grade` 0..100 under the name `item` in a course."""

    key: str
    course: str
    nip: str
    item: str
    grade: int


@dataclass(frozen=True, kw_only=True)
class Message:
    """Something that a person is told in the LMS: a `subject` of one line, and plain text."""

    key: str
    nip: str
    subject: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How the action on the row with this key went; `code` says why not, as a stable word."""

    key: str
    result: Result
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """One enrolment in a course: `ours` says that Bangkom gave it, `active` that it gives entry now."""

    nip: str
    ours: bool
    active: bool


@dataclass(frozen=True, kw_only=True)
class ModuleDone:
    """A module that a person completed: its id or title, when, and the score 0..100 where there is one."""

    module: str
    at: datetime
    score: int | None = None


@dataclass(frozen=True, kw_only=True)
class Completed:
    """What a person completed in a course; `at` is None while the course as a whole is not."""

    nip: str
    at: datetime | None
    modules: Sequence[ModuleDone] = ()


Row = TypeVar("Row", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """Some rows of a list, MOST_ROWS at most; `next` is where the others begin, 0 where there are none."""

    rows: Sequence[Row]
    next: int = 0


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
class Finding:
    """One thing that was looked at: `what` it is as a stable word, what was `seen`, and what an operator is to do where
    it is not `ok`, in Indonesian and in English. No personal data."""

    what: str
    ok: bool
    seen: str = ""
    indonesian: str = ""
    english: str = ""


@dataclass(frozen=True, kw_only=True)
class Health:
    """Whether the site can be worked with; `detail` is a sentence for an operator, without personal data; `findings`
    are for a diagnosis."""

    ok: bool
    detail: str = ""
    findings: Sequence[Finding] = ()


class Connector(Protocol):
    """What a plugin has: `capabilities`, `check`, and the actions of the capabilities that it declares. The others are
    never called and need not be there. Rows of one call are MOST_ROWS at most."""

    capabilities: ClassVar[Capability]

    def __init__(self, site: Site) -> None: ...

    def check(self) -> Health:
        """Whether the settings are right and the LMS answers. Changes nothing there."""

    def enrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Give these learners their places; one answer per key. ENROL."""

    def unenrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Take these places away; a place that isn't there is DONE. UNENROL."""

    def suspend(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Let these places give entry no more and keep what was done in them; one that isn't there is DONE. SUSPEND."""

    def create_courses(self, courses: Sequence[Course]) -> Sequence[Answer]:
        """Make these courses; one that is there already is DONE. COURSES."""

    def push_grades(self, grades: Sequence[Grade]) -> Sequence[Answer]:
        """Write these grades. GRADES."""

    def post_messages(self, messages: Sequence[Message]) -> Sequence[Answer]:
        """Tell people something. MESSAGES."""

    def roster(self, course: str, after: int) -> Page[Enrolled]:
        """Who is enrolled in a course, after what the page before named as its next. ROSTER."""

    def completion(self, course: str, after: int) -> Page[Completed]:
        """What people completed in a course, page by page as well. COMPLETION."""

    def facts(self) -> Facts:
        """What happened and was not yet kept. FACTS."""

    def kept(self, receipt: str, unread: Mapping[str, str]) -> None:
        """The facts of this receipt are safe; those in `unread` (fact_id -> code) meant nothing to the bridge.
        FACTS."""
