"""Staff: PNS and PPPK with NIPs valid in shape, grades, positions, units and supervisors, all from one seed."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from demo.city.agencies import EDUCATION, AgencyRow
from demo.city.names import name_of

PNS = "PNS"
PPPK = "PPPK"

_GRADES = (
    ("I/c", 1), ("I/d", 1), ("II/a", 5), ("II/b", 5), ("II/c", 9), ("II/d", 10), ("III/a", 13), ("III/b", 13),
    ("III/c", 11), ("III/d", 11), ("IV/a", 6), ("IV/b", 2),
)  # fmt: skip
_PPPK_GRADES = (("V", 3), ("VII", 3), ("IX", 8), ("X", 1))
_YEAR = 2024
"""The last year of appointment in the demo; fixed, so that the same seed gives the same files in any year."""


@dataclass(frozen=True)
class StaffRow:
    """One person. `supervisor` is the NIP of the person above, empty for the head of an agency."""

    nip: str
    name: str
    email: str
    status: str
    grade: str
    position: str
    unit: str
    agency: str
    supervisor: str
    standing: str = "Aktif"


def staff(agencies: Sequence[AgencyRow], count: int, rng: random.Random) -> list[StaffRow]:
    """`count` people over the agencies by weight; in each one head, then heads of units, then the rest under them."""
    numbers = _NipNumbers(rng)
    rows: list[StaffRow] = []
    for agency, size in zip(agencies, _sizes(agencies, count), strict=True):
        rows += _agency(agency, size, numbers, rng)
    return rows


def _sizes(agencies: Sequence[AgencyRow], count: int) -> list[int]:
    """Sizes by weight that sum to `count`: floors first, the largest remainders get one more."""
    least = 2
    spread = count - least * len(agencies)
    if spread < 0:
        raise ValueError(f"{count} staff are too few for {len(agencies)} agencies")
    whole = sum(agency.weight for agency in agencies)
    exact = [spread * agency.weight / whole for agency in agencies]
    sizes = [least + int(share) for share in exact]
    order = sorted(range(len(agencies)), key=lambda index: int(exact[index]) - exact[index])
    for index in order[: count - sum(sizes)]:
        sizes[index] += 1
    return sizes


def _agency(agency: AgencyRow, size: int, numbers: "_NipNumbers", rng: random.Random) -> Iterator[StaffRow]:
    head = _person(agency, agency.units[0], f"Kepala {agency.name}", "", "IV/b", numbers, rng)
    yield head
    heads = []
    for unit in agency.units[: max(1, min(len(agency.units), size // 6))]:
        chief = _person(agency, unit, f"Kepala {unit}", head.nip, "III/d", numbers, rng)
        heads.append(chief)
        yield chief
    for _ in range(size - 1 - len(heads)):
        chief = rng.choice(heads)
        if agency.code == EDUCATION and chief.unit.startswith("Tata Usaha"):
            position = "Tenaga Administrasi Sekolah"
        elif agency.code == EDUCATION and rng.random() < 0.7:
            position = "Guru"
        else:
            position = rng.choice(
                ("Pengelola Data", "Pengadministrasi Perkantoran", "Penelaah Teknis Kebijakan", "Pranata Komputer")
            )
        person = _person(agency, chief.unit, position, chief.nip, None, numbers, rng)
        away = rng.random()
        yield replace(person, standing="Tugas Belajar") if away < 0.01 else person


def _person(
    agency: AgencyRow,
    unit: str,
    position: str,
    supervisor: str,
    grade: str | None,
    numbers: "_NipNumbers",
    rng: random.Random,
) -> StaffRow:
    """A person; who has no fixed grade is PPPK three times in ten."""
    status = PNS if grade or rng.random() < 0.7 else PPPK
    grades = _GRADES if status == PNS else _PPPK_GRADES
    chosen = grade or rng.choices([name for name, _ in grades], [weight for _, weight in grades])[0]
    sex = rng.choice((1, 2))
    name = name_of(rng, sex)
    nip = numbers.next(status, sex)
    # The domain can't exist: `example` is reserved (RFC 2606).
    email = f"{name.split()[0].lower()}.{numbers.given:05d}@pegawai.kota.example"
    return StaffRow(nip, name, email, status, chosen, position, unit, agency.code, supervisor)


class _NipNumbers:
    """Numbers valid in shape and never twice; `given` counts them."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._taken: set[str] = set()

    @property
    def given(self) -> int:
        return len(self._taken)

    def next(self, status: str, sex: int) -> str:
        while True:
            nip = self._pns(sex) if status == PNS else self._pppk(sex)
            if nip not in self._taken:
                self._taken.add(nip)
                return nip

    def _pns(self, sex: int) -> str:
        rng = self._rng
        appointed = rng.randint(_YEAR - 30, _YEAR)
        born = appointed - rng.randint(21, 30)
        return f"{self._birth(born)}{appointed}{rng.randint(1, 12):02d}{sex}{rng.randint(1, 999):03d}"

    def _pppk(self, sex: int) -> str:
        rng = self._rng
        appointed = rng.randint(2021, _YEAR)
        born = appointed - rng.randint(22, 45)
        return f"{self._birth(born)}{appointed}2{rng.randint(1, 3)}{sex}{rng.randint(1, 999):03d}"

    def _birth(self, year: int) -> str:
        return f"{year}{self._rng.randint(1, 12):02d}{self._rng.randint(1, 28):02d}"
