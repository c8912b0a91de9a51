"""The promises of the statistics on a few sizes of runs; tests/soak holds the many."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import binom, norm

from services.surveys.tools import raising_count
from tests.services.surveys.enumeration import false_verdicts, newcombe_coverage, wilson_coverage

THIRD = Fraction(1, 3)


def test_wilson_intervals_hold_the_true_share_about_95_times_in_100() -> None:
    shares = np.arange(0.10, 0.901, 0.01)
    for n in (10, 11, 12, 15, 20, 25, 40, 80):
        coverage = wilson_coverage(n, shares)
        assert 0.93 <= coverage.mean() <= 0.97, n
        assert coverage.min() >= 0.88, n


@pytest.mark.parametrize(("n", "m"), [(10, 10), (10, 25), (25, 25)])
def test_newcombe_intervals_hold_the_true_difference_about_95_times_in_100(n: int, m: int) -> None:
    coverage = newcombe_coverage(n, m, np.arange(0.10, 0.901, 0.05))
    assert 0.93 <= coverage.mean() <= 0.97
    assert coverage.min() >= 0.88


@pytest.mark.parametrize(("n", "m"), [(12, 12), (25, 25), (25, 40)])
def test_a_change_that_changed_nothing_is_called_improved_or_worse_at_most_5_times_in_100(n: int, m: int) -> None:
    improved, worse = false_verdicts(n, m, THIRD, np.arange(0.20, 0.801, 0.05))
    assert improved.max() <= 0.05
    assert worse.max() <= 0.05


def test_an_ordinary_test_would_call_it_improved_far_too_often() -> None:
    """Why the test is conditional: a plain test of two shares, at the same level, on runs that raised a finding."""
    n, share = 25, 0.3
    bar = raising_count(n, THIRD)
    assert bar is not None
    first, second = np.arange(bar, n + 1), np.arange(n + 1)
    chances = np.outer(binom.pmf(first, n, share), binom.pmf(second, n, share)) / binom.sf(bar - 1, n, share)
    pooled = (first[:, None] + second[None, :]) / (2 * n)
    z = (first[:, None] - second[None, :]) / n / np.sqrt(np.maximum(pooled * (1 - pooled), 1e-9) * 2 / n)
    assert chances[z > norm.ppf(0.95)].sum() > 0.3
