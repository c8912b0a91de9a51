"""How long the saga waits and where the city lies, from the environment; every value has a default."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.enrolment.saga import Patience
from shared.config import read, setting, text_of, whole_number


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("must be a time zone such as Asia/Jakarta") from error
    return text


@dataclass(frozen=True, kw_only=True)
class EnrolmentSettings:
    """`approval_days` until an approval is passed on, and again until it expires; minutes until budget, the LMS and the
    proof of a release are asked again; `repeats` of a question before a seat is given up; the city's zone and code."""

    approval_days: int = setting("BANGKOM_ENROLMENT_APPROVAL_DAYS", whole_number(1, 365), 7)
    money_minutes: int = setting("BANGKOM_ENROLMENT_MONEY_MINUTES", whole_number(1, 10_000), 10)
    place_minutes: int = setting("BANGKOM_ENROLMENT_PLACE_MINUTES", whole_number(1, 10_000), 60)
    proof_minutes: int = setting("BANGKOM_ENROLMENT_PROOF_MINUTES", whole_number(1, 10_000), 15)
    repeats: int = setting("BANGKOM_ENROLMENT_REPEATS", whole_number(0, 100), 2)
    zone: str = setting("BANGKOM_TIME_ZONE", _zone, "Asia/Jakarta")
    instance: str = setting("BANGKOM_INSTANCE", text_of(20), "12.73")


@cache
def _settings() -> EnrolmentSettings:
    return read(EnrolmentSettings, "enrolment", process="enrolment")


@cache
def patience() -> Patience:
    """The deadlines of this installation."""
    own = _settings()
    return Patience(
        approval=timedelta(days=own.approval_days),
        money=timedelta(minutes=own.money_minutes),
        place=timedelta(minutes=own.place_minutes),
        proof=timedelta(minutes=own.proof_minutes),
        repeats=own.repeats,
    )


def zone() -> str:
    """The time zone of the instance: its calendar year and deadlines are in it."""
    return _settings().zone


def instance() -> str:
    """The code of the city or province."""
    return _settings().instance
