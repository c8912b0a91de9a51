"""What a closed campaign shows: counts per item and group, never of fewer than k, and in bands where one group
agrees."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from services.surveys.domain.anonymity import DIMENSIONS, MERGED, Cell, merged
from services.surveys.domain.instrument import COMMENT, TEXT, Item

ALL = "all"
"""The dimension of the whole, which has the one value ""."""


@dataclass(frozen=True)
class Answer:
    """One released answer: the merged groups of its giver, and what was said."""

    cell: Cell
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Tally:
    """`count` of `n` answers to `item` in one group count for its kind (None where the item has no kind); `mean` is on
    0..100 (None where the item has no scale)."""

    item: str
    kind: str
    by: str
    value: str
    n: int
    count: int | None
    mean: Fraction | None


def tallies(items: Sequence[Item], answers: Sequence[Answer], k: int) -> list[Tally]:
    """The tallies of every item: of all, then of each group. Groups are merged again over those who answered this
    item, so that no slice of it and no difference of slices holds fewer than `k`; fewer than `k` in all give no
    tally."""
    made: list[Tally] = []
    for item in items:
        given = [answer for answer in answers if item.name in answer.values]
        if item.type in (COMMENT, TEXT) or len(given) < k:
            continue
        said = [answer.values[item.name] for answer in given]
        made.append(_tally(item, ALL, "", said))
        cells = merged([answer.cell for answer in given], k)
        for by in DIMENSIONS:
            made += _groups(item, by, [getattr(cell, by) for cell in cells], said)
    return made


def comments(items: Sequence[Item], answers: Sequence[Answer], k: int) -> dict[str, list[str]]:
    """What was written, by item, sorted so that its order tells nothing; items on which fewer than `k` wrote are left
    out."""
    written = {
        item.name: sorted(str(answer.values[item.name]) for answer in answers if item.name in answer.values)
        for item in items
        if item.type in (COMMENT, TEXT)
    }
    return {name: texts for name, texts in written.items() if len(texts) >= k}


def element_sums(items: Sequence[Item], answers: Sequence[Answer], k: int) -> list[tuple[int, int]]:
    """(sum, number) of answers of each element of a satisfaction index; none where an element has fewer than `k`."""
    sums = []
    for item in items:
        if item.element is not None:
            given = [int(answer.values[item.name]) for answer in answers if item.name in answer.values]
            if len(given) < k:
                return []
            sums.append((sum(given), len(given)))
    return sums


@dataclass(frozen=True)
class Shown:
    """A share as people may see it: `exact`, or only that it lies in a `band` (low, high), which reads "> 80 %"."""

    exact: Fraction | None
    band: tuple[Fraction, Fraction] | None


_FIFTH = Fraction(1, 5)


def shown(share: Fraction, banded: bool) -> Shown:
    """A share, or the fifth of 0..1 in which it lies."""
    if not banded:
        return Shown(share, None)
    low = min(share // _FIFTH, 4) * _FIFTH
    # A share on the edge of two bands belongs to the inner one: "> 80 %" must be true of what it says.
    if share == low and share > Fraction(1, 2):
        low -= _FIFTH
    return Shown(None, (low, low + _FIFTH))


def unanimous(share: Fraction) -> bool:
    """Whether a share tells what each single person said."""
    return share in (0, 1)


def in_bands(shares: Sequence[Fraction]) -> bool:
    """Whether the groups of an item are shown in bands: as soon as one lies outside 20..80 %, all of them, else the one
    could be worked out from the whole and the others, and the band would be another word for all."""
    return any(not _FIFTH <= share <= 1 - _FIFTH for share in shares)


def told_count(count: int, n: int) -> int:
    """The count that leaves this service for people: that of a unanimous run is only the nearest one beyond 80 or 20
    %."""
    if count == n:
        return n * 4 // 5 + 1
    if count == 0:
        return -(-n // 5) - 1
    return count


def possible_counts(count: int, n: int) -> tuple[int, int]:
    """The least and the most that a reader of told_count can take the count for."""
    if count in (0, n):
        return min(count, told_count(count, n)), max(count, told_count(count, n))
    return count, count


def _tally(item: Item, by: str, value: str, said: Sequence[Any]) -> Tally:
    places = [place for answer in said if (place := item.on_100(answer)) is not None]
    counted = sum(any(type(answer) is type(c) and answer == c for c in item.counts) for answer in said)
    return Tally(
        item=item.name,
        kind=item.kind,
        by=by,
        value=value,
        n=len(said),
        count=counted if item.kind else None,
        mean=sum(places, Fraction(0)) / len(places) if places else None,
    )


def _groups(item: Item, by: str, values: Sequence[str], said: Sequence[Any]) -> list[Tally]:
    found = Counter(values)
    # One group is the whole again; the nameless rest is shown too, so that the groups add up.
    if len(found) < 2:
        return []
    return [
        _tally(item, by, value, [answer for answer, held in zip(said, values, strict=True) if held == value])
        for value in sorted(found, key=lambda value: (value == MERGED, value))
    ]
