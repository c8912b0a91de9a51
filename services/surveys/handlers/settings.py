"""What an installation may set for this service, read anew each time so that a restart is all a change needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from services.surveys.domain.anonymity import K
from shared.config import read, setting, text_of, whole_number


def share(text: str) -> Fraction:
    """A share between 0 and 1, such as 1/3 or 0.25, exactly as written."""
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if not 0 < value < 1:
        raise ValueError("must be a share such as 1/3 or 0.25")
    return value


def zone(text: str) -> ZoneInfo:
    """A time zone by its name in the IANA database."""
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be a time zone such as Asia/Jakarta") from None


@dataclass(frozen=True, kw_only=True)
class SurveySettings:
    """`k` is the fewest people behind a figure, never under 5. `too_hard` is the threshold of that kind where an item
    names none. `words_days` after a survey closed, what people wrote in their own words is deleted. `link_secret` signs
    people's links; without it the database keeps one of its own."""

    k: int = setting("SURVEYS_LEAST_GROUP", whole_number(K, 1000), K)
    answer_days: int = setting("SURVEYS_ANSWER_DAYS", whole_number(1, 365), 14)
    invite_minutes: int = setting("SURVEYS_INVITE_WITHIN_MINUTES", whole_number(1, 100_000), 60)
    too_hard: Fraction = setting("SURVEYS_TOO_HARD_THRESHOLD", share, Fraction(1, 3))  # noqa: RUF009 - a field
    words_days: int = setting("SURVEYS_WORDS_DAYS", whole_number(30, 10_000), 730)
    link_secret: str = setting("SURVEYS_LINK_SECRET", text_of(1000), "")
    zone: ZoneInfo = setting("BANGKOM_TIME_ZONE", zone, ZoneInfo("Asia/Jakarta"))  # noqa: RUF009 - a field

    @property
    def answer_time(self) -> timedelta:
        """How long a survey is open."""
        return timedelta(days=self.answer_days)

    @property
    def invite_within(self) -> timedelta:
        """How long after a batch closed its people are asked even if some are not known yet."""
        return timedelta(minutes=self.invite_minutes)

    @property
    def thresholds(self) -> Mapping[str, Fraction]:
        """Thresholds by kind of finding."""
        return {"too_hard": self.too_hard}


def settings() -> SurveySettings:
    """The settings as the environment has them; BadSettings names every variable that is wrong."""
    return read(SurveySettings, "surveys")
