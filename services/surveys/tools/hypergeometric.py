"""The hypergeometric distribution in whole numbers, so that nothing is rounded before a p-value is compared."""

from fractions import Fraction
from math import comb


def at_least(count: int, everybody: int, marked: int, drawn: int) -> Fraction:
    """P(X >= count), where X is how many of `drawn` out of `everybody` are among the `marked`, drawn without
    replacement; exact."""
    least, most = max(0, drawn - (everybody - marked)), min(marked, drawn)
    first = max(count, least)
    if first > most:
        return Fraction(0)
    ways = comb(marked, first) * comb(everybody - marked, drawn - first)
    total = ways
    for one in range(first, most):
        # The next term by the one before: one more of the marked, one fewer of the others. It divides without rest.
        rest = everybody - marked - drawn + one + 1
        ways = ways * (marked - one) * (drawn - one) // ((one + 1) * rest)
        total += ways
    return Fraction(total, comb(everybody, drawn))
