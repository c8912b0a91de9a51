"""Raising findings when a campaign closes."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Row

from services.surveys.domain import findings as rules
from services.surveys.domain.anonymity import MERGED
from services.surveys.domain.instrument import Item
from services.surveys.domain.results import ALL, Tally, in_bands, possible_counts, shown
from services.surveys.handlers.settings import settings
from services.surveys.store import campaigns
from services.surveys.store import findings as store
from services.surveys.tools import Interval, Slice, exceeds, wilson, worst_slice
from shared.events.surveys import FindingRaised, WorstSegment
from shared.ids import new_id
from shared.outbox import emit
from shared.unit import Unit


def raise_findings(
    unit: Unit, campaign: Row[Any], batch: Row[Any], items: Sequence[Item], tallies: Sequence[Tally]
) -> None:
    """Raise a finding for every item whose lower limit is above its threshold at ten answers or more."""
    for item in items:
        whole = next((tally for tally in tallies if tally.item == item.name and tally.by == ALL), None)
        if whole is None or whole.count is None or item.threshold is None or whole.n < rules.LEAST_ANSWERS:
            continue
        if not exceeds(whole.count, whole.n, item.threshold):
            continue
        worst = worst_slice(whole.count, whole.n, _named_slices(tallies, item.name), settings().k)
        values = {
            "finding_id": new_id(),
            "campaign_id": campaign.campaign_id,
            "batch_id": campaign.batch_id,
            "programme_id": batch.programme_id,
            "version": batch.version,
            "item": item.name,
            "kind": item.kind,
            "threshold": str(item.threshold),
            "counted": whole.count,
            "n": whole.n,
            "worst_by": worst.by if worst else None,
            "worst_value": worst.value if worst else None,
            "state": rules.RAISED,
            "raised_at": unit.now,
        }
        store.add(unit.db, values)
        finding = store.locked(unit.db, values["finding_id"])
        if finding is not None:
            emit(unit.db, finding_raised(unit, finding))


def finding_raised(unit: Unit, finding: Row[Any]) -> FindingRaised:
    """What is said of a finding. A unanimous share is said as 0.8 with the limits that "more than 80 %" has."""
    interval = shown_interval(finding.counted, finding.n)
    share = shown(Fraction(finding.counted, finding.n), finding.counted == finding.n)
    return FindingRaised(
        campaign_id=finding.campaign_id,
        finding_id=finding.finding_id,
        programme_id=finding.programme_id,
        version=finding.version,
        kind=finding.kind,
        share=float(share.exact if share.exact is not None else share.band[0] if share.band else 0),
        n=finding.n,
        low=interval.low,
        high=interval.high,
        worst_segment=_worst_segment(unit, finding),
    )


def shown_interval(count: int, n: int) -> Interval:
    """The interval of a count as people may know it: around a unanimous one it spans all that it could be."""
    least, most = possible_counts(count, n)
    return Interval(wilson(least, n).low, wilson(most, n).high)


def groups(tallies: Sequence[Tally], item: str) -> list[Tally]:
    """The tallies of an item's groups, without that of all."""
    return [tally for tally in tallies if tally.item == item and tally.by != ALL]


def banded(parts: Sequence[Tally]) -> bool:
    """Whether an item's groups are shown in bands."""
    shares = [Fraction(part.count, part.n) for part in parts if part.count is not None]
    return in_bands(shares or [part.mean / 100 for part in parts if part.mean is not None])


def _named_slices(tallies: Sequence[Tally], item: str) -> list[Slice]:
    return [
        Slice(part.by, part.value, part.count, part.n)
        for part in groups(tallies, item)
        if part.value != MERGED and part.count is not None
    ]


def _worst_segment(unit: Unit, finding: Row[Any]) -> WorstSegment | None:
    if finding.worst_by is None:
        return None
    parts = groups(campaigns.measures(unit.db, finding.campaign_id, finding.item), finding.item)
    worst = next((p for p in parts if (p.by, p.value) == (finding.worst_by, finding.worst_value)), None)
    if worst is None or worst.count is None:
        return None
    share = shown(Fraction(worst.count, worst.n), banded(parts))
    lower = share.exact if share.exact is not None else share.band[0] if share.band else Fraction(0)
    return WorstSegment(by=worst.by, value=worst.value, share=float(lower), n=worst.n)
