"""The words of the saga: states, what is held, what is heard, what is said, how long it waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.enrolment.domain.states import COUNTING, LIVE, State


class Hold(StrEnum):
    """What the saga knows of one thing it asked for under its present attempt."""

    NONE = "none"
    ASKED = "asked"
    HELD = "held"
    REFUSED = "refused"
    FREEING = "freeing"
    FREED = "freed"
    SPENDING = "spending"
    SPENT = "spent"


class Fact(StrEnum):
    """What another service said of one attempt."""

    MONEY_HELD = "money_held"
    MONEY_REFUSED = "money_refused"
    MONEY_FREED = "money_freed"
    MONEY_SPENT = "money_spent"
    PLACE_HELD = "place_held"
    PLACE_REFUSED = "place_refused"
    PLACE_FREED = "place_freed"
    PLACE_STUCK = "place_stuck"


class Say(StrEnum):
    """What is to be said of a seat; the handlers know the event."""

    ASK_MONEY = "ask_money"
    ASK_PLACE = "ask_place"
    CONFIRM = "confirm"
    RELEASE = "release"
    COMPLETE = "complete"
    FAIL = "fail"


class Answer(StrEnum):
    """The three answers of a step."""

    PROCEED = "proceed"
    WAIT = "wait"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True)
class StepRule:
    """A step that waits: what it asks, what lets it proceed, what undoes it, and the proof of that."""

    state: State
    asks: Say
    proceeds_on: Fact
    undone_by: Say
    proven_by: Fact


STEPS = (
    StepRule(State.RESERVING, Say.ASK_MONEY, Fact.MONEY_HELD, Say.RELEASE, Fact.MONEY_FREED),
    StepRule(State.ENROLLING, Say.ASK_PLACE, Fact.PLACE_HELD, Say.RELEASE, Fact.PLACE_FREED),
)


@dataclass(frozen=True)
class Patience:
    """How long each step waits, and how often a question is asked again before the saga gives up."""

    approval: timedelta = timedelta(days=7)
    money: timedelta = timedelta(minutes=10)
    place: timedelta = timedelta(hours=1)
    proof: timedelta = timedelta(minutes=15)
    repeats: int = 2


PATIENCE = Patience()


@dataclass(frozen=True)
class Saga:
    """One seat's way. `course` says whether the batch has a course in an LMS; `asks` counts repeats of the present
    question; `spent` is the policy of an ended seat (money realised or freed)."""

    state: State
    attempt: int
    course: bool
    money: Hold = Hold.NONE
    place: Hold = Hold.NONE
    asks: int = 0
    deadline: datetime | None = None
    reason: str | None = None
    spent: bool = True

    @property
    def proven(self) -> bool:
        """Nothing that was ever asked for is held any more."""
        return self.money in (Hold.NONE, Hold.FREED, Hold.REFUSED) and self.place in (Hold.NONE, Hold.FREED)


@dataclass(frozen=True)
class Start:
    """The seat is approved and has taken one of the batch's capacity."""


@dataclass(frozen=True)
class Retry:
    """A refused seat tries again: money has been freed and there is capacity."""


@dataclass(frozen=True)
class Heard:
    """Another service said a fact of an attempt; `code` says why where it is a no."""

    fact: Fact
    attempt: int
    code: str = ""


@dataclass(frozen=True)
class Cancel:
    """The seat is given up for a reason of ReleasedSeat."""

    reason: str


@dataclass(frozen=True)
class Finish:
    """The batch evaluated the seat. `reason` is no_show or not_passed where it was not completed."""

    completed: bool
    spent: bool = True
    reason: str | None = None


@dataclass(frozen=True)
class Close:
    """The batch is over."""


@dataclass(frozen=True)
class TimeOut:
    """The deadline may have passed; the saga compares."""


Input = Start | Retry | Heard | Cancel | Finish | TimeOut


@dataclass(frozen=True)
class Step:
    """The answer: the saga as it stands now, what is to be said (of which attempt), and a word for the timeline."""

    answer: Answer
    saga: Saga
    says: tuple[tuple[Say, int], ...] = ()
    note: str | None = None


__all__ = [
    "COUNTING",
    "LIVE",
    "PATIENCE",
    "STEPS",
    "Answer",
    "Cancel",
    "Close",
    "Fact",
    "Finish",
    "Heard",
    "Hold",
    "Input",
    "Patience",
    "Retry",
    "Saga",
    "Say",
    "Start",
    "State",
    "Step",
    "StepRule",
    "TimeOut",
]
