"""The sums behind the figures hold for every count."""

from hypothesis import given
from hypothesis import strategies as st

from services.portal import figures

COUNTS = st.lists(st.tuples(st.just("x"), st.integers(0, 10_000), st.integers(1, 5)), max_size=12)


@given(COUNTS)
def test_a_stacked_bar_fills_the_width_and_hides_nothing(parts: list[tuple[str, int, int]]) -> None:
    pieces = figures.stack(parts)
    assert [piece.count for piece in pieces] == [count for _, count, _ in parts if count]
    if pieces:
        assert abs(pieces[-1].x + pieces[-1].width - 100) < 0.02


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_an_interval_stays_on_its_axis(a: float, b: float, c: float) -> None:
    low, point, high = sorted((a, b, c))
    placed = figures.interval(point, low, high)
    assert placed.shown
    assert placed.low is not None
    assert placed.high is not None
    assert 0 <= placed.low <= placed.high <= 100


def test_what_is_not_known_is_not_drawn() -> None:
    assert not figures.interval(None, None, None).shown


def test_hours_beyond_the_target_mark_where_it_was() -> None:
    more = figures.progress(25, {"kind": "MIN", "jp": 20})
    assert (more.share, more.mark, more.reached) == (100, 80, True)
    less = figures.progress(14, {"kind": "MIN", "jp": 20})
    assert (less.share, less.mark, less.reached) == (70, None, False)
    assert figures.progress(3, None).target is None
