"""95 % intervals of a share and of a difference of two shares, and the rule that compares one with a threshold."""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)
_Z_SQUARED = Fraction(Z) ** 2


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of a share (0..1) or of a difference of shares (-1..1)."""

    low: float
    high: float


def wilson(count: int, n: int) -> Interval:
    """Wilson's score interval of `count` of `n`, n > 0 (E. B. Wilson, JASA 22, 1927)."""
    share = count / n
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * sqrt(share * (1 - share) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    # At 0 and at n of n the limit is 0 and 1; floating point would miss them by a hair.
    return Interval(0.0 if count == 0 else centre - half, 1.0 if count == n else centre + half)


def newcombe(before: tuple[int, int], after: tuple[int, int]) -> Interval:
    """The interval of share after minus share before, each given as (count, n), for independent samples.

    Method 10 of R. G. Newcombe, Statistics in Medicine 17 (1998): the two Wilson intervals squared and added.
    """
    first, second = before[0] / before[1], after[0] / after[1]
    around_first, around_second = wilson(*before), wilson(*after)
    difference = second - first
    return Interval(
        difference - sqrt((second - around_second.low) ** 2 + (around_first.high - first) ** 2),
        difference + sqrt((around_second.high - second) ** 2 + (first - around_first.low) ** 2),
    )


def exceeds(count: int, n: int, threshold: Fraction) -> bool:
    """Whether the lower Wilson limit of `count` of `n` is above `threshold`, decided in exact fractions.

    The Wilson interval inverts the score test, so the limit is above the threshold exactly when the share is and
    n (share - threshold)^2 > z^2 threshold (1 - threshold).
    """
    share = Fraction(count, n)
    return share > threshold and n * (share - threshold) ** 2 > _Z_SQUARED * threshold * (1 - threshold)


def raising_count(n: int, threshold: Fraction) -> int | None:
    """The least count of `n` that raises a finding; None where not even `n` of `n` would."""
    low, high = 0, n
    if not exceeds(n, n, threshold):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if exceeds(middle, n, threshold) else (middle + 1, high)
    return low
