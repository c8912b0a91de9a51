"""The employee number of a civil servant: NIP of a PNS, NI PPPK; 18 digits, text, personal data.

PNS: birth YYYYMMDD, appointment YYYYMM, sex 1|2, serial 001..999. PPPK: birth YYYYMMDD, year YYYY, the literal 2, the
contract number 1..9, sex 1|2, serial 001..999. There is no check digit. Source: public descriptions of the format.
"""

import re
from dataclasses import dataclass
from datetime import date

from shared.errors import DomainError, problem

PNS = "PNS"
PPPK = "PPPK"
YOUNGEST = 15
"""Years between birth and appointment below which one of the two dates must be wrong."""

MISSING = problem("nip.missing", 422, "NIP kosong.", "The NIP is empty.")
NUMBER = problem(
    "nip.number",
    422,
    "NIP tersimpan sebagai angka sehingga digitnya hilang. Jadikan kolom NIP berformat Teks, lalu isi lagi.",
    "The NIP was kept as a number and lost digits. Format the NIP column as Text and fill it in again.",
)
DIGITS = problem("nip.digits", 422, "NIP hanya boleh berisi angka.", "A NIP holds digits only.")
LENGTH = problem("nip.length", 422, "NIP harus 18 digit, bukan {length}.", "A NIP has 18 digits, not {length}.")
BIRTH = problem(
    "nip.birth",
    422,
    "Delapan digit pertama NIP bukan tanggal lahir yang mungkin.",
    "The first eight digits of the NIP are no possible date of birth.",
)
APPOINTED = problem(
    "nip.appointed",
    422,
    "Digit 9 sampai 14 NIP bukan bulan pengangkatan PNS dan bukan tahun serta kontrak PPPK yang mungkin.",
    "Digits 9 to 14 of the NIP are neither a possible month of appointment nor a possible year and contract.",
)
SEX = problem("nip.sex", 422, "Digit ke-15 NIP harus 1 atau 2.", "Digit 15 of the NIP must be 1 or 2.")
SERIAL = problem(
    "nip.serial",
    422,
    "Tiga digit terakhir NIP harus 001 sampai 999; 000 biasanya berarti NIP pernah tersimpan sebagai angka.",
    "The last three digits of the NIP must be 001 to 999; 000 often means that it was once kept as a number.",
)


@dataclass(frozen=True)
class Nip:
    """A valid number: `digits`, the `status` it shows (PNS or PPPK) and the date of birth in it."""

    digits: str
    status: str
    born: date


def parse_nip(text: str, today: date) -> Nip:
    """The NIP in `text`; spaces, dots and dashes between digits are left out. Raises a nip.* problem."""
    digits = re.sub(r"[\s.\-\u00a0]", "", text)
    if not digits:
        raise MISSING()
    if re.fullmatch(r"[0-9]+[.,]?[0-9]*[eE]\+?[0-9]+", text.strip()):
        raise NUMBER()
    if not re.fullmatch(r"[0-9]+", digits):
        raise DIGITS()
    if len(digits) != 18:
        raise LENGTH(length=len(digits))
    born = _date(digits[:8])
    if born is None or not born.year >= 1920 or born > today:
        raise BIRTH()
    status = _status(digits, born, today)
    if digits[14] not in "12":
        raise SEX()
    if digits[15:] == "000":
        raise SERIAL()
    return Nip(digits, status, born)


def _status(digits: str, born: date, today: date) -> str:
    year, month = int(digits[8:12]), int(digits[12:14])
    if year < born.year + YOUNGEST or year > today.year + 1:
        raise APPOINTED()
    if 1 <= month <= 12:
        return PNS
    if digits[12] == "2" and digits[13] != "0":
        return PPPK
    raise APPOINTED()


def _date(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


def mask_nip(nip: str) -> str:
    """A NIP as it may be shown outside its own screen: the first four and the last two digits."""
    return f"{nip[:4]}{'*' * max(len(nip) - 6, 0)}{nip[-2:]}" if len(nip) > 6 else "*" * len(nip)


__all__ = ["PNS", "PPPK", "DomainError", "Nip", "mask_nip", "parse_nip"]
