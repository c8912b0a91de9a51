"""Rules about people: standing, grade bands, JP targets, who may be nominated."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from shared.errors import problem

ACTIVE = "active"
LEAVE = "leave"
LEFT = "left"

NOT_ELIGIBLE = problem(
    "seat.not_eligible",
    409,
    "Hanya pegawai aktif yang dapat diusulkan.",
    "Only active staff can be nominated.",
)
ALREADY = problem(
    "seat.already",
    409,
    "Orang ini sudah punya kursi di angkatan ini.",
    "This person already has a seat in this batch.",
)
PREREQUISITE = problem(
    "seat.prerequisite",
    409,
    "Program prasyarat belum diselesaikan.",
    "A prerequisite programme has not been completed.",
)
AGENCY_NOT_ADMITTED = problem(
    "seat.agency",
    409,
    "Angkatan ini tidak dibuka untuk perangkat daerah orang ini.",
    "This batch is not open to this person's agency.",
)

_GRADE = re.compile(r"^(I|II|III|IV)\s*/?\s*[A-Ea-e]$")
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI", "XVII")
GRADE_BANDS = ("I", "II", "III", "IV", "PPPK I-IV", "PPPK V-VIII", "PPPK IX-XVII")
UNKNOWN_BAND = "-"


@dataclass(frozen=True)
class Target:
    """A yearly duty: at least (MIN) or at most (MAX) so many JP, with its legal basis and where the figure was read."""

    status: str
    kind: str
    jp: int
    valid_from: date
    valid_to: date | None
    legal_basis: str
    source: str


REFERENCE_TARGETS = (
    Target(
        "PNS",
        "MIN",
        20,
        date(2017, 4, 7),
        None,
        "PP 11/2017 jo. PP 17/2020; UU 20/2023 pasal 49",
        "Sumber sekunder yang terbuka; periksa naskah peraturan sebelum dijadikan dasar.",
    ),
    Target(
        "PPPK",
        "MAX",
        24,
        date(2018, 11, 28),
        None,
        "PP 49/2018 pasal 40",
        "Sumber sekunder yang terbuka; periksa naskah peraturan sebelum dijadikan dasar.",
    ),
)


def grade_band(status: str, grade: str) -> str:
    """The group of a grade: I..IV of a PNS, one of three bands of a PPPK, `-` where the grade is not known."""
    grade = grade.strip()
    if status == "PPPK":
        if grade.upper() not in _ROMAN:
            return UNKNOWN_BAND
        level = _ROMAN.index(grade.upper()) + 1
        return "PPPK I-IV" if level <= 4 else "PPPK V-VIII" if level <= 8 else "PPPK IX-XVII"
    found = _GRADE.match(grade)
    if found:
        return found.group(1)
    return grade if grade in ("I", "II", "III", "IV") else UNKNOWN_BAND


def plain_grade(grade: str) -> str:
    """A grade as it is stored: `iii / d` and `III-d` become `III/d`; a PPPK grade its Roman number in capitals."""
    found = re.match(r"^\s*(i{1,3}|iv)\s*[/.\-]?\s*([a-e])\s*$", grade, re.IGNORECASE)
    if found:
        return f"{found.group(1).upper()}/{found.group(2).lower()}"
    if grade.strip().isdigit() and 1 <= int(grade) <= len(_ROMAN):
        return _ROMAN[int(grade) - 1]
    return grade.strip().upper() if grade.strip().upper() in _ROMAN else grade.strip()


def target_of(targets: Sequence[Target], status: str, year: int) -> Target | None:
    """The target that holds at the end of the year."""
    day = date(year, 12, 31)
    holding = [
        target
        for target in targets
        if target.status == status and target.valid_from <= day and (target.valid_to is None or day <= target.valid_to)
    ]
    return max(holding, key=lambda target: target.valid_from, default=None)


def nomination_refusal(
    standing: str,
    agency_id: UUID,
    admitted: Collection[UUID],
    prerequisites: Collection[UUID],
    completed: Collection[UUID],
    has_live_seat: bool,
) -> str | None:
    """The code that says why a person can't be nominated for a batch; None where they can."""
    if has_live_seat:
        return ALREADY.code
    if standing != ACTIVE:
        return NOT_ELIGIBLE.code
    if admitted and agency_id not in admitted:
        return AGENCY_NOT_ADMITTED.code
    if not set(prerequisites) <= set(completed):
        return PREREQUISITE.code
    return None
