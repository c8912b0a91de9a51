"""From a finding to a change that is in effect, and telling those who said it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.surveys.domain import findings as rules
from services.surveys.domain import words
from services.surveys.domain.instrument import Texts
from services.surveys.domain.results import shown
from services.surveys.handlers.measuring import item_of, measure_changes
from services.surveys.handlers.scope import reader
from services.surveys.handlers.settings import settings
from services.surveys.store import batches, campaigns
from services.surveys.store import findings as store
from shared.auth import EVALUATOR
from shared.errors import NOT_FOUND
from shared.events.content import ChangeDrafted, VersionPublished
from shared.events.content import ChangeRefused as RefusedByContent
from shared.events.enrolment import Batch, ChangeApplied
from shared.events.enrolment import ChangeRefused as RefusedByEnrolment
from shared.events.surveys import AnswerPublished, Change, ChangeDecided
from shared.outbox import emit
from shared.unit import Unit


def decide(unit: Unit, finding_id: UUID, owner_id: UUID, due: date, change: Mapping[str, Any]) -> None:
    """Give a finding an owner, a due date and a concrete change; before it is in effect it can be revised."""
    if store.view(unit.db, finding_id, reader(unit.by, EVALUATOR)) is None:
        raise NOT_FOUND()
    finding = store.locked(unit.db, finding_id)
    if finding is None:
        raise NOT_FOUND()
    rules.may_decide(finding.state, due, unit.now.astimezone(settings().zone).date())
    made = rules.change(change)
    store.change(
        unit.db,
        finding_id,
        rev=finding.rev + 1,
        owner_id=owner_id,
        due=due,
        change=_kept(made),
        state=rules.DECIDED,
        decided_at=unit.now,
        since=unit.now,
        drafted_at=None,
        drafted_version=None,
        refused_at=None,
        refused_code=None,
    )
    decided = store.locked(unit.db, finding_id)
    if decided is not None:
        emit(unit.db, change_decided(decided))


def change_decided(finding: Row[Any]) -> ChangeDecided:
    """What is said of a decision."""
    return ChangeDecided(
        finding_id=finding.finding_id,
        rev=finding.rev,
        programme_id=finding.programme_id,
        version=finding.version,
        owner_id=finding.owner_id,
        due=finding.due,
        change=change_of(finding),
    )


def change_of(finding: Row[Any]) -> Change:
    """The decided change as it was kept."""
    kept = dict(finding.change)
    for name in ("prerequisite_id", "trainer_id"):
        if kept.get(name):
            kept[name] = UUID(kept[name])
    return Change(**kept)


def answer_published(unit: Unit, finding: Row[Any]) -> AnswerPublished:
    """What is told to everyone who was asked in the run that raised the finding."""
    asked = campaigns.invited(unit.db, finding.campaign_id)
    return AnswerPublished(
        finding_id=finding.finding_id,
        batch_id=finding.batch_id,
        said=finding.said["id"],
        did=finding.did["id"],
        people=tuple(row.person_id for row in asked),
    )


def said(unit: Unit, finding: Row[Any]) -> Texts:
    """The finding as a sentence."""
    item = item_of(unit.db, finding)
    title = item.title if item is not None else {"id": finding.item, "en": finding.item}
    share = shown(Fraction(finding.counted, finding.n), finding.counted == finding.n)
    return words.said(finding.kind, title, item.said if item is not None else None, share, finding.n)


def on_version_published(unit: Unit, event: VersionPublished) -> None:
    """Remember the programme's name; the changes this version holds are in effect from it on."""
    batches.keep_version(unit.db, event.programme_id, event.version, event.code, event.title)
    # A finding that is not known here was not raised here: every one that was is known before anybody can carry it.
    for finding in store.locked_many(unit.db, [change.finding_id for change in event.changes]):
        if finding.rev and rules.carried_by_version(finding.change["kind"]):
            _take_effect(unit, finding, version=event.version)
    measure_changes(unit, event.programme_id)


def take_effect_in_batch(unit: Unit, batch: Batch) -> None:
    """The changes a batch carries out are in effect with it."""
    for finding in store.locked_many(unit.db, batch.applied):
        if finding.rev and not rules.carried_by_version(finding.change["kind"]):
            _take_effect(unit, finding, batch=batch)


def on_change_drafted(unit: Unit, event: ChangeDrafted) -> None:
    """Content made the change part of its next version."""
    for finding in store.locked_many(unit.db, [event.finding_id]):
        _move(unit, finding, rules.DRAFTED, drafted_at=unit.now, drafted_version=event.version)


def on_change_refused(unit: Unit, event: RefusedByContent | RefusedByEnrolment) -> None:
    """The change can't be made as decided; it waits for another decision."""
    for finding in store.locked_many(unit.db, [event.finding_id]):
        _move(unit, finding, rules.REFUSED, refused_at=unit.now, refused_code=event.code)


def on_change_applied(unit: Unit, event: ChangeApplied) -> None:
    """A batch carries the change out; it is in effect once the batch itself names it."""
    for finding in store.locked_many(unit.db, [event.finding_id]):
        _move(unit, finding, rules.APPLIED)


def _move(unit: Unit, finding: Row[Any], to: str, **moments: Any) -> None:
    if finding.rev and rules.moves_on(finding.state, to):
        store.change(unit.db, finding.finding_id, state=to, since=unit.now, **moments)


def _take_effect(unit: Unit, finding: Row[Any], version: int | None = None, batch: Batch | None = None) -> None:
    if finding.state in (rules.EFFECTIVE, rules.MEASURED):
        return
    did = words.did(change_of(finding), version, batch.name if batch is not None else None)
    store.change(
        unit.db,
        finding.finding_id,
        state=rules.EFFECTIVE,
        since=unit.now,
        effective_at=unit.now,
        effective_version=version,
        effective_batch=batch.batch_id if batch is not None else None,
        said=dict(said(unit, finding)),
        did=dict(did),
    )
    told = store.locked(unit.db, finding.finding_id)
    if told is not None:
        emit(unit.db, answer_published(unit, told))


def _kept(change: Change) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in asdict(change).items()}
