"""What keeps an answer from being found by its giver: groups of at least k, and lots of at least k.

A cell is what is kept of a person's groups. The cells of a campaign are its atoms: every slice that is ever shown is a
union of them, so every difference of slices is one too, and none holds fewer than k people.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

K = 5
"""The fewest people behind anything that is shown."""
MERGED = "*"
"""The value of a group that was merged with others and has no name of its own any more."""
DIMENSIONS = ("grade_band", "agency", "unit")
_ORDER = ("I", "II", "III", "IV")
_JOIN = "+"


@dataclass(frozen=True, order=True)
class Cell:
    """The groups of one person; `agency` is an id as text, `unit` reads "agency id/name", so that two agencies' units
    of one name stay two. Several grade bands in one read "III+IV"."""

    grade_band: str
    agency: str
    unit: str


NOWHERE = Cell(MERGED, MERGED, MERGED)


def cell(grade_band: str, agency: str, unit: str) -> Cell:
    """The cell of one person before any merging."""
    # A joined name must stay readable as its parts, and an empty group is no group.
    unit = f"{agency}/{unit.strip()}" if agency and unit.strip() else MERGED
    return Cell(grade_band.replace(_JOIN, " ").strip() or MERGED, agency or MERGED, unit)


def merged(cells: Sequence[Cell], k: int) -> list[Cell]:
    """The cells, in the order given, with every combination held by fewer than `k` merged with others.

    Grade bands come first and join their neighbours; then agencies within a band, then units within an agency, where
    the small ones lose their name. A name that not all its people could keep is taken from all of them, so that a
    named slice holds everybody of that name. Fewer than `k` people in all are one nameless cell.
    """
    if len(cells) < k:
        return [NOWHERE] * len(cells)
    bands = _bands(Counter(cell.grade_band for cell in cells), k)
    kept = [replace(cell, grade_band=bands[cell.grade_band]) for cell in cells]
    kept = _keep_large(kept, k, lambda c: c.grade_band, lambda c: c.agency, lambda c: replace(c, agency=MERGED))
    kept = _whole(cells, kept, lambda c: c.agency, lambda c: replace(c, agency=MERGED))
    kept = [replace(c, unit=MERGED) if c.agency == MERGED else c for c in kept]
    kept = _keep_large(kept, k, lambda c: (c.grade_band, c.agency), lambda c: c.unit, lambda c: replace(c, unit=MERGED))
    return _whole(cells, kept, lambda c: c.unit, lambda c: replace(c, unit=MERGED))


def fitting(person: Cell, cells: Sequence[Cell]) -> Cell | None:
    """The most telling of the standing `cells` that a person who comes late belongs to; None where none fits."""
    fits = [
        cell
        for cell in set(cells)
        if (cell.grade_band == MERGED or person.grade_band in cell.grade_band.split(_JOIN))
        and cell.agency in (MERGED, person.agency)
        and cell.unit in (MERGED, person.unit)
    ]
    return max(fits, key=lambda c: (c.unit != MERGED, c.agency != MERGED, c.grade_band != MERGED), default=None)


def lot(waiting: Sequence[UUID], k: int, rng: random.Random, last: bool = False) -> list[UUID]:
    """The waiting answers that move now, shuffled; empty where a lot would be too small.

    While a campaign is open, k of the waiting stay behind, chosen by chance, so that a lot never holds exactly those
    who answered between two moments. The last lot takes all, if they are at least k.
    """
    shuffled = sorted(waiting)
    rng.shuffle(shuffled)
    if last:
        return shuffled if len(shuffled) >= k else []
    return shuffled[k:] if len(shuffled) >= 2 * k else []


def _bands(counts: Counter[str], k: int) -> dict[str, str]:
    groups = [([band], counts[band]) for band in sorted(counts, key=_band_order)]
    while len(groups) > 1 and min(n for _, n in groups) < k:
        at = min(range(len(groups)), key=lambda i: groups[i][1])
        beside = [i for i in (at - 1, at + 1) if 0 <= i < len(groups)]
        other = min(beside, key=lambda i: groups[i][1])
        low, high = sorted((at, other))
        groups[low : high + 1] = [(groups[low][0] + groups[high][0], groups[low][1] + groups[high][1])]
    if len(groups) == 1 and len(groups[0][0]) > 1:
        return dict.fromkeys(groups[0][0], MERGED)
    return {band: MERGED if MERGED in group else _JOIN.join(group) for group, _ in groups for band in group}


def _band_order(band: str) -> tuple[bool, int, str]:
    first = band.split(_JOIN)[0]
    return band == MERGED, _ORDER.index(first) if first in _ORDER else len(_ORDER), band


def _keep_large(
    cells: list[Cell],
    k: int,
    within: Callable[[Cell], object],
    name: Callable[[Cell], str],
    unnamed: Callable[[Cell], Cell],
) -> list[Cell]:
    """Take the name from groups under k within their parent; the nameless of a parent are at least k, or none."""
    counts: dict[object, Counter[str]] = {}
    for c in cells:
        counts.setdefault(within(c), Counter())[name(c)] += 1
    standing: set[tuple[object, str]] = set()
    for parent, held in counts.items():
        named = sorted((n, value) for value, n in held.items() if value != MERGED and n >= k)
        nameless = held.total() - sum(n for n, _ in named)
        while 0 < nameless < k and named:
            nameless += named.pop(0)[0]
        standing |= {(parent, value) for _, value in named}
    return [c if (within(c), name(c)) in standing else unnamed(c) for c in cells]


def _whole(
    before: Sequence[Cell], cells: list[Cell], name: Callable[[Cell], object], unnamed: Callable[[Cell], Cell]
) -> list[Cell]:
    """Take a name from all its people where some of them lost it."""
    broken = {name(was) for was, now in zip(before, cells, strict=True) if name(was) != name(now)}
    return [unnamed(c) if name(c) in broken else c for c in cells]
