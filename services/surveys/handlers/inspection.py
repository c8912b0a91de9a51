"""What the command line asks of this service: facts to audit, the story of a thing, and saying things again."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from babel.dates import format_date
from sqlalchemy import Row

from services.surveys.domain import findings as rules
from services.surveys.handlers.campaigns import results_closed
from services.surveys.handlers.changes import answer_published, change_decided, said
from services.surveys.handlers.findings import finding_raised
from services.surveys.handlers.measuring import effect_measured
from services.surveys.store import batches, campaigns
from services.surveys.store import findings as store
from shared.events.surveys import Invited
from shared.outbox import emit
from shared.unit import Unit

_EFFECT_WORDS = {
    "improved": {"id": "membaik", "en": "improved"},
    "no_effect": {"id": "tidak berubah", "en": "no effect"},
    "worse": {"id": "memburuk", "en": "worse"},
    "too_few": {"id": "belum cukup data", "en": "too few to say"},
}


def audit(unit: Unit) -> Iterator[dict[str, Any]]:
    """Every decision and how far it has come; a decision in effect that told nobody is broken."""
    for row in store.decided(unit.db):
        yield {
            "fact": "decision",
            "finding_id": str(row.finding_id),
            "kind": row.change["kind"],
            "state": rules.decision_state(row.state),
            "since": row.since.isoformat(),
        }
        if rules.decision_state(row.state) == rules.EFFECTIVE and row.did is None:
            yield {"broken": "surveys.effective_without_answer", "finding_id": str(row.finding_id)}
    for campaign_id, used, answers in campaigns.unbalanced(unit.db):
        yield {
            "broken": "surveys.answers_not_participations",
            "campaign_id": str(campaign_id),
            "used": used,
            "answers": answers,
        }


def explain(unit: Unit, thing: UUID) -> Iterator[dict[str, Any]]:
    """What happened to a finding, a campaign or a batch."""
    finding = store.view(unit.db, thing, None)
    if finding is not None:
        yield from finding_story(unit, finding)
        return
    campaign = campaigns.view(unit.db, thing, None)
    if campaign is None:
        of_batch = campaigns.of_batch(unit.db, thing)
        campaign = campaigns.view(unit.db, of_batch.campaign_id, None) if of_batch is not None else None
    if campaign is not None:
        told = [*campaign_story(campaign)]
        for raised in store.of_campaign(unit.db, campaign.campaign_id):
            told += finding_story(unit, raised)
        yield from sorted(told, key=lambda step: step["at"])


def campaign_story(campaign: Row[Any]) -> Iterator[dict[str, Any]]:
    """The campaign in order of time."""
    yield _step(campaign.made_at, "Survei angkatan disiapkan", "The survey of the batch was prepared")
    if campaign.opened_at is not None:
        yield _step(
            campaign.opened_at,
            f"{campaign.invited} peserta diundang mengisi survei",
            f"{campaign.invited} participants were asked",
        )
    if campaign.closed_at is not None and campaign.state == campaigns.CANCELLED:
        yield _step(campaign.closed_at, "Survei dibatalkan bersama angkatan", "Cancelled with the batch")
    elif campaign.closed_at is not None:
        few = campaign.outcome == "too_few"
        yield _step(
            campaign.closed_at,
            f"Survei ditutup dengan {campaign.answered} jawaban{'; terlalu sedikit untuk ditampilkan' if few else ''}",
            f"The survey closed with {campaign.answered} answers{'; too few to show' if few else ''}",
        )


def finding_story(unit: Unit, finding: Row[Any]) -> list[dict[str, Any]]:
    """The finding in order of time."""
    sentence = said(unit, finding)
    steps = [_step(finding.raised_at, f"Temuan: {sentence['id']}", f"Finding: {sentence['en']}")]
    if finding.rev:
        note = finding.change["note"]
        due = {language: format_date(finding.due, "d MMMM y", locale=language) for language in ("id", "en")}
        steps.append(
            _step(
                finding.decided_at,
                f"Diputuskan: {note} (tenggat {due['id']})",
                f"Decided: {note} (due {due['en']})",
            )
        )
    if finding.drafted_at is not None:
        steps.append(
            _step(
                finding.drafted_at,
                f"Perubahan masuk rancangan versi {finding.drafted_version}",
                f"The change is in the draft of version {finding.drafted_version}",
            )
        )
    if finding.refused_at is not None:
        steps.append(
            _step(
                finding.refused_at,
                f"Perubahan tidak dapat dilakukan: {finding.refused_code}",
                f"The change can't be made: {finding.refused_code}",
            )
        )
    if finding.effective_at is not None:
        steps.append(_step(finding.effective_at, finding.did["id"], finding.did["en"]))
    effect = store.effect(unit.db, finding.finding_id)
    if effect is not None:
        word = _EFFECT_WORDS[effect.state]
        steps.append(_step(effect.at, f"Diukur kembali: {word['id']}", f"Measured again: {word['en']}"))
    return sorted(steps, key=lambda step: step["at"])


def say_again(unit: Unit, kind: str, ids: Sequence[UUID]) -> int:
    """Say again what was said of findings or campaigns; answers how many events that were."""
    if kind in ("finding", "findings"):
        return sum(_say_finding(unit, finding) for finding in store.locked_many(unit.db, ids))
    if kind in ("campaign", "campaigns"):
        return sum(_say_campaign(unit, campaign_id) for campaign_id in ids)
    return 0


def _say_finding(unit: Unit, finding: Row[Any]) -> int:
    effect = store.effect(unit.db, finding.finding_id)
    told = [
        finding_raised(unit, finding),
        change_decided(finding) if finding.rev else None,
        answer_published(unit, finding) if finding.did is not None else None,
        effect_measured(finding, effect) if effect is not None else None,
    ]
    said_again = [event for event in told if event is not None]
    for event in said_again:
        emit(unit.db, event)
    return len(said_again)


def _say_campaign(unit: Unit, campaign_id: UUID) -> int:
    campaign = campaigns.one(unit.db, campaign_id)
    batch = batches.batch(unit.db, campaign.batch_id) if campaign is not None else None
    if campaign is None or batch is None or campaign.state not in (campaigns.OPEN, campaigns.CLOSED):
        return 0
    people = tuple(row.person_id for row in campaigns.invited(unit.db, campaign_id))
    emit(unit.db, Invited(campaign_id=campaign_id, batch_id=campaign.batch_id, people=people))
    if campaign.state != campaigns.CLOSED:
        return 1
    emit(unit.db, results_closed(unit, campaign, batch))
    return 2


def _step(at: datetime, indonesian: str, english: str) -> dict[str, Any]:
    return {"at": at.isoformat(), "what": {"id": indonesian, "en": english}}
