"""When a seat is completed, and on which day its hours count."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

NO_SHOW = "no_show"
NOT_PASSED = "not_passed"


@dataclass(frozen=True)
class Rule:
    """What a programme version asks: presence in percent of the sessions held, and its modules or not."""

    presence_percent: int
    all_modules: bool


@dataclass(frozen=True)
class Taken:
    """What one person did: sessions present, any module opened, the programme's modules completed."""

    present: int
    opened: bool
    completed: bool

    @property
    def took_part(self) -> bool:
        return self.present > 0 or self.opened or self.completed


@dataclass(frozen=True)
class Verdict:
    """The end of a seat: completed, or the reason and whether its money is spent."""

    completed: bool
    presence_percent: int
    reason: str | None = None
    spent: bool = True


def presence(present: int, sessions: int) -> int:
    """Presence in whole percent, floored; 100 where a batch has no sessions."""
    return 100 if sessions == 0 else present * 100 // sessions


def evaluate(rule: Rule, taken: Taken, sessions: int, no_show_spends: bool) -> Verdict:
    """The verdict on a confirmed seat. Whatever the rule says, nobody is completed without attendance or progress."""
    share = presence(taken.present, sessions)
    if not taken.took_part:
        return Verdict(False, 0 if sessions == 0 else share, NO_SHOW, no_show_spends)
    passed = (sessions == 0 or share >= rule.presence_percent) and (not rule.all_modules or taken.completed)
    return Verdict(True, share) if passed else Verdict(False, share, NOT_PASSED, True)


def ended_at(ends_at: datetime | None, now: datetime) -> datetime:
    """The moment that hours are dated by: the end of the last session, or now where that has not come."""
    return min(ends_at, now) if ends_at is not None else now


def local_day(at: datetime, zone: str) -> date:
    """The calendar day of a moment in the agency's zone."""
    return at.astimezone(ZoneInfo(zone)).date()
