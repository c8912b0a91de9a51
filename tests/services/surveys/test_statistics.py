"""The statistics, against published examples, against scipy, and against what they promise."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, hypergeom

from services.surveys.domain import words
from services.surveys.domain.results import in_bands, possible_counts, shown, told_count
from services.surveys.tools import (
    IMPROVED,
    NO_EFFECT,
    TOO_FEW,
    WORSE,
    Slice,
    exceeds,
    judge,
    newcombe,
    raising_count,
    satisfaction_index,
    wilson,
    worst_slice,
)
from services.surveys.tools.hypergeometric import at_least

THIRD = Fraction(1, 3)
COUNTS = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(COUNTS)
def test_wilson_is_that_of_scipy(given_: tuple[int, int]) -> None:
    count, n = given_
    other = binomtest(count, n).proportion_ci(0.95, method="wilson")
    mine = wilson(count, n)
    assert (mine.low, mine.high) == pytest.approx((other.low, other.high), abs=1e-12)


def test_the_finding_of_the_issue() -> None:
    interval = wilson(15, 25)
    assert (round(interval.low, 2), round(interval.high, 2)) == (0.41, 0.77)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_newcombe_is_that_of_his_paper(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    """Statistics in Medicine 17 (1998), table II, method 10; his difference is first minus second."""
    interval = newcombe(second, first)
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


@given(COUNTS, st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=100))
def test_the_exact_rule_is_the_comparison_with_the_limit(given_: tuple[int, int], threshold: Fraction) -> None:
    count, n = given_
    low = wilson(count, n).low
    if abs(low - float(threshold)) > 1e-9:
        assert exceeds(count, n, threshold) == (low > threshold)


@given(st.integers(1, 300), st.fractions(Fraction(1, 20), Fraction(19, 20), max_denominator=20))
def test_the_raising_count_is_the_least_that_exceeds(n: int, threshold: Fraction) -> None:
    least = next((count for count in range(n + 1) if exceeds(count, n, threshold)), None)
    assert raising_count(n, threshold) == least


def test_a_count_at_the_bar_can_not_be_called_improved() -> None:
    """At the raising count itself nothing is left of the first run that chance and the bar don't explain."""
    bar = raising_count(25, THIRD)
    assert bar == 13
    assert judge((bar, 25), (0, 25), THIRD).state == TOO_FEW
    assert judge((15, 25), (4, 25), THIRD).state == IMPROVED


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        ((25, 40), (12, 40), IMPROVED),
        ((25, 40), (20, 40), TOO_FEW),
        ((25, 40), (38, 40), WORSE),
        ((800, 2000), (790, 2000), NO_EFFECT),
        ((15, 25), (6, 10), TOO_FEW),
    ],
)
def test_the_four_states(before: tuple[int, int], after: tuple[int, int], state: str) -> None:
    assert judge(before, after, THIRD).state == state


@given(st.integers(10, 60), st.integers(5, 60), st.data())
def test_the_p_values_are_those_of_the_truncated_distribution(n: int, m: int, data: st.DataObject) -> None:
    bar = raising_count(n, THIRD)
    assert bar is not None
    first, second = data.draw(st.integers(bar, n)), data.draw(st.integers(0, m))
    judged = judge((first, n), (second, m), THIRD)
    chances = hypergeom(n + m, first + second, n).pmf(range(n + 1))
    raised = sum(chances[bar:])
    assert judged.p_improved == pytest.approx(min(1, sum(chances[first:]) / raised), abs=1e-9)
    assert judged.p_worse == pytest.approx(min(1, sum(chances[bar : first + 1]) / raised), abs=1e-9)
    assert judged.difference == Fraction(second, m) - Fraction(first, n)
    assert judged.state != IMPROVED or judged.difference < 0
    assert judged.state != WORSE or judged.difference > 0
    assert judged.state != NO_EFFECT or -0.1 <= judged.interval.low <= judged.interval.high <= 0.1


def test_the_worst_group_is_named_only_where_it_differs_from_the_rest() -> None:
    clear = [Slice("grade_band", "II", 9, 10), Slice("grade_band", "III", 6, 15)]
    assert worst_slice(15, 25, clear, 5) == clear[0]
    alike = [Slice("grade_band", "II", 7, 10), Slice("grade_band", "III", 8, 15)]
    assert worst_slice(15, 25, alike, 5) is None
    assert worst_slice(15, 25, [Slice("grade_band", "II", 4, 4)], 5) is None
    assert worst_slice(15, 25, [Slice("grade_band", "II", 15, 21)], 5) is None
    assert worst_slice(15, 25, [], 5) is None


def test_more_groups_ask_for_more_before_one_is_named() -> None:
    one = Slice("agency", "A", 8, 9)
    others = [Slice("agency", str(n), 3, 6) for n in range(12)]
    assert worst_slice(45, 85, [one], 5) == one
    assert worst_slice(45, 85, [one, *others], 5) is None


@pytest.mark.parametrize(
    ("elements", "value", "grade"),
    [
        ([(4 * 9, 9)] * 9, "100.00", "A"),
        ([(9, 9)] * 9, "25.00", "D"),
        ([(10_000 * 2 + 5996, 10_000)], "64.99", "D"),
        ([(26, 10)], "65.00", "C"),
        ([(20_000 + 10_640, 10_000)], "76.60", "C"),
        ([(20_000 + 10_644, 10_000)], "76.61", "B"),
        ([(20_000 + 15_320, 10_000)], "88.30", "B"),
        ([(20_000 + 15_322, 10_000)], "88.31", "A"),
        ([(7, 3), (8, 3), (10, 3)], "69.44", "C"),
    ],
)
def test_the_index_is_rounded_before_it_is_graded(elements: list[tuple[int, int]], value: str, grade: str) -> None:
    index = satisfaction_index(elements)
    assert index is not None
    assert (index.value, index.grade, index.elements) == (Decimal(value), grade, len(elements))


def test_an_index_of_nobody_has_no_grade() -> None:
    assert satisfaction_index([]) is None
    assert satisfaction_index([(8, 2), (0, 0)]) is None


@given(COUNTS)
def test_a_share_in_a_band_lies_in_it_and_says_no_more(given_: tuple[int, int]) -> None:
    count, n = given_
    share = Fraction(count, n)
    band = shown(share, True).band
    assert band is not None
    assert band[0] <= share <= band[1]
    assert share != Fraction(4, 5) or band[1] == share
    assert shown(share, False).exact == share
    assert in_bands([share]) == (share < Fraction(1, 5) or share > Fraction(4, 5))


@given(st.integers(5, 200).flatmap(lambda n: st.tuples(st.sampled_from([0, n]), st.just(n))))
def test_a_count_that_is_told_of_a_unanimous_run_is_beyond_the_band(given_: tuple[int, int]) -> None:
    count, n = given_
    told = told_count(count, n)
    assert told / n > 0.8 if count else told / n < 0.2
    assert possible_counts(count, n) == (min(told, count), max(told, count))


@pytest.mark.parametrize(
    ("share", "banded", "text"),
    [
        (Fraction(3, 5), False, "60 %"),
        (Fraction(1, 3), False, "33 %"),
        (Fraction(5, 1000), False, "1 %"),
        (Fraction(1), True, "> 80 %"),
        (Fraction(0), True, "< 20 %"),
        (Fraction(1, 2), True, "40–60 %"),
        (Fraction(4, 5), True, "60–80 %"),
    ],
)
def test_shares_are_written_for_people(share: Fraction, banded: bool, text: str) -> None:
    assert words.figure(shown(share, banded)) == text


@given(st.data())
def test_the_hypergeometric_tail_is_that_of_scipy(data: st.DataObject) -> None:
    everybody = data.draw(st.integers(1, 400))
    marked, drawn = data.draw(st.integers(0, everybody)), data.draw(st.integers(0, everybody))
    count = data.draw(st.integers(-2, everybody + 2))
    tail = at_least(count, everybody, marked, drawn)
    assert 0 <= tail <= 1
    assert float(tail) == pytest.approx(float(hypergeom(everybody, marked, drawn).sf(count - 1)), rel=1e-8, abs=1e-12)
