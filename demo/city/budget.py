"""A year's budget lines with the codes of the national classification; the amounts are invented.

Four lines of the training office pay for the demo's batches. One can't pay for every seat and one not for a whole
batch: that is what the saga of a seat is for.
"""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.city.agencies import TRAINING_OFFICE, AgencyRow

_REFERENCE = Path(__file__).parent.parent / "reference"
_OWN_STAFF = "X.XX.01.2.05.0009"
"""Training of an agency's own staff, open to every agency; X.XX stands for its field of government."""


@dataclass(frozen=True)
class LineRow:
    """One line of the DPA. `amount` is whole rupiah."""

    year: int
    agency: str
    sub_activity: str
    account: str
    name: str
    fund: str
    amount: int

    @property
    def code(self) -> tuple[str, str, str]:
        """What tells this line from all others of its year."""
        return self.agency, self.sub_activity, self.account


DATA_LITERACY = ("5.04.02.2.01.0003", "5.1.02.02.12.0003", 120_000_000)
TIME_MANAGEMENT = ("5.03.02.2.03.0001", "5.1.02.02.12.0001", 17_000_000)
ETHICS = ("5.04.02.2.03.0002", "5.1.02.02.12.0002", 15_000_000)
LEADERSHIP = ("5.04.02.2.02.0007", "5.1.02.02.12.0004", 25_000_000)
"""Sub-activity, account and ceiling of the lines that the demo's batches are paid from."""

_OFFICE_EXTRAS = (
    ("5.03.02.2.03.0007", "5.1.02.02.01.0003", 18_000_000),
    ("5.04.02.2.01.0004", "5.1.02.01.01.0052", 12_500_000),
    ("5.04.02.2.01.0004", "5.1.02.02.01.0011", 22_000_000),
)
_PER_AGENCY = ("5.1.02.02.12.0001", "5.1.02.02.12.0003", "5.1.02.04.01.0003")


def lines(agencies: Sequence[AgencyRow], year: int, rng: random.Random) -> list[LineRow]:
    """The lines of one year."""
    subs, accounts = _names("sub_kegiatan.csv"), _names("account_codes.csv")
    rows = [
        LineRow(year, TRAINING_OFFICE, sub, account, f"{subs[sub]} - {accounts[account]}", "PAD", amount)
        for sub, account, amount in (DATA_LITERACY, TIME_MANAGEMENT, ETHICS, LEADERSHIP, *_OFFICE_EXTRAS)
    ]
    for agency in agencies:
        sub = agency.code[:4] + _OWN_STAFF[4:]
        for account in _PER_AGENCY:
            amount = rng.randrange(4, 61) * 500_000
            name = f"{subs[_OWN_STAFF]} - {accounts[account]}"
            rows.append(LineRow(year, agency.code, sub, account, name, rng.choice(("PAD", "DAU")), amount))
    return rows


def _names(file: str) -> dict[str, str]:
    with (_REFERENCE / file).open(encoding="utf-8", newline="") as opened:
        return {row["code"]: row["name"] for row in csv.DictReader(opened)}
