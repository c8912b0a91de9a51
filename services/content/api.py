"""The HTTP door of content."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from services.content.domain.programmes import Definition
from services.content.handlers import learning, programmes
from services.content.schemas import (
    DefinitionIn,
    Done,
    Empty,
    MineOut,
    MineRow,
    ProgrammeOut,
    ProgrammesOut,
    ProgrammesQuery,
    ProgressOut,
    Published,
    VersionOut,
)
from services.content.store import learning as learning_store
from services.content.store import programmes as programme_store
from services.content.tools import definition_of
from shared.auth import AUDITOR, EVALUATOR, TRAINER, TRAINING_OFFICE
from shared.errors import NOT_FOUND
from shared.unit import Unit
from shared.web import Door
from shared.web.door import ANYONE_SIGNED_IN
from shared.web.schemas import Page

PLANNERS = (TRAINING_OFFICE, EVALUATOR, AUDITOR)
"""Who sees what is not published yet."""
WATCHERS = (TRAINING_OFFICE, EVALUATOR, TRAINER, AUDITOR)

programmes_door = Door("programmes", "Programmes, their versions and the draft")
learning_door = Door("learning", "What a person may learn, and how far they are")


@programmes_door.command(
    "POST", "/v1/programmes", roles=(TRAINING_OFFICE,), body=DefinitionIn, answer=ProgrammeOut, status=201
)
def create_programme(unit: Unit, body: dict[str, Any]) -> dict[str, Any]:
    """A new programme with its first draft."""
    return _programme(unit, programmes.create(unit, lambda current: definition_of(body, current)))


@programmes_door.query("/v1/programmes", roles=ANYONE_SIGNED_IN, filters=ProgrammesQuery, answer=ProgrammesOut)
def list_programmes(unit: Unit, filters: dict[str, Any]) -> dict[str, Any]:
    """Programmes by the newest published version; those never published only for who plans."""
    limit = filters["limit"]
    rows = programme_store.listed(unit.db, filters["search"], filters["after"], limit, _plans(unit))
    items = [{**row.body, "programme_id": row.programme_id, "version": row.version, "draft": row.draft} for row in rows]
    return {"items": items, "next": items[-1]["programme_id"] if len(items) == limit else None}


@programmes_door.query("/v1/programmes/<uuid:programme_id>", roles=ANYONE_SIGNED_IN, answer=ProgrammeOut)
def show_programme(unit: Unit, programme_id: UUID) -> dict[str, Any]:
    """A programme with its versions; the draft and the decided changes only for who plans."""
    return _programme(unit, programme_id)


@programmes_door.query(
    "/v1/programmes/<uuid:programme_id>/versions/<int:number>", roles=ANYONE_SIGNED_IN, answer=VersionOut
)
def show_version(unit: Unit, programme_id: UUID, number: int) -> Any:
    """One version."""
    # A number beyond the column's type would be an error of the database instead of a thing that isn't there.
    version = programme_store.one_version(unit.db, programme_id, number) if number < 2**31 else None
    if version is None or (version.draft and not _plans(unit)):
        raise NOT_FOUND()
    return _with_changes(unit, version) if version.draft else version


@programmes_door.command(
    "PUT",
    "/v1/programmes/<uuid:programme_id>/draft",
    roles=(TRAINING_OFFICE,),
    body=DefinitionIn,
    answer=ProgrammeOut,
)
def change_draft(unit: Unit, body: dict[str, Any], programme_id: UUID) -> dict[str, Any]:
    """Make the draft say this; changes that findings asked for stay in it."""

    def make(current: Definition | None) -> Definition:
        return definition_of(body, current)

    programmes.replace_draft(unit, programme_id, make)
    return _programme(unit, programme_id)


@programmes_door.command(
    "POST",
    "/v1/programmes/<uuid:programme_id>/publication",
    roles=(TRAINING_OFFICE,),
    body=Empty,
    answer=Published,
)
def publish(unit: Unit, body: dict[str, Any], programme_id: UUID) -> dict[str, Any]:
    """Publish the draft; the version never changes afterwards."""
    return {"programme_id": programme_id, "version": programmes.publish(unit, programme_id)}


@learning_door.query("/v1/mine", roles=ANYONE_SIGNED_IN, answer=MineOut)
def mine(unit: Unit) -> dict[str, Any]:
    """The programmes the signed-in person may learn, with modules and progress."""
    if unit.by.person_id is None:
        return {"items": [], "next": None}
    rows = learning_store.live_of_person(unit.db, unit.by.person_id)
    names = {row.seat_id: row.batch_name for row in rows}
    accesses = [learning_store.access_of_row(row) for row in rows]
    return {"items": learning.progress_view(unit, accesses, names), "next": None}


@learning_door.command(
    "POST",
    "/v1/batches/<uuid:batch_id>/modules/<uuid:module_id>/opening",
    roles=ANYONE_SIGNED_IN,
    body=Empty,
    answer=MineRow,
)
def open_module(unit: Unit, body: dict[str, Any], batch_id: UUID, module_id: UUID) -> dict[str, Any]:
    """Open a module of a programme that one has access to."""
    return learning.open_module(unit, batch_id, module_id)


@learning_door.command(
    "POST",
    "/v1/batches/<uuid:batch_id>/modules/<uuid:module_id>/completion",
    roles=ANYONE_SIGNED_IN,
    body=Done,
    answer=MineRow,
)
def complete_module(unit: Unit, body: dict[str, Any], batch_id: UUID, module_id: UUID) -> dict[str, Any]:
    """Complete a module of a programme that one has access to."""
    return learning.complete_module(unit, batch_id, module_id, body["score"], body["seconds"])


@learning_door.query("/v1/batches/<uuid:batch_id>/progress", roles=WATCHERS, filters=Page, answer=ProgressOut)
def batch_progress(unit: Unit, filters: dict[str, Any], batch_id: UUID) -> dict[str, Any]:
    """How far the seats of a batch are, those of the agencies that one's role covers."""
    covered = [unit.by.agencies(role) for role in WATCHERS]
    agencies = None if None in covered else frozenset().union(*(one for one in covered if one))
    limit = filters["limit"]
    accesses = learning_store.live_of_batch(unit.db, batch_id, agencies, filters["after"], limit)
    rows = learning.progress_view(unit, accesses, {})
    return {
        "batch_name": learning_store.batch_name(unit.db, batch_id),
        "items": [{**row, "of": len(row["modules"])} for row in rows],
        "next": accesses[-1].seat_id if len(accesses) == limit else None,
    }


def _plans(unit: Unit) -> bool:
    return any(unit.by.has(role) for role in PLANNERS)


def _with_changes(unit: Unit, draft: programme_store.Version) -> programme_store.Version:
    rows = programme_store.drafted(unit.db, draft.programme_id)
    return replace(draft, applied=programmes.applied_changes(rows))


def _programme(unit: Unit, programme_id: UUID) -> dict[str, Any]:
    versions = programme_store.versions(unit.db, programme_id)
    plans = _plans(unit)
    published = [one for one in versions if not one.draft]
    draft = next((one for one in versions if one.draft), None) if plans else None
    newest = published[0] if published else draft
    if newest is None:
        raise NOT_FOUND()
    return {
        "programme_id": programme_id,
        "code": newest.body.code,
        "title": newest.body.title,
        "versions": published,
        "draft": _with_changes(unit, draft) if draft else None,
        "changes": programme_store.changes_of(unit.db, programme_id) if plans else [],
    }


DOORS = (programmes_door, learning_door)
