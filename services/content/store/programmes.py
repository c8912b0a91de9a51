"""Programmes, versions and decided changes: every query."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from services.content.domain.programmes import Definition
from shared.events.content import AppliedChange
from shared.events.surveys import Change

from .tables import CHANGE, PROGRAMME, VERSION

DRAFTED, PUBLISHED, REFUSED, SUPERSEDED = "drafted", "published", "refused", "superseded"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version row; `base` only of a draft."""

    programme_id: UUID
    version: int
    draft: bool
    body: Definition
    base: Definition | None
    applied: tuple[AppliedChange, ...]
    created_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Decided:
    """One decided change row."""

    finding_id: UUID
    rev: int
    programme_id: UUID
    change: Change
    outcome: str
    version: int | None
    code: str
    before: str
    after: str
    at: datetime


def add_programme(db: Connection, programme_id: UUID, code: str, now: datetime) -> bool:
    """Add a programme; False where its code is taken."""
    made = upsert(PROGRAMME).values(programme_id=programme_id, code=code, created_at=now).on_conflict_do_nothing()
    return db.execute(made.returning(PROGRAMME.c.code)).one_or_none() is not None


def lock_programme(db: Connection, programme_id: UUID) -> bool:
    """Lock a programme; False where there is none."""
    query = select(PROGRAMME.c.code).where(PROGRAMME.c.programme_id == programme_id).with_for_update()
    return db.execute(query).one_or_none() is not None


def lock_prerequisites(db: Connection) -> None:
    """One at a time: two programmes that require each other at the same moment would make a cycle neither sees."""
    db.execute(select(func.pg_advisory_xact_lock(func.hashtext("content.prerequisites"))))


def programme_codes(db: Connection, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The codes of these programmes."""
    query = select(PROGRAMME.c.programme_id, PROGRAMME.c.code).where(PROGRAMME.c.programme_id.in_(list(ids)))
    return {row.programme_id: row.code for row in db.execute(query)}


def ids_of_codes(db: Connection, codes: Iterable[str]) -> dict[str, UUID]:
    """The ids of these codes."""
    query = select(PROGRAMME.c.programme_id, PROGRAMME.c.code).where(PROGRAMME.c.code.in_(list(codes)))
    return {row.code: row.programme_id for row in db.execute(query)}


def imported(db: Connection, programme_id: UUID) -> Definition | None:
    """The definition as a file last gave it."""
    data = db.scalar(select(PROGRAMME.c.imported).where(PROGRAMME.c.programme_id == programme_id))
    return Definition.of(data) if data else None


def note_import(db: Connection, programme_id: UUID, definition: Definition) -> None:
    """Keep the definition as the file gave it."""
    db.execute(update(PROGRAMME).where(PROGRAMME.c.programme_id == programme_id).values(imported=definition.data()))


def prerequisite_graph(db: Connection, without: UUID) -> dict[str, set[str]]:
    """The prerequisites of every programme but one, by code: of its last published version and its draft together."""
    newest = (
        select(VERSION.c.programme_id, VERSION.c.body["code"].astext, VERSION.c.body["prerequisites"])
        .where(VERSION.c.programme_id != without)
        .ext(distinct_on(VERSION.c.programme_id, VERSION.c.draft))
        .order_by(VERSION.c.programme_id, VERSION.c.draft, VERSION.c.version.desc())
    )
    graph: dict[str, set[str]] = {}
    for _, code, required in db.execute(newest):
        graph.setdefault(code, set()).update(required)
    return graph


def draft(db: Connection, programme_id: UUID) -> Version | None:
    """The draft of a programme."""
    row = db.execute(select(VERSION).where(VERSION.c.programme_id == programme_id, VERSION.c.draft)).one_or_none()
    return _version(row) if row else None


def last_published(db: Connection, programme_id: UUID) -> Version | None:
    """The last published version of a programme."""
    query = (
        select(VERSION)
        .where(VERSION.c.programme_id == programme_id, ~VERSION.c.draft)
        .order_by(VERSION.c.version.desc())
        .limit(1)
    )
    row = db.execute(query).one_or_none()
    return _version(row) if row else None


def one_version(db: Connection, programme_id: UUID, version: int) -> Version | None:
    """One version of a programme."""
    query = select(VERSION).where(VERSION.c.programme_id == programme_id, VERSION.c.version == version)
    row = db.execute(query).one_or_none()
    return _version(row) if row else None


def versions(db: Connection, programme_id: UUID) -> list[Version]:
    """The newest 200 versions of a programme, the newest first."""
    query = select(VERSION).where(VERSION.c.programme_id == programme_id).order_by(VERSION.c.version.desc()).limit(200)
    return [_version(row) for row in db.execute(query)]


def bodies(db: Connection, wanted: Iterable[tuple[UUID, int]]) -> dict[tuple[UUID, int], Definition]:
    """The definitions of several published versions."""
    pairs = set(wanted)
    if not pairs:
        return {}
    query = select(VERSION.c.programme_id, VERSION.c.version, VERSION.c.body).where(
        VERSION.c.programme_id.in_({programme for programme, _ in pairs}), ~VERSION.c.draft
    )
    return {
        (row.programme_id, row.version): Definition.of(row.body)
        for row in db.execute(query)
        if (row.programme_id, row.version) in pairs
    }


def write_draft(
    db: Connection, programme_id: UUID, version: int, base: Definition, body: Definition, now: datetime
) -> None:
    """Make or replace the draft."""
    values = {"base": base.data(), "body": body.data()}
    made = upsert(VERSION).values(
        programme_id=programme_id, version=version, draft=True, created_at=now, applied=[], **values
    )
    db.execute(
        made.on_conflict_do_update(
            index_elements=[VERSION.c.programme_id, VERSION.c.version], set_=values, where=VERSION.c.draft
        )
    )


def drop_draft(db: Connection, programme_id: UUID) -> None:
    """Forget the draft."""
    db.execute(delete(VERSION).where(VERSION.c.programme_id == programme_id, VERSION.c.draft))


def publish(db: Connection, programme_id: UUID, version: int, applied: Sequence[AppliedChange], now: datetime) -> None:
    """Make the draft a published version; from here on nothing changes it."""
    data = [{**asdict(one), "finding_id": str(one.finding_id)} for one in applied]
    db.execute(
        update(VERSION)
        .where(VERSION.c.programme_id == programme_id, VERSION.c.version == version, VERSION.c.draft)
        .values(draft=False, base=None, applied=data, published_at=now)
    )
    db.execute(
        update(CHANGE)
        .where(CHANGE.c.programme_id == programme_id, CHANGE.c.version == version, CHANGE.c.outcome == DRAFTED)
        .values(outcome=PUBLISHED)
    )


def listed(
    db: Connection, search: str, after: UUID | None, limit: int, drafts: bool
) -> list[Row[tuple[UUID, dict[str, Any], int, bool]]]:
    """Programmes in the order they came, each with its last published version, or where `drafts` its only draft."""
    newest = (
        select(VERSION.c.programme_id, VERSION.c.body, VERSION.c.version, VERSION.c.draft)
        .ext(distinct_on(VERSION.c.programme_id))
        .order_by(VERSION.c.programme_id, VERSION.c.draft, VERSION.c.version.desc())
    )
    if not drafts:
        newest = newest.where(~VERSION.c.draft)
    one = newest.subquery()
    query = select(one).join(PROGRAMME, PROGRAMME.c.programme_id == one.c.programme_id)
    if search:
        text = func.concat_ws(" ", PROGRAMME.c.code, one.c.body["title"].astext)
        query = query.where(text.icontains(search, autoescape=True))
    if after is not None:
        at = select(PROGRAMME.c.position).where(PROGRAMME.c.programme_id == after).scalar_subquery()
        query = query.where(PROGRAMME.c.position > at)
    return list(db.execute(query.order_by(PROGRAMME.c.position).limit(limit)))


def decided(db: Connection, finding_id: UUID) -> list[Decided]:
    """Every revision of one finding's decision, the newest first."""
    query = select(CHANGE).where(CHANGE.c.finding_id == finding_id).order_by(CHANGE.c.rev.desc())
    return [_decided(row) for row in db.execute(query)]


def drafted(db: Connection, programme_id: UUID) -> list[Decided]:
    """The changes in the draft, in the order they were decided."""
    query = (
        select(CHANGE)
        .where(CHANGE.c.programme_id == programme_id, CHANGE.c.outcome == DRAFTED)
        .order_by(CHANGE.c.position)
    )
    return [_decided(row) for row in db.execute(query)]


def changes_of(db: Connection, programme_id: UUID) -> list[Decided]:
    """The newest 200 decided changes of a programme, the newest first."""
    query = select(CHANGE).where(CHANGE.c.programme_id == programme_id).order_by(CHANGE.c.position.desc()).limit(200)
    return [_decided(row) for row in db.execute(query)]


def every_change(db: Connection) -> Iterable[Row[Any]]:
    """The newest revision of every finding's change, for the audit."""
    query = (
        select(CHANGE.c.finding_id, CHANGE.c.outcome, CHANGE.c.version)
        .ext(distinct_on(CHANGE.c.finding_id))
        .order_by(CHANGE.c.finding_id, CHANGE.c.rev.desc())
    )
    return db.execute(query.execution_options(yield_per=1000))


def add_change(db: Connection, row: Decided) -> None:
    """Keep how a decided change went."""
    values = {name: getattr(row, name) for name in Decided.__dataclass_fields__}
    change = asdict(row.change)
    values["change"] = {name: str(one) if isinstance(one, UUID) else one for name, one in change.items()}
    db.execute(insert(CHANGE).values(**values))


def supersede(db: Connection, finding_id: UUID, rev: int) -> None:
    """An earlier revision, drafted but not published, no longer stands."""
    db.execute(
        update(CHANGE)
        .where(CHANGE.c.finding_id == finding_id, CHANGE.c.rev < rev, CHANGE.c.outcome == DRAFTED)
        .values(outcome=SUPERSEDED)
    )


def reword(db: Connection, row: Decided, before: str, after: str) -> None:
    """Keep the words of a drafted change after the draft below it changed."""
    db.execute(
        update(CHANGE)
        .where(CHANGE.c.finding_id == row.finding_id, CHANGE.c.rev == row.rev)
        .values(before=before, after=after)
    )


def _version(row: Row[Any]) -> Version:
    return Version(
        programme_id=row.programme_id,
        version=row.version,
        draft=row.draft,
        body=Definition.of(row.body),
        base=Definition.of(row.base) if row.base else None,
        applied=tuple(AppliedChange(**{**one, "finding_id": UUID(one["finding_id"])}) for one in row.applied),
        created_at=row.created_at,
        published_at=row.published_at,
    )


def _decided(row: Row[Any]) -> Decided:
    data = dict(row.change)
    for name in ("prerequisite_id", "trainer_id"):
        if data.get(name):
            data[name] = UUID(data[name])
    return Decided(**{**{name: getattr(row, name) for name in Decided.__dataclass_fields__}, "change": Change(**data)})
