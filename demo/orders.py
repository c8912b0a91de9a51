"""What a batch is ordered with, the batches of the story, and how many people take part in each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from demo.city import budget, programmes

SITE = "lms-kota"


@dataclass(frozen=True)
class Programme:
    """A programme as enrolment knows it."""

    programme_id: str
    code: str
    title: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the training office orders when it opens a batch. Each session is so many `days` from now; rupiah."""

    name: str
    days: Sequence[int]
    capacity: int
    least: int
    fixed_cost: int
    seat_price: int
    line_id: str = ""
    year: int = 0
    place: str = "Aula BKPSDM"
    site: str | None = None
    course: str | None = None
    applies: Sequence[str] = ()

    def paid_from(self, line_id: str, year: int) -> "Order":
        """The same order, paid from this line of this fiscal year."""
        return replace(self, line_id=line_id, year=year)


@dataclass(frozen=True)
class Size:
    """How many people take part where. The narrow batch has `money_asked` nominated and money for `money_for`."""

    capacity: int = 30
    waiting: int = 4
    rejected: int = 2
    answered: int = 25
    second: int = 26
    second_answered: int = 24
    online: int = 15
    money_for: int = 12
    money_asked: int = 16


DEMO = Size()
SMALL = Size(
    capacity=20,
    waiting=2,
    rejected=1,
    answered=18,
    second=18,
    second_answered=16,
    online=4,
    money_for=3,
    money_asked=5,
)
"""For a city of 4 agencies and a few hundred people, in a test."""

LINES: Mapping[str, tuple[str, str, int]] = {
    "first": budget.DATA_LITERACY,
    "second": budget.DATA_LITERACY,
    "narrow": budget.TIME_MANAGEMENT,
    "refused": budget.LEADERSHIP,
    "quorum": budget.LEADERSHIP,
    "online": budget.ETHICS,
}
"""Which line pays for which batch."""

PROGRAMMES: Mapping[str, str] = {
    "first": programmes.DATA_LITERACY,
    "second": programmes.DATA_LITERACY,
    "narrow": programmes.TIME_MANAGEMENT,
    "refused": programmes.TIME_MANAGEMENT,
    "quorum": programmes.TIME_MANAGEMENT,
    "online": programmes.ETHICS,
}
"""Which programme each batch runs."""


def orders(size: Size, year: int, line_id: Callable[[str], str]) -> dict[str, Order]:
    """What is ordered, in the order in which it is opened; the second run comes last, after the first one's finding."""
    seat = 900_000
    # What is left beside the fixed cost pays for `money_for` seats and a little more, not for another one.
    narrow_fixed = budget.TIME_MANAGEMENT[2] - size.money_for * seat - seat // 2
    made = {
        "first": Order(
            name="Literasi Data Angkatan I",
            days=(14, 15),
            capacity=size.capacity,
            least=10,
            fixed_cost=10_000_000,
            seat_price=1_200_000,
            site=SITE,
            course="literasi-data-1",
        ),
        "narrow": Order(
            name="Manajemen Waktu Angkatan I",
            days=(60,),
            capacity=size.money_asked + 4,
            least=2,
            fixed_cost=narrow_fixed,
            seat_price=seat,
        ),
        "refused": Order(
            name="Manajemen Waktu Angkatan II",
            days=(30,),
            capacity=30,
            least=10,
            fixed_cost=40_000_000,
            seat_price=seat,
        ),
        "quorum": Order(
            name="Manajemen Waktu Angkatan III",
            days=(10,),
            capacity=30,
            least=10,
            fixed_cost=5_000_000,
            seat_price=500_000,
        ),
        "online": Order(
            name="Etika Pemerintahan Daring Angkatan I",
            days=(),
            capacity=size.online + 10,
            least=1,
            fixed_cost=2_000_000,
            seat_price=150_000,
        ),
        "second": Order(
            name="Literasi Data Angkatan II",
            days=(10, 11),
            capacity=size.capacity,
            least=10,
            fixed_cost=10_000_000,
            seat_price=1_200_000,
            site=SITE,
            course="literasi-data-2",
        ),
    }
    return {key: order.paid_from(line_id(key), year) for key, order in made.items()}
