"""Which group differs from the rest, if any does."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.surveys.tools.hypergeometric import at_least

LEVEL = 0.05


@dataclass(frozen=True)
class Slice:
    """`count` of `n` in the group `value` of the dimension `by` (grade_band, agency or unit)."""

    by: str
    value: str
    count: int
    n: int


def worst_slice(count: int, n: int, slices: Sequence[Slice], least: int) -> Slice | None:
    """The group whose share is higher than that of the rest of `count` of `n`, or None where no group can be named.

    Fisher's exact test of each group against the rest, one-sided, groups and rests of fewer than `least` left out; the
    p-values are held to LEVEL together by Holm's step-down, of which the smallest decides.
    """
    tested = [part for part in slices if part.n >= least and n - part.n >= least]
    if not tested:
        return None
    p_values = [_higher(part, count, n) for part in tested]
    p, worst = min(zip(p_values, tested, strict=True), key=lambda pair: (pair[0], -pair[1].n))
    # Holm's first step compares the smallest p-value with LEVEL / m; later steps could only name further groups.
    return worst if p <= LEVEL / len(tested) else None


def _higher(part: Slice, count: int, n: int) -> float:
    return float(at_least(part.count, n, count, part.n))
