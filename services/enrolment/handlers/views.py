"""What may be read, by whom. Queries are bounded; somebody else's record does not exist for who may not see it."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.enrolment.domain.batches import life
from services.enrolment.domain.completion import local_day
from services.enrolment.domain.nip import mask_nip
from services.enrolment.domain.people import target_of
from services.enrolment.handlers.approvals import may_see
from services.enrolment.handlers.audit import seat_timeline
from services.enrolment.handlers.settings import zone
from services.enrolment.store import approvals, attendance, batches, people, programmes, seats
from shared.auth import AGENCY_OFFICER, AUDITOR, TRAINER, TRAINING_OFFICE
from shared.errors import NOT_FOUND
from shared.unit import Unit

_PEOPLE_ROLES = (AGENCY_OFFICER, TRAINING_OFFICE, AUDITOR)
_MOST_SEATS = 200


def _page(rows: list[Any], limit: int, key: str) -> dict[str, Any]:
    """A page of limit rows out of limit + 1."""
    return {"items": rows[:limit], "next": rows[limit - 1][key] if len(rows) > limit else None}


def _agencies(unit: Unit) -> Collection[UUID] | None:
    """The agencies whose people the principal may see; None means all."""
    held = [unit.by.agencies(role) for role in _PEOPLE_ROLES]
    if any(agencies is None for agencies in held):
        return None
    return frozenset().union(*(agencies for agencies in held if agencies is not None))


def list_agencies(unit: Unit, after: UUID | None, limit: int) -> dict[str, Any]:
    """Agencies in the order of their codes."""
    rows = people.agency_page(unit.db, after, limit + 1)
    return _page([dict(row._mapping) for row in rows], limit, "agency_id")


def list_people(unit: Unit, search: str, agency_id: UUID | None, after: UUID | None, limit: int) -> dict[str, Any]:
    """People of the principal's agencies and their own people, by words of the name."""
    mine = _agencies(unit)
    if agency_id is not None:
        mine = {agency_id} if mine is None or agency_id in mine else set()
    rows = people.page(
        unit.db,
        search=search,
        agencies=mine,
        supervisor_id=unit.by.over_others if agency_id is None else None,
        after=after,
        limit=limit + 1,
    )
    return _page([_person_row(row) for row in rows], limit, "person_id")


def _person_row(row: Any) -> dict[str, Any]:
    return {**row._mapping, "nip_masked": mask_nip(row.nip), "agency": row.agency_name}


def _visible_person(unit: Unit, person_id: UUID) -> Any:
    person = people.get(unit.db, person_id)
    if person is None:
        raise NOT_FOUND()
    own = unit.by.person_id == person_id
    theirs = unit.by.over_others is not None and unit.by.over_others == person.supervisor_id
    if not own and not theirs and not any(unit.by.has(role, person.agency_id) for role in _PEOPLE_ROLES):
        raise NOT_FOUND()
    return person


def show_person(unit: Unit, person_id: UUID) -> dict[str, Any]:
    """One person, whole number included."""
    person = _visible_person(unit, person_id)
    supervisor = people.by_ids(unit.db, {person.supervisor_id} - {None}).get(person.supervisor_id)
    return {**_person_row(person), "supervisor": supervisor.name if supervisor is not None else None}


def show_record(unit: Unit, person_id: UUID, year: int | None) -> dict[str, Any]:
    """Hours against the year's target, seats and credits of one person; the year is the agency's calendar year."""
    person = _visible_person(unit, person_id)
    asked = year or local_day(unit.now, person.zone or zone()).year
    target = target_of(people.targets(unit.db), person.status, asked)
    credits = seats.credits_of(unit.db, person_id, date(asked, 1, 1), date(asked, 12, 31))
    taken = seats.of_person(unit.db, person_id, _MOST_SEATS)
    versions = programmes.titles(unit.db, {(row.programme_id, row.version) for row in [*credits, *taken]})
    return {
        "person_id": person_id,
        "name": person.name,
        "nip_masked": mask_nip(person.nip),
        "agency": person.agency_name,
        "agency_id": person.agency_id,
        "status": person.status,
        "year": asked,
        "target": target,
        "jp": sum(row.jp for row in credits),
        "seats": [{**row._mapping, "batch": row.batch_name, "programme": _title(versions, row)} for row in taken],
        "credits": [{**row._mapping, "programme": _title(versions, row)} for row in credits],
    }


def _title(versions: Mapping[tuple[UUID, int], Any], row: Any) -> str:
    version = versions.get((row.programme_id, row.version))
    return str(version.title) if version is not None else ""


def list_batches(
    unit: Unit, state: str | None, programme_id: UUID | None, q: str, after: UUID | None, limit: int
) -> dict[str, Any]:
    """Batches, newest first, with their seats by state; `q` holds parts of their name, programme or code."""
    rows = batches.page(unit.db, unit.now, state=state, programme_id=programme_id, q=q, after=after, limit=limit + 1)
    counts = batches.counts(unit.db, [row.batch_id for row in rows])
    return _page([_batch(unit, row, counts[row.batch_id]) for row in rows], limit, "batch_id")


def show_batch(unit: Unit, batch_id: UUID) -> dict[str, Any]:
    """One batch with its sessions, its seats by state and the findings it answers."""
    row = batches.titled(unit.db, batch_id)
    if row is None:
        raise NOT_FOUND()
    present = attendance.recorded(unit.db, batch_id)
    changes = programmes.changes_named(unit.db, row.applied)
    return {
        **_batch(unit, row, batches.counts(unit.db, [batch_id])[batch_id]),
        "sessions": [
            {**meeting._mapping, "present": present.get(meeting.session_id)}
            for meeting in batches.meetings_of(unit.db, [batch_id])[batch_id]
        ],
        "applied": [
            {"finding_id": change.finding_id, "kind": change.kind, "note": change.change.get("note", "")}
            for change in changes
        ],
    }


def _batch(unit: Unit, row: Any, counts: Mapping[str, int]) -> dict[str, Any]:
    closed = None
    if row.closed_confirmed is not None:
        closed = {
            "confirmed": row.closed_confirmed,
            "took_part": row.closed_took_part,
            "completed": row.closed_completed,
            "failed": row.closed_failed,
        }
    return {
        **row._mapping,
        "state": life(row.state, row.begins_at, unit.now),
        "programme": row.title,
        "programme_code": row.code,
        "counts": dict(counts),
        "closed": closed,
    }


def check_batch(unit: Unit, batch_id: UUID) -> Any:
    """The batch, or 404."""
    row = batches.get(unit.db, batch_id)
    if row is None:
        raise NOT_FOUND()
    return row


def list_seats(unit: Unit, batch_id: UUID, state: str | None, after: UUID | None, limit: int) -> dict[str, Any]:
    """Seats of a batch: all for the training office, an auditor and the batch's trainers, else those of one's
    agencies."""
    check_batch(unit, batch_id)
    mine = None if _trains(unit, batch_id) else _agencies(unit)
    rows = seats.page(unit.db, batch_id, state=state, agencies=mine, after=after, limit=limit + 1)
    progress = seats.progress_of(unit.db, [row.seat_id for row in rows])
    listed = [{**_seat(row), "learning": _learning(progress.get(row.seat_id))} for row in rows]
    return _page(listed, limit, "seat_id")


def _learning(row: Any) -> str:
    """How far the modules are, as heard from content: whoever closes a batch should see it first."""
    if row is None:
        return "none"
    return "completed" if row.completed_at is not None else "opened"


def _trains(unit: Unit, batch_id: UUID) -> bool:
    if unit.by.person_id is None or not unit.by.has(TRAINER):
        return False
    meetings = batches.meetings_of(unit.db, [batch_id])[batch_id]
    return any(meeting.trainer_id == unit.by.person_id for meeting in meetings)


def _seat(row: Any) -> dict[str, Any]:
    return {**row._mapping, "nip_masked": mask_nip(row.nip), "agency": row.agency_name}


def show_seat(unit: Unit, seat_id: UUID) -> dict[str, Any]:
    """One seat with its approvals and timeline."""
    row = seats.get(unit.db, seat_id)
    if row is None or not may_see(unit, row, *_PEOPLE_ROLES):
        raise NOT_FOUND()
    person = people.get(unit.db, row.person_id)
    batch = batches.get(unit.db, row.batch_id)
    steps = approvals.of_seats(unit.db, [seat_id])[seat_id]
    return {
        **row._mapping,
        "name": person.name if person is not None else "",
        "nip_masked": mask_nip(person.nip) if person is not None else "",
        "grade": person.grade if person is not None else "",
        "agency": person.agency_name if person is not None else "",
        "batch": batch.name if batch is not None else "",
        "approvals": [
            {**step._mapping, "mine": step.approver_id is not None and step.approver_id == unit.by.over_others}
            for step in steps
        ],
        "timeline": seat_timeline(unit, seat_id),
    }


def list_attendance(unit: Unit, batch_id: UUID, session_id: UUID) -> dict[str, Any]:
    """Who was present at a session: for the training office, an auditor and the batch's trainers."""
    if session_id not in {row.session_id for row in batches.meetings_of(unit.db, [batch_id])[batch_id]}:
        raise NOT_FOUND()
    if not (unit.by.has(TRAINING_OFFICE) or unit.by.has(AUDITOR) or _trains(unit, batch_id)):
        raise NOT_FOUND()
    present = attendance.of_session(unit.db, session_id)
    rows = seats.by_ids(unit.db, present.keys())
    items = [{"seat_id": row.seat_id, "person_id": row.person_id, "present": present[row.seat_id]} for row in rows]
    return {"items": items, "next": None}


def list_programmes(unit: Unit, after: UUID | None, limit: int) -> dict[str, Any]:
    """The latest version of each programme and the changes that wait for its next batch."""
    rows = programmes.page(unit.db, after, limit + 1)
    ids = [row.programme_id for row in rows]
    versions = programmes.versions_of(unit.db, ids)
    changes: dict[UUID, list[dict[str, Any]]] = {programme_id: [] for programme_id in ids}
    for change in programmes.changes_of(unit.db, ids):
        changes[change.programme_id].append(dict(change._mapping))
    items = [
        {**row._mapping, "versions": versions[row.programme_id], "changes": changes[row.programme_id]} for row in rows
    ]
    return _page(items, limit, "programme_id")
