"""The geometry of figures: pure sums that the templates draw as SVG. Widths are in percent of the figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """One part of a stacked bar. `x` and `width` are percents, `colour` is 1..5."""

    label: str
    count: int
    x: float
    width: float
    colour: int


def stack(parts: Sequence[tuple[str, int, int]]) -> list[Piece]:
    """A stacked bar of (label, count, colour); parts of zero are left out."""
    total = sum(count for _, count, _ in parts)
    pieces: list[Piece] = []
    x = 0.0
    for label, count, colour in parts:
        if count <= 0:
            continue
        width = 100 * count / total
        pieces.append(Piece(label, count, round(x, 3), round(width, 3), colour))
        x += width
    return pieces


@dataclass(frozen=True)
class Interval:
    """A point with its interval on an axis 0..100, each None where it is not known."""

    point: float | None
    low: float | None
    high: float | None

    @property
    def shown(self) -> bool:
        """Whether there is anything to draw."""
        return self.low is not None and self.high is not None


def interval(
    point: float | None, low: float | None, high: float | None, *, least: float = 0.0, most: float = 1.0
) -> Interval:
    """Places fractions on an axis from `least` to `most`; what lies outside is cut at the edge."""

    def place(value: float | None) -> float | None:
        if value is None:
            return None
        return round(100 * (min(max(value, least), most) - least) / (most - least), 3)

    return Interval(place(point), place(low), place(high))


@dataclass(frozen=True)
class Progress:
    """Hours against a target: `share` 0..100 of the bar, `mark` where the target stands when it is exceeded."""

    jp: float
    target: float | None
    share: float
    mark: float | None
    reached: bool


def progress(jp: float, target: Mapping[str, object] | None) -> Progress:
    """Hours against a duty (MIN) or a ceiling (MAX)."""
    wanted = target.get("jp") if target else None
    if not isinstance(wanted, int | float) or wanted <= 0:
        return Progress(jp, None, 100.0 if jp else 0.0, None, False)
    most = max(jp, wanted)
    return Progress(
        jp, wanted, round(100 * jp / most, 3), round(100 * wanted / most, 3) if jp > wanted else None, jp >= wanted
    )
