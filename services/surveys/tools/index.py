"""The public satisfaction index (PermenPANRB 14/2017)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

_GRADES = ((Decimal("88.31"), "A"), (Decimal("76.61"), "B"), (Decimal("65.00"), "C"))


@dataclass(frozen=True)
class Index:
    """`value` 25.00..100.00 with two decimals and its grade A..D, over `elements` elements."""

    value: Decimal
    grade: str
    elements: int


def satisfaction_index(elements: Sequence[tuple[int, int]]) -> Index | None:
    """The index of elements, each (sum of answers 1..4, number of answers); None where there are no answers.

    Every element weighs exactly 1/n; index = sum of mean x weight; value = index x 25, rounded to two decimals
    *before* it is graded: D <= 64.99, C 65.00-76.60, B 76.61-88.30, A >= 88.31.
    """
    if not elements or any(n == 0 for _, n in elements):
        return None
    exact = sum((Fraction(total, n) for total, n in elements), Fraction(0)) / len(elements) * 25
    # A quotient of 28 digits is far finer than two decimals, and its last digit can't turn a half into less.
    value = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)
    grade = next((letter for least, letter in _GRADES if value >= least), "D")
    return Index(value, grade, len(elements))
