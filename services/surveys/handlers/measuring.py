"""Measuring what a change did: the same question on the first run that carries it."""

from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from services.surveys.domain.findings import MEASURED
from services.surveys.domain.instrument import Item
from services.surveys.domain.results import possible_counts, told_count
from services.surveys.handlers.instruments import items_of
from services.surveys.store import campaigns
from services.surveys.store import findings as store
from services.surveys.tools import Interval, judge, newcombe
from shared.events.surveys import EffectMeasured, Share
from shared.outbox import emit
from shared.unit import Unit

_MOST_AT_ONCE = 50


def sweep_effects(unit: Unit) -> int:
    """Measure what was missed because a campaign closed at the very moment in which a change came into effect."""
    programmes = store.programmes_unmeasured(unit.db, _MOST_AT_ONCE)
    return sum(measure_changes(unit, programme_id) for programme_id in programmes)


def measure_changes(unit: Unit, programme_id: UUID) -> int:
    """Measure every change of a programme that is in effect, has not been measured, and has been run by now; answers
    how many were."""
    measured = 0
    for finding in store.unmeasured(unit.db, programme_id):
        asked = item_of(unit.db, finding)
        for run in store.runs_after(unit.db, finding):
            if run.counted is None or not _comparable(asked, _item(unit.db, run.instrument_id, run.item)):
                continue
            _measure(unit, finding, run)
            measured += 1
            break
    return measured


def effect_measured(finding: Row[Any], effect: Row[Any]) -> EffectMeasured:
    """What is said of an effect. Where a run was unanimous its count is the nearest one beyond 80 or 20 %, there is no
    difference, and the interval spans what it could be."""
    hidden = finding.counted in (0, finding.n) or effect.counted in (0, effect.n)
    interval = shown_difference((finding.counted, finding.n), (effect.counted, effect.n))
    difference = Fraction(effect.counted, effect.n) - Fraction(finding.counted, finding.n)
    return EffectMeasured(
        finding_id=finding.finding_id,
        programme_id=finding.programme_id,
        kind=finding.kind,
        before=Share(version=finding.version, count=told_count(finding.counted, finding.n), n=finding.n),
        after=Share(version=effect.version, count=told_count(effect.counted, effect.n), n=effect.n),
        difference=None if hidden else float(difference),
        low=interval.low,
        high=interval.high,
        state=effect.state,
    )


def shown_difference(before: tuple[int, int], after: tuple[int, int]) -> Interval:
    """Newcombe's interval over every pair of counts that a reader could take these for."""
    before_least, before_most = possible_counts(*before)
    after_least, after_most = possible_counts(*after)
    return Interval(
        newcombe((before_most, before[1]), (after_least, after[1])).low,
        newcombe((before_least, before[1]), (after_most, after[1])).high,
    )


def _measure(unit: Unit, finding: Row[Any], run: Row[Any]) -> None:
    judged = judge((finding.counted, finding.n), (run.counted, run.n), Fraction(finding.threshold))
    store.add_effect(
        unit.db,
        {
            "finding_id": finding.finding_id,
            "campaign_id": run.campaign_id,
            "batch_id": run.batch_id,
            "version": run.version,
            "item": run.item,
            "counted": run.counted,
            "n": run.n,
            "low": judged.interval.low,
            "high": judged.interval.high,
            "state": judged.state,
            "p_improved": judged.p_improved,
            "p_worse": judged.p_worse,
            "at": unit.now,
        },
    )
    store.change(unit.db, finding.finding_id, state=MEASURED)
    effect = store.effect(unit.db, finding.finding_id)
    if effect is not None:
        emit(unit.db, effect_measured(finding, effect))


def item_of(db: Connection, finding: Row[Any]) -> Item | None:
    """The question that raised a finding, as it was asked then."""
    campaign = campaigns.one(db, finding.campaign_id)
    return _item(db, campaign.instrument_id, finding.item) if campaign is not None else None


def _item(db: Connection, instrument_id: Any, name: str) -> Item | None:
    if instrument_id is None:
        return None
    return next((item for item in items_of(db, instrument_id) if item.name == name), None)


def _comparable(before: Item | None, after: Item | None) -> bool:
    """The same question in what matters: kind, scale and the answers that count. Another wording is another question
    only where these differ; a person decides about words."""
    if before is None or after is None:
        return False
    scales = [(item.scale.least, item.scale.most, item.scale.step) if item.scale else None for item in (before, after)]
    same_answers = set(before.counts) == set(after.counts) and set(before.choices) == set(after.choices)
    return before.kind == after.kind and before.type == after.type and scales[0] == scales[1] and same_answers
