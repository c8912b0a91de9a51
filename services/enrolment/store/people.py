"""People, agencies, instances and JP targets."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from services.enrolment.domain.people import REFERENCE_TARGETS, Target
from services.enrolment.store.tables import agency, instance, jp_target, person

_IMPORT_LOCK = 0x62616E67_6B6F6D
_CHUNK = 5_000


def lock_imports(db: Connection) -> None:
    """One import of people or agencies at a time."""
    db.execute(select(func.pg_advisory_xact_lock(_IMPORT_LOCK)))


def seed_reference(db: Connection, zone: str, code: str) -> int:
    """Reference data that must exist: the JP targets and the instance; answers how many rows were missing."""
    rows = [
        {
            "status": target.status,
            "kind": target.kind,
            "jp": target.jp,
            "valid_from": target.valid_from,
            "valid_to": target.valid_to,
            "legal_basis": target.legal_basis,
            "source": target.source,
        }
        for target in REFERENCE_TARGETS
    ]
    added = db.scalars(upsert(jp_target).values(rows).on_conflict_do_nothing().returning(jp_target.c.status)).all()
    return len(added) + keep_instance(db, code, code, zone)


def keep_instance(db: Connection, code: str, name: str, zone: str) -> int:
    made = db.scalars(
        upsert(instance).values(code=code, name=name, zone=zone).on_conflict_do_nothing().returning(instance.c.code)
    ).all()
    return len(made)


def targets(db: Connection) -> list[Target]:
    """All dated targets; the reference ones before they were seeded."""
    rows = db.execute(select(jp_target)).all()
    if not rows:
        return list(REFERENCE_TARGETS)
    return [
        Target(row.status, row.kind, row.jp, row.valid_from, row.valid_to, row.legal_basis, row.source) for row in rows
    ]


def get(db: Connection, person_id: UUID) -> Row[Any] | None:
    """A person with the name and zone of their agency."""
    return db.execute(_with_agency().where(person.c.person_id == person_id)).one_or_none()


def by_ids(db: Connection, people: Collection[UUID]) -> dict[UUID, Row[Any]]:
    if not people:
        return {}
    return {row.person_id: row for row in db.execute(select(person).where(person.c.person_id.in_(people)))}


def page(
    db: Connection,
    *,
    search: str,
    agencies: Collection[UUID] | None,
    supervisor_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[Row[Any]]:
    """People by words of their name; `agencies` None means all; a supervisor's own people are added to those."""
    query = _with_agency()
    scope: list[Any] = []
    if agencies is not None:
        scope.append(person.c.agency_id.in_(agencies))
        if supervisor_id is not None:
            scope.append(person.c.supervisor_id == supervisor_id)
        query = query.where(or_(*scope))
    words = re.findall(r"\w+", search)
    if words:
        terms = " & ".join(f"{word}:*" for word in words[:8])
        query = query.where(text("to_tsvector('simple', person.name) @@ to_tsquery('simple', :terms)"))
        query = query.params(terms=terms)
    if after is not None:
        query = query.where(person.c.person_id > after)
    return list(db.execute(query.order_by(person.c.person_id).limit(limit)))


def _with_agency() -> Any:
    return (
        select(person, agency.c.name.label("agency_name"), agency.c.code.label("agency_code"), instance.c.zone)
        .join(agency, agency.c.agency_id == person.c.agency_id)
        .join(instance, instance.c.code == agency.c.instance)
    )


def lock_by_nip(db: Connection, nips: Collection[str]) -> dict[str, Row[Any]]:
    """The people with these numbers, locked in the order of their ids."""
    found: dict[str, Row[Any]] = {}
    wanted = sorted(nips)
    for start in range(0, len(wanted), _CHUNK):
        query = select(person).where(person.c.nip == func.any(bindparam("nips", wanted[start : start + _CHUNK])))
        for row in db.execute(query.order_by(person.c.person_id).with_for_update()):
            found[row.nip] = row
    return found


def add_people(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), _CHUNK):
        db.execute(insert(person), [dict(row) for row in rows[start : start + _CHUNK]])


def change_people(db: Connection, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Set these columns of people, a value each, and raise their rev."""
    if not rows:
        return
    statement = (
        update(person)
        .where(person.c.person_id == bindparam("of_person"))
        .values(rev=person.c.rev + 1, **{name: bindparam(f"new_{name}") for name in columns})
    )
    parameters = [{"of_person": row["person_id"], **{f"new_{name}": row[name] for name in columns}} for row in rows]
    for start in range(0, len(parameters), _CHUNK):
        db.execute(statement, parameters[start : start + _CHUNK])


def agencies(db: Connection, ids: Collection[UUID] | None = None) -> list[Row[Any]]:
    query = select(agency)
    if ids is not None:
        query = query.where(agency.c.agency_id.in_(ids))
    return list(db.execute(query.order_by(agency.c.code, agency.c.agency_id)))


def agency_page(db: Connection, after: UUID | None, limit: int) -> list[Row[Any]]:
    """Agencies in the order of their codes."""
    query = select(agency)
    if after is not None:
        query = query.where(agency.c.code > select(agency.c.code).where(agency.c.agency_id == after).scalar_subquery())
    return list(db.execute(query.order_by(agency.c.code).limit(limit)))


def lock_agencies(db: Connection, code: str) -> list[Row[Any]]:
    """The agencies of an instance, locked in the order of their ids."""
    query = select(agency).where(agency.c.instance == code).order_by(agency.c.agency_id).with_for_update()
    return list(db.execute(query))


def keep_agencies(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert or replace agencies whose rows are locked; parents come before their children."""
    if not rows:
        return
    statement = upsert(agency)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=[agency.c.agency_id],
            set_={name: statement.excluded[name] for name in ("rev", "name", "parent_id")},
        ),
        [dict(row) for row in rows],
    )


def count(db: Connection) -> tuple[int, int]:
    """How many people and agencies there are."""
    people = db.scalar(select(func.count()).select_from(person)) or 0
    return people, db.scalar(select(func.count()).select_from(agency)) or 0
