"""Groups and lots of at least five, by rule."""

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from services.surveys.domain.anonymity import MERGED, Cell, cell, fitting, lot, merged
from services.surveys.domain.instrument import read
from services.surveys.domain.results import Answer, tallies

K = 5
PEOPLE = st.lists(
    st.builds(cell, st.sampled_from(["I", "II", "III", "IV", "PPPK"]), st.sampled_from("ABC"), st.sampled_from("xyz")),
    max_size=60,
)
ITEMS = read({"elements": [{"type": "boolean", "name": "a"}, {"type": "boolean", "name": "b"}]})


@given(PEOPLE)
def test_every_combination_that_is_kept_is_held_by_at_least_five(people: list[Cell]) -> None:
    kept = Counter(merged(people, K))
    assert kept.total() == len(people)
    assert len(people) < K or min(kept.values(), default=K) >= K
    assert len(people) >= K or len(kept) <= 1


@given(PEOPLE)
def test_a_name_that_is_kept_is_kept_by_everybody_of_that_name(people: list[Cell]) -> None:
    kept = merged(people, K)
    for was, now in itertools.product(people, kept):
        if was.agency == now.agency != MERGED:
            assert {
                after.agency for before, after in zip(people, kept, strict=True) if before.agency == was.agency
            } == {was.agency}


@given(PEOPLE, st.randoms(use_true_random=False))
def test_merging_does_not_depend_on_the_order_of_people(people: list[Cell], rng: random.Random) -> None:
    order = list(range(len(people)))
    rng.shuffle(order)
    again = merged([people[at] for at in order], K)
    assert [again[order.index(at)] for at in range(len(people))] == merged(people, K)


@given(PEOPLE)
def test_merging_again_keeps_groups_of_five(people: list[Cell]) -> None:
    once = merged(people, K)
    part = once[::2]
    assert len(part) < K or min(Counter(merged(part, K)).values()) >= K


def test_a_small_grade_band_joins_its_neighbour_and_large_agencies_keep_their_name() -> None:
    people = [cell("II", "A", "u")] * 10 + [cell("III", "B", "u")] * 12 + [cell("IV", f"C{n}", "u") for n in range(3)]
    assert Counter(merged(people, K)) == {Cell("II", "A", "A/u"): 10, Cell("III+IV", MERGED, MERGED): 15}


@given(
    PEOPLE,
    st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()), min_size=60, max_size=60),
)
@settings(max_examples=60)
def test_no_slice_and_no_difference_of_slices_shows_fewer_than_five(
    people: list[Cell], said: list[tuple[bool, bool, bool, bool]]
) -> None:
    """Also where some don't answer at all and some leave an item out: every combination of slices that a reader could
    cut out of one item holds nobody or at least five."""
    invited = merged(people, K)
    answers: list[Answer] = [
        Answer(held, ({"a": a} if has_a else {}) | ({"b": b} if has_b else {}))
        for held, (a, b, has_a, has_b) in zip(invited, said, strict=False)
        if has_a or has_b
    ]
    for item in ("a", "b"):
        given_to = [answer for answer in answers if item in answer.values]
        shown = [tally for tally in tallies(ITEMS, answers, K) if tally.item == item]
        assert all(tally.n >= K for tally in shown)
        if len(given_to) < K:
            assert not shown
            continue
        cells = merged([answer.cell for answer in given_to], K)
        slices = [frozenset(range(len(cells)))] + [
            frozenset(at for at, held in enumerate(cells) if getattr(held, tally.by) == tally.value)
            for tally in shown
            if tally.by != "all"
        ]
        assert sorted(tally.n for tally in shown) == sorted(map(len, slices))
        assert all(len(first - second) >= K or first <= second for first, second in _pairs(slices))
        # All that set operations can make of the slices is a union of these.
        finest = Counter(tuple(at in part for part in slices) for at in range(len(cells)))
        assert min(finest.values()) >= K


def _pairs(slices: Sequence[frozenset[int]]) -> Sequence[tuple[frozenset[int], frozenset[int]]]:
    return list(itertools.permutations(slices, 2))


@given(st.integers(0, 60), st.randoms(use_true_random=False), st.booleans())
def test_a_lot_is_of_at_least_five_and_leaves_five_behind_until_the_last(
    waiting: int, rng: random.Random, last: bool
) -> None:
    ids = [uuid4() for _ in range(waiting)]
    moving = lot(ids, K, rng, last=last)
    assert set(moving) <= set(ids)
    assert len(set(moving)) == len(moving)
    assert not moving or len(moving) >= K
    left = waiting - len(moving)
    assert left == 0 or left >= K or not moving
    if last:
        assert bool(moving) == (waiting >= K)


def test_lots_follow_no_order() -> None:
    ids = sorted(uuid4() for _ in range(40))
    orders = {tuple(lot(ids, K, random.Random(seed))) for seed in range(50)}
    assert len(orders) == 50


def test_a_latecomer_joins_the_most_telling_group_they_fit() -> None:
    standing = [Cell("II", "A", MERGED), Cell("II", MERGED, MERGED), Cell("III+IV", MERGED, MERGED)]
    assert fitting(cell("II", "A", "u"), standing) == standing[0]
    assert fitting(cell("II", "B", "u"), standing) == standing[1]
    assert fitting(cell("IV", "B", "u"), standing) == standing[2]
    assert fitting(cell("I", "B", "u"), standing) is None
