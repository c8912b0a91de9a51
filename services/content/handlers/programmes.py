"""Commands on programmes: create, change the draft, publish, import."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.content.domain.changes import NO_DIFFERENCE, Asked, apply, revert
from services.content.domain.programmes import (
    CODE_FIXED,
    CODE_TAKEN,
    NO_DRAFT,
    Definition,
    differences,
    flaws,
    merged,
)
from services.content.store import programmes as store
from services.content.store.programmes import Decided, Version
from services.content.tools import programme_id_of
from shared.errors import NOT_FOUND, DomainError
from shared.events.content import AppliedChange, VersionPublished
from shared.events.surveys import Change
from shared.ids import id_of
from shared.outbox import emit
from shared.unit import Unit

Make = Callable[[Definition | None], Definition]
"""Makes a definition knowing the current one, whose module ids it keeps."""


@dataclass(frozen=True)
class Imported:
    """What importing one definition did: `new`, `changed` or `same`, and the parts that differ."""

    state: str
    changes: tuple[str, ...] = ()


def create(unit: Unit, make: Make) -> UUID:
    """A new programme with its first draft."""
    definition = make(None)
    programme_id = programme_id_of(definition.code)
    if not store.add_programme(unit.db, programme_id, definition.code, unit.now):
        raise CODE_TAKEN(code=definition.code)
    _must_stand(unit, programme_id, definition)
    store.write_draft(unit.db, programme_id, 1, definition, definition, unit.now)
    return programme_id


def replace_draft(unit: Unit, programme_id: UUID, make: Make) -> None:
    """Make the draft say this, and what decided changes ask on top; there is a draft afterwards in any case."""
    current = _locked(unit, programme_id)
    definition = make(current.body)
    if definition.code != current.body.code:
        raise CODE_FIXED()
    base = definition
    for row in reversed(store.drafted(unit.db, programme_id)):
        base = revert(base, asked_of(unit, row.finding_id, row.change), current.base or current.body)
    _draft(unit, programme_id, base, current)


def publish(unit: Unit, programme_id: UUID) -> int:
    """Publish the draft; from here on the version never changes."""
    current = _locked(unit, programme_id)
    if not current.draft:
        raise NO_DRAFT()
    _must_stand(unit, programme_id, current.body)
    applied = applied_changes(store.drafted(unit.db, programme_id))
    store.publish(unit.db, programme_id, current.version, applied, unit.now)
    emit(unit.db, published_event(unit, programme_id, current.version, current.body, applied))
    return current.version


def import_one(unit: Unit, file: Definition, make: Make, publishing: bool) -> Imported:
    """Bring one definition of a file in and, where asked and anything is new, publish it. Compared with what the file
    said last time, so that a change a finding asked for outlives an import of the old file."""
    programme_id = programme_id_of(file.code)
    if store.add_programme(unit.db, programme_id, file.code, unit.now):
        _must_stand(unit, programme_id, file)
        store.write_draft(unit.db, programme_id, 1, file, file, unit.now)
        done = Imported("new")
    else:
        current = _locked(unit, programme_id)
        before = store.imported(unit.db, programme_id)
        target = merged(current.base or current.body, before, make(current.body))
        changes = differences(current.base or current.body, target)
        if changes:
            _draft(unit, programme_id, target, current)
        done = Imported("changed" if changes or (publishing and current.draft) else "same", changes)
    store.note_import(unit.db, programme_id, file)
    if publishing and done.state != "same":
        publish(unit, programme_id)
    return done


def published_event(
    unit: Unit, programme_id: UUID, version: int, body: Definition, applied: Sequence[AppliedChange]
) -> VersionPublished:
    """What is said of a published version, now or again."""
    ids = store.ids_of_codes(unit.db, body.prerequisites)
    return VersionPublished(
        programme_id=programme_id,
        version=version,
        code=body.code,
        title=body.title,
        goal=body.goal,
        form=body.form,
        mode=body.mode,
        level=body.level,
        jp=body.jp,
        prerequisites=tuple(ids[code] for code in body.prerequisites),
        modules=body.modules,
        rule=body.rule,
        changes=tuple(applied),
    )


def applied_changes(rows: Iterable[Decided]) -> tuple[AppliedChange, ...]:
    """Drafted changes as the version that holds them names them."""
    return tuple(
        AppliedChange(finding_id=row.finding_id, kind=row.change.kind, before=row.before, after=row.after)
        for row in rows
    )


def asked_of(unit: Unit, finding_id: UUID, change: Change) -> Asked:
    """A change with what the store knows of it."""
    code = None
    if change.prerequisite_id is not None:
        code = store.programme_codes(unit.db, [change.prerequisite_id]).get(change.prerequisite_id)
    return Asked(change=change, module_id=id_of("module", finding_id), prerequisite=code)


def fold(unit: Unit, base: Definition, rows: Iterable[Decided]) -> Definition:
    """A base with drafted changes applied in their order; their words are kept anew."""
    body = base
    for row in rows:
        try:
            applied = apply(body, asked_of(unit, row.finding_id, row.change))
        except DomainError as no:
            if no.problem is not NO_DIFFERENCE:
                raise
            continue  # The base already is as decided: the change holds, and so do its words.
        body = applied.definition
        if (applied.before, applied.after) != (row.before, row.after):
            store.reword(unit.db, row, applied.before, applied.after)
    return body


def _draft(unit: Unit, programme_id: UUID, base: Definition, current: Version) -> None:
    body = fold(unit, base, store.drafted(unit.db, programme_id))
    _must_stand(unit, programme_id, body)
    version = current.version if current.draft else current.version + 1
    store.write_draft(unit.db, programme_id, version, base, body, unit.now)


def _must_stand(unit: Unit, programme_id: UUID, definition: Definition) -> None:
    store.lock_prerequisites(unit.db)
    for no in flaws(definition, store.prerequisite_graph(unit.db, programme_id)):
        raise no


def _locked(unit: Unit, programme_id: UUID) -> Version:
    """The newest version of a programme, its draft where it has one; the programme is locked."""
    if not store.lock_programme(unit.db, programme_id):
        raise NOT_FOUND()
    current = store.draft(unit.db, programme_id) or store.last_published(unit.db, programme_id)
    if current is None:
        raise NOT_FOUND()
    return current
