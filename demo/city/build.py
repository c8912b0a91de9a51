"""The whole city from one seed."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demo.city import budget, programmes, survey
from demo.city.agencies import AgencyRow, agencies
from demo.city.budget import LineRow
from demo.city.staff import StaffRow, staff

AGENCIES = 50
STAFF = 5_000


@dataclass(frozen=True)
class City:
    """All that the files hold. `programmes` and `instrument` are JSON definitions."""

    year: int
    agencies: Sequence[AgencyRow]
    staff: Sequence[StaffRow]
    lines: Sequence[LineRow]
    programmes: Sequence[Mapping[str, Any]]
    instrument: Mapping[str, Any]


def build(seed: int, year: int, agency_count: int = AGENCIES, staff_count: int = STAFF) -> City:
    """The city of a seed and a fiscal year; a smaller one has the first agencies only."""
    chosen = agencies()[:agency_count]
    return City(
        year=year,
        agencies=chosen,
        staff=staff(chosen, staff_count, random.Random(f"{seed}:staff")),
        lines=budget.lines(chosen, year, random.Random(f"{seed}:lines")),
        programmes=programmes.definitions(),
        instrument=survey.instrument(),
    )
