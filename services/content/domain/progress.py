"""What a person did with the modules of a programme, and when that meets the module part of the completion rule."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.content import CompletionRule

OPENED, COMPLETED, SCORED = "opened", "completed", "scored"


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing a person did. `module_id` None means the course as a whole; `score` 0..100, `seconds` of work."""

    seat_id: UUID
    module_id: UUID | None
    kind: str
    score: int | None = None
    seconds: int | None = None
    at: datetime


@dataclass
class Steps:
    """How far one seat is in one module. The best score counts, so that who failed a test may try again."""

    seat_id: UUID
    module_id: UUID
    opened_at: datetime | None = None
    completed_at: datetime | None = None
    score: int | None = None
    seconds: int | None = None

    def take(self, act: Act) -> tuple[bool, bool]:
        """Apply an act; answers whether the module was opened and completed by it, each for the first time."""
        opened = self.opened_at is None
        if opened:
            self.opened_at = act.at
        completed = act.kind == COMPLETED and self.completed_at is None
        if completed:
            self.completed_at = act.at
        if act.score is not None:
            self.score = act.score if self.score is None else max(self.score, act.score)
        if act.seconds is not None:
            self.seconds = act.seconds if self.seconds is None else max(self.seconds, act.seconds)
        return opened, completed


def spread(act: Act, modules: Iterable[UUID]) -> list[Act]:
    """An act on the course as acts on modules: completed means all modules, opened means the first one. A score of the
    course belongs to no module. An act on a module that the version doesn't have means nothing."""
    known = list(modules)
    if act.module_id is not None:
        return [act] if act.module_id in known else []
    if act.kind == SCORED:
        return []
    touched = known if act.kind == COMPLETED else known[:1]
    return [
        Act(seat_id=act.seat_id, module_id=one, kind=act.kind, seconds=None, score=None, at=act.at) for one in touched
    ]


def average(steps: Iterable[Steps], course_score: int | None) -> int | None:
    """The score of the programme: that of the course where the LMS gives one, else the mean of the scored modules,
    rounded down so that a pass is never made by rounding."""
    if course_score is not None:
        return course_score
    scores = [one.score for one in steps if one.score is not None]
    return sum(scores) // len(scores) if scores else None


def met(rule: CompletionRule, modules: Iterable[UUID], steps: Iterable[Steps], course_score: int | None) -> bool:
    """Whether the module part of the rule is met. Presence is enrolment's part. Where the rule asks nothing of modules
    it is met by the first module completed."""
    done = {one.module_id: one for one in steps if one.completed_at is not None}
    if not done or (rule.all_modules and not set(modules) <= set(done)):
        return False
    score = average(steps, course_score)
    return rule.least_score is None or (score is not None and score >= rule.least_score)
