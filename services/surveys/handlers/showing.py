"""What people are shown of campaigns, findings and effects: never more than anonymity allows."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row

from services.surveys.domain import findings as rules
from services.surveys.domain import instrument, words
from services.surveys.domain.anonymity import MERGED
from services.surveys.domain.instrument import Item, Texts
from services.surveys.domain.results import ALL, Shown, Tally, comments, shown, unanimous
from services.surveys.handlers.changes import said
from services.surveys.handlers.findings import banded, groups, shown_interval
from services.surveys.handlers.inspection import campaign_story, finding_story
from services.surveys.handlers.instruments import items_of
from services.surveys.handlers.measuring import shown_difference
from services.surveys.handlers.settings import settings
from services.surveys.store import answers, batches, campaigns
from services.surveys.store import findings as store
from services.surveys.tools import wilson
from shared.unit import Unit

_OTHERS = {"id": "lainnya", "en": "others"}


def campaign(unit: Unit, row: Row[Any], whole: bool = True) -> dict[str, Any]:
    """A campaign; `whole` adds its measures and its story, which a list leaves out."""
    if row.state == campaigns.CLOSED:
        invited, answered = row.invited, row.answered
    else:
        invited, answered = campaigns.counts(unit.db, [row.campaign_id]).get(row.campaign_id, (0, 0))
    view = {
        **_of(row, "campaign_id", "batch_id", "batch_name", "programme_id", "version", "state", "outcome"),
        **_of(row, "opened_at", "closes_at", "closed_at"),
        "programme_title": _title(unit.db, row),
        "instrument": {"code": row.instrument_code, "revision": row.instrument_revision} if row.instrument_id else None,
        "invited": invited,
        "answered": answered,
        "index": _index(row),
    }
    if whole:
        view["measures"] = _measures(unit.db, row)
        view["findings"] = [found.finding_id for found in store.of_campaign(unit.db, row.campaign_id)]
        view["timeline"] = list(campaign_story(row))
    return view


def written(unit: Unit, row: Row[Any]) -> list[dict[str, Any]]:
    """The comments of a closed campaign, item by item."""
    if row.state != campaigns.CLOSED or row.instrument_id is None:
        return []
    items = items_of(unit.db, row.instrument_id)
    found = comments(items, answers.released(unit.db, row.campaign_id), settings().k)
    return [
        {"item": item.name, "title": item.title, "n": len(found[item.name]), "texts": found[item.name]}
        for item in items
        if item.name in found
    ]


def finding(unit: Unit, row: Row[Any], whole: bool = True) -> dict[str, Any]:
    """A finding with its decision and effect; `whole` adds its story."""
    share = shown(Fraction(row.counted, row.n), row.counted == row.n)
    interval = shown_interval(row.counted, row.n)
    effect_row = store.effect(unit.db, row.finding_id)
    parts = groups(campaigns.measures(unit.db, row.campaign_id, row.item), row.item)
    view = {
        **_of(row, "finding_id", "campaign_id", "batch_id", "batch_name", "programme_id", "version"),
        **_of(row, "item", "kind", "state", "n", "raised_at"),
        "programme_title": _title(unit.db, row),
        "sentence": said(unit, row),
        **_share(share),
        "low": interval.low,
        "high": interval.high,
        "threshold": float(Fraction(row.threshold)),
        "worst_segment": _worst(unit.db, row, parts),
        "decision": _decision(row) if row.rev else None,
        "effect": effect(unit, row, effect_row) if effect_row is not None else None,
    }
    if whole:
        view["timeline"] = finding_story(unit, row)
    return view


def effect(unit: Unit, found: Row[Any], row: Row[Any]) -> dict[str, Any]:
    """Before and after of one change, on all and (as far as both runs can show it) on the group that was worst."""
    hidden = unanimous(Fraction(found.counted, found.n)) or unanimous(Fraction(row.counted, row.n))
    interval = shown_difference((found.counted, found.n), (row.counted, row.n))
    difference = Fraction(row.counted, row.n) - Fraction(found.counted, found.n)
    return {
        "finding_id": found.finding_id,
        "programme_id": found.programme_id,
        "programme_title": _title(unit.db, found),
        "kind": found.kind,
        "change": _change(found),
        **_of(row, "campaign_id", "batch_id", "state", "at"),
        "before": _run(found.version, found.counted, found.n),
        "after": _run(row.version, row.counted, row.n),
        "difference": None if hidden else float(difference),
        "low": interval.low,
        "high": interval.high,
        "segment": _segment_effect(unit.db, found, row),
    }


def instrument_view(row: Row[Any], whole: bool = True) -> dict[str, Any]:
    """An instrument; `whole` adds the form itself."""
    view = {**_of(row, "instrument_id", "code", "revision", "programme_code", "title", "at")}
    view["items"] = [
        {"name": item.name, "type": item.type, "title": item.title, "kind": item.kind, "required": item.required}
        for item in instrument.read(row.definition, settings().thresholds)
    ]
    if whole:
        view["definition"] = row.definition
    return view


def _measures(db: Connection, row: Row[Any]) -> list[dict[str, Any]]:
    if row.state != campaigns.CLOSED or row.instrument_id is None:
        return []
    items = {item.name: item for item in items_of(db, row.instrument_id)}
    tallies = campaigns.measures(db, row.campaign_id)
    whole = {tally.item: tally for tally in tallies if tally.by == ALL}
    names = _agency_names(db, tallies)
    return [_measure(item, whole[name], groups(tallies, name), names) for name, item in items.items() if name in whole]


def _measure(item: Item, whole: Tally, parts: Sequence[Tally], names: Mapping[str, str]) -> dict[str, Any]:
    in_bands = banded(parts)
    return {
        "item": item.name,
        "kind": item.kind,
        "title": item.title,
        "threshold": float(item.threshold) if item.threshold is not None else None,
        **_figures(whole, False),
        "groups": [
            {"by": part.by, "value": part.value, "name": _name(part, names), **_figures(part, in_bands)}
            for part in parts
        ],
    }


def _figures(tally: Tally, in_bands: bool) -> dict[str, Any]:
    """n, share with interval, mean: the figure itself, or "> 80 %" where it would tell what each single person said."""
    figures: dict[str, Any] = {"n": tally.n, "share": None, "low": None, "high": None, "shown": None, "mean": None}
    if tally.count is not None:
        share = Fraction(tally.count, tally.n)
        figures |= _share(shown(share, in_bands or unanimous(share)))
        if figures["share"] is not None:
            interval = wilson(tally.count, tally.n)
            figures |= {"low": interval.low, "high": interval.high}
    if tally.mean is not None and not in_bands and not unanimous(tally.mean / 100):
        figures["mean"] = float(tally.mean)
    return figures


def _share(share: Shown) -> dict[str, Any]:
    return {"share": float(share.exact) if share.exact is not None else None, "shown": words.figure(share)}


def _run(version: int, count: int, n: int) -> dict[str, Any]:
    share = Fraction(count, n)
    interval = shown_interval(count, n)
    return {
        "version": version,
        "n": n,
        "count": None if unanimous(share) else count,
        **_share(shown(share, unanimous(share))),
        "low": interval.low,
        "high": interval.high,
    }


def _worst(db: Connection, row: Row[Any], parts: Sequence[Tally]) -> dict[str, Any] | None:
    worst = next((part for part in parts if (part.by, part.value) == (row.worst_by, row.worst_value)), None)
    if worst is None or worst.count is None:
        return None
    return {
        "by": worst.by,
        "value": worst.value,
        "name": _name(worst, _agency_names(db, [worst])),
        "n": worst.n,
        **_share(shown(Fraction(worst.count, worst.n), banded(parts))),
    }


def _segment_effect(db: Connection, found: Row[Any], row: Row[Any]) -> dict[str, Any] | None:
    """The worst group before and after, without a verdict: it was picked because it was worst, which no interval of it
    takes into account. None where a run can't show it."""
    if found.worst_by is None:
        return None
    runs = []
    for campaign_id, item, version in (
        (found.campaign_id, found.item, found.version),
        (row.campaign_id, row.item, row.version),
    ):
        parts = groups(campaigns.measures(db, campaign_id, item), item)
        part = next((p for p in parts if (p.by, p.value) == (found.worst_by, found.worst_value)), None)
        if part is None or part.count is None:
            return None
        runs.append((part, banded(parts), version))
    exact = not any(in_bands for _, in_bands, _ in runs)
    (before, _, _), (after, _, _) = runs
    interval = shown_difference((before.count or 0, before.n), (after.count or 0, after.n)) if exact else None
    return {
        "by": before.by,
        "value": before.value,
        "name": _name(before, _agency_names(db, [before])),
        "before": {"version": runs[0][2], **_figures(before, runs[0][1])},
        "after": {"version": runs[1][2], **_figures(after, runs[1][1])},
        "low": interval.low if interval is not None else None,
        "high": interval.high if interval is not None else None,
    }


def _decision(row: Row[Any]) -> dict[str, Any]:
    return {
        **_of(row, "rev", "owner_id", "due", "decided_at", "since", "drafted_version", "refused_code", "said", "did"),
        "change": _change(row),
        "state": rules.decision_state(row.state),
        "in_effect_at": row.effective_at,
        "in_effect_version": row.effective_version,
        "in_effect_batch_id": row.effective_batch,
    }


def _change(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row.change.items() if value is not None}


def _index(row: Row[Any]) -> dict[str, Any] | None:
    if row.index_value is None:
        return None
    return {"value": str(row.index_value), "grade": row.index_grade, "elements": row.index_elements}


def _title(db: Connection, row: Row[Any]) -> str | None:
    programme = batches.programme(db, row.programme_id, row.version)
    return programme.title if programme is not None else None


def _agency_names(db: Connection, tallies: Sequence[Tally]) -> dict[str, str]:
    ids = {t.value.split("/")[0] for t in tallies if t.by in ("agency", "unit") and t.value != MERGED}
    return batches.agency_names(db, sorted(ids))


def _name(tally: Tally, names: Mapping[str, str]) -> Texts:
    if tally.value == MERGED:
        return _OTHERS
    if tally.by == "grade_band":
        bands = tally.value.replace("+", ", ")
        return {"id": f"golongan {bands}", "en": f"grade {bands}"}
    agency, _, unit = tally.value.partition("/")
    name = f"{unit}, {names.get(agency, agency)}" if unit else names.get(agency, agency)
    return {"id": name, "en": name}


def _of(row: Row[Any], *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}
