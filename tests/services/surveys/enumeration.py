"""What the statistics promise, computed exactly: every outcome of two binomials with its chance, no random numbers."""

from fractions import Fraction
from typing import Any

import numpy as np
from scipy.stats import binom

from services.surveys.tools import IMPROVED, WORSE, judge, newcombe, raising_count, wilson

Array = Any


def wilson_coverage(n: int, shares: Array) -> Array:
    """The chance that Wilson's interval of n answers holds the true share, for each share."""
    counts = np.arange(n + 1)
    intervals = [wilson(int(count), n) for count in counts]
    low = np.array([interval.low for interval in intervals])
    high = np.array([interval.high for interval in intervals])
    chances = binom.pmf(counts[None, :], n, shares[:, None])
    return (chances * ((low <= shares[:, None]) & (shares[:, None] <= high))).sum(axis=1)


def newcombe_coverage(n: int, m: int, shares: Array) -> Array:
    """The chance that Newcombe's interval holds the true difference, for each pair of shares (before, after)."""
    intervals = [[newcombe((x, n), (y, m)) for y in range(m + 1)] for x in range(n + 1)]
    low = np.array([[interval.low for interval in row] for row in intervals])
    high = np.array([[interval.high for interval in row] for row in intervals])
    of_first = binom.pmf(np.arange(n + 1)[None, :], n, shares[:, None])
    of_second = binom.pmf(np.arange(m + 1)[None, :], m, shares[:, None])
    covered = np.empty((len(shares), len(shares)))
    for i, before in enumerate(shares):
        for j, after in enumerate(shares):
            # A hair of tolerance: differences such as 0.7 - 0.4 are not exact in binary.
            holds = (low <= after - before + 1e-12) & (after - before - 1e-12 <= high)
            covered[i, j] = of_first[i] @ holds @ of_second[j]
    return covered


def false_verdicts(n: int, m: int, threshold: Fraction, shares: Array) -> tuple[Array, Array]:
    """P(improved | raised, nothing changed) and P(worse | raised, nothing changed) for each true share."""
    bar = raising_count(n, threshold)
    if bar is None:
        return np.zeros(len(shares)), np.zeros(len(shares))
    states = [[judge((x, n), (y, m), threshold).state for y in range(m + 1)] for x in range(bar, n + 1)]
    improved = np.array([[state == IMPROVED for state in row] for row in states], dtype=float)
    worse = np.array([[state == WORSE for state in row] for row in states], dtype=float)
    raised = binom.pmf(np.arange(bar, n + 1)[None, :], n, shares[:, None])
    second = binom.pmf(np.arange(m + 1)[None, :], m, shares[:, None])
    chance = raised.sum(axis=1)
    return tuple(((raised @ states) * second).sum(axis=1) / chance for states in (improved, worse))
