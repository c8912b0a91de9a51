"""A decided change is drafted into the next version, or refused with a reason."""

from uuid import UUID

from services.content.domain.changes import apply
from services.content.domain.programmes import Definition, flaws
from services.content.handlers.programmes import asked_of, fold, published_event
from services.content.store import programmes as store
from services.content.store.programmes import Decided, Version
from shared.errors import DomainError, NotYet
from shared.events.content import ChangeDrafted, ChangeRefused
from shared.events.surveys import CONTENT_CHANGES, ChangeDecided
from shared.outbox import emit
from shared.unit import Unit


def on_change_decided(unit: Unit, event: ChangeDecided) -> None:
    """Draft the change, or refuse it. A repeat is answered again; a revised decision takes the earlier one out of the
    draft while that is unpublished; a change of a run is enrolment's matter, but it too takes an earlier one out."""
    if not store.lock_programme(unit.db, event.programme_id):
        if event.change.kind in CONTENT_CHANGES:
            raise NotYet(f"programme {event.programme_id}")
        return
    known = store.decided(unit.db, event.finding_id)
    if known and known[0].rev >= event.rev:
        if known[0].rev == event.rev:
            say_change(unit, known[0])
        return
    if event.change.kind not in CONTENT_CHANGES:
        _withdraw(unit, event)
        return
    draft = store.draft(unit.db, event.programme_id)
    published = store.last_published(unit.db, event.programme_id)
    current = draft or published
    if current is None:
        raise NotYet(f"programme {event.programme_id}")
    store.supersede(unit.db, event.finding_id, event.rev)
    base = current.base or current.body
    try:
        row, body = _drafted(unit, event, base, current)
    except DomainError as no:
        row = _row(unit, event, store.REFUSED, code=no.code)
        if draft is not None:
            _rebuild(unit, draft, published)
    else:
        store.write_draft(unit.db, event.programme_id, row.version or 1, base, body, unit.now)
    store.add_change(unit.db, row)
    say_change(unit, row)


def say_change(unit: Unit, row: Decided) -> None:
    """Say how a decided change went, now or again."""
    if row.outcome == store.REFUSED:
        emit(unit.db, ChangeRefused(programme_id=row.programme_id, finding_id=row.finding_id, code=row.code))
    elif row.version is not None and row.outcome in (store.DRAFTED, store.PUBLISHED):
        emit(
            unit.db,
            ChangeDrafted(programme_id=row.programme_id, finding_id=row.finding_id, version=row.version),
        )
        if row.outcome == store.PUBLISHED:
            _say_version(unit, row.programme_id, row.version)


def _say_version(unit: Unit, programme_id: UUID, number: int) -> None:
    version = store.one_version(unit.db, programme_id, number)
    if version is not None and not version.draft:
        emit(unit.db, published_event(unit, programme_id, number, version.body, version.applied))


def _drafted(unit: Unit, event: ChangeDecided, base: Definition, current: Version) -> tuple[Decided, Definition]:
    before = fold(unit, base, store.drafted(unit.db, event.programme_id))
    applied = apply(before, asked_of(unit, event.finding_id, event.change))
    if event.change.kind == "prerequisite":
        store.lock_prerequisites(unit.db)
        for no in flaws(applied.definition, store.prerequisite_graph(unit.db, event.programme_id)):
            raise no
    version = current.version if current.draft else current.version + 1
    row = _row(unit, event, store.DRAFTED, version=version, before=applied.before, after=applied.after)
    return row, applied.definition


def _withdraw(unit: Unit, event: ChangeDecided) -> None:
    """The decision is one that content doesn't carry out: what an earlier one had drafted goes out of the draft again,
    and the row keeps an earlier one that comes later from being drafted."""
    store.supersede(unit.db, event.finding_id, event.rev)
    store.add_change(unit.db, _row(unit, event, store.SUPERSEDED))
    draft = store.draft(unit.db, event.programme_id)
    if draft is not None:
        _rebuild(unit, draft, store.last_published(unit.db, event.programme_id))


def _rebuild(unit: Unit, draft: Version, published: Version | None) -> None:
    """Make the draft again from its base and the changes that still stand; one that says nothing new is forgotten."""
    left = store.drafted(unit.db, draft.programme_id)
    base = draft.base or draft.body
    if not left and published is not None and base == published.body:
        store.drop_draft(unit.db, draft.programme_id)
    else:
        body = fold(unit, base, left)
        store.write_draft(unit.db, draft.programme_id, draft.version, base, body, unit.now)


def _row(
    unit: Unit,
    event: ChangeDecided,
    outcome: str,
    *,
    version: int | None = None,
    code: str = "",
    before: str = "",
    after: str = "",
) -> Decided:
    return Decided(
        finding_id=event.finding_id,
        rev=event.rev,
        programme_id=event.programme_id,
        change=event.change,
        outcome=outcome,
        version=version,
        code=code,
        before=before,
        after=after,
        at=unit.now,
    )
