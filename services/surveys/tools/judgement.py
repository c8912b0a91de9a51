"""Whether a change helped, judged so that a lucky second run doesn't count as an improvement."""

from dataclasses import dataclass
from fractions import Fraction

from services.surveys.tools.hypergeometric import at_least
from services.surveys.tools.intervals import Interval, newcombe, raising_count

IMPROVED, NO_EFFECT, WORSE, TOO_FEW = "improved", "no_effect", "worse", "too_few"
LEVEL = 0.05
"""The most that P(improved | raised, nothing changed) may be; the same for worse."""
NEAR = 0.10
"""No effect is said only when the interval of the difference lies within this distance of 0."""


@dataclass(frozen=True)
class Judgement:
    """`difference` is share after minus share before, `interval` its Newcombe interval; `p_improved` and `p_worse` are
    conditional on the finding having been raised."""

    state: str
    difference: Fraction
    interval: Interval
    p_improved: float
    p_worse: float


def judge(before: tuple[int, int], after: tuple[int, int], threshold: Fraction) -> Judgement:
    """Judge the second of two runs, each (count, n), where the first raised a finding at `threshold`.

    A finding exists because the first share was high, so with nothing changed the second looks better (regression to
    the mean), and an ordinary test would call that an improvement. Given the total count of both runs, the first count
    of two equal shares is hypergeometric, whatever the share is; given also that it raised a finding, it is that
    distribution truncated at the raising count. Both p-values come from there, so each error is at most LEVEL, exactly.
    """
    (first, first_n), (second, second_n) = before, after
    raising = raising_count(first_n, threshold) or 0
    # A finding raised under another rule than today's is held against its own count, never against a higher bar.
    raising = min(raising, first)
    null = (first_n + second_n, first + second, first_n)
    raised = at_least(raising, *null)
    p_improved = float(at_least(first, *null) / raised)
    p_worse = float((raised - at_least(first + 1, *null)) / raised)
    difference = Fraction(second, second_n) - Fraction(first, first_n)
    interval = newcombe(before, after)
    if difference < 0 and p_improved <= LEVEL:
        state = IMPROVED
    elif difference > 0 and p_worse <= LEVEL:
        state = WORSE
    elif interval.low >= -NEAR and interval.high <= NEAR:
        state = NO_EFFECT
    else:
        state = TOO_FEW
    return Judgement(state, difference, interval, p_improved, p_worse)
