"""The codes of a budget line, by the patterns of the national nomenclature (Kepmendagri, updated by the ministry).

A sub-activity that every agency has is kept as `X.XX.…` in the reference; an agency writes its own field there.
"""

import re
from dataclasses import dataclass

from services.budget.domain.problems import BAD_CODE
from shared.errors import DomainError

INSTANCE = re.compile(r"[0-9]{2}(\.[0-9]{2})?")
SUB_ACTIVITY = re.compile(r"(X|[0-9])\.(XX|[0-9]{2})\.[0-9]{2}\.[0-9]\.[0-9]{2}\.([0-9]{2}|[0-9]{4})")
ACCOUNT = re.compile(r"[0-9]\.[0-9]\.[0-9]{2}\.[0-9]{2}\.[0-9]{2}\.[0-9]{4}")
AGENCY = re.compile(r"[0-9A-Z][0-9A-Za-z./-]{0,39}")
FUND = re.compile(r"[0-9A-Za-z][0-9A-Za-z .,()/-]{0,59}")
FIRST_YEAR, LAST_YEAR = 2000, 2100

_EXAMPLES = {
    "instance": (INSTANCE, "12.73"),
    "agency_code": (AGENCY, "5.04.0.00.0.00.01.0000"),
    "sub_activity": (SUB_ACTIVITY, "5.04.02.2.01.0003"),
    "account": (ACCOUNT, "5.1.02.02.12.0001"),
    "fund": (FUND, "PAD"),
}


@dataclass(frozen=True)
class Codes:
    """What identifies a line for ever; the order is that of its id."""

    instance: str
    year: int
    agency_code: str
    sub_activity: str
    account: str
    fund: str


def codes(year: str, **parts: str) -> Codes | list[DomainError]:
    """The codes, or every problem in them. `parts` are the fields of Codes without the year, as text."""
    wrong = [
        BAD_CODE(column=column, value=parts[column][:60], example=example)
        for column, (pattern, example) in _EXAMPLES.items()
        if not pattern.fullmatch(parts[column])
    ]
    if not re.fullmatch(r"[0-9]{4}", year) or not FIRST_YEAR <= int(year) <= LAST_YEAR:
        wrong.append(BAD_CODE(column="year", value=year[:60], example="2027"))
    return wrong or Codes(year=int(year), **parts)


def general(sub_activity: str) -> str:
    """The form under which a sub-activity that every agency has stands in the reference: `X.XX.01.2.05.0009`."""
    return "X.XX." + sub_activity.split(".", 2)[2]
