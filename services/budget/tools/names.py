"""Names of sub-activities and accounts, from the reference rows carried in services/budget/reference."""

import csv
from functools import cache
from importlib.resources import files

from services.budget.domain.codes import general


def sub_activity(code: str) -> str | None:
    """The name of a sub-activity, also of one that every agency has under its own field; None where unknown."""
    rows = _rows("sub_kegiatan.csv")
    return rows.get(code) or rows.get(general(code))


def account(code: str) -> str | None:
    """The name of an account; None where unknown."""
    return _rows("account_codes.csv").get(code)


@cache
def _rows(file: str) -> dict[str, str]:
    with files("services.budget").joinpath("reference", file).open(encoding="utf-8") as source:
        return {row["code"]: row["name"] for row in csv.DictReader(source)}
