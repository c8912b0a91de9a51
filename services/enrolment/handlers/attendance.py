"""Attendance at the sessions of a batch."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.enrolment.domain.batches import NOT_RUNNING, SESSION_NOT_BEGUN, life
from services.enrolment.domain.seats import NOT_CONFIRMED, attendable
from services.enrolment.domain.states import State
from services.enrolment.handlers.conduct import tell_batch
from services.enrolment.store import attendance, batches, seats
from shared.auth import TRAINING_OFFICE
from shared.errors import NOT_FOUND
from shared.events.enrolment import Attendance, AttendanceRecorded
from shared.outbox import emit
from shared.unit import Unit


def record(
    unit: Unit, batch_id: UUID, session_id: UUID, how: str, rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Record who was present; a row names a seat or a person. Answers an outcome each: {seat_id, person_id, present,
    code}. Recording the same again changes nothing; recording something else raises the row's rev."""
    batch = batches.lock(unit.db, batch_id)
    meetings = {row.session_id: row for row in batches.meetings_of(unit.db, [batch_id])[batch_id]}
    meeting = meetings.get(session_id)
    if batch is None or meeting is None or not _may_record(unit, meeting):
        raise NOT_FOUND()
    if not attendable(batch.state):
        raise NOT_RUNNING(state=life(batch.state, batch.begins_at, unit.now))
    if meeting.starts_at > unit.now:
        raise SESSION_NOT_BEGUN()
    by_person = seats.by_person(unit.db, batch_id, {row["person_id"] for row in rows if row.get("person_id")})
    named = [_seat_named(row, by_person) for row in rows]
    locked = seats.lock(unit.db, {seat_id for seat_id in named if seat_id is not None})
    before = attendance.at_session(unit.db, session_id, locked.keys())
    changed: dict[UUID, dict[str, Any]] = {}
    outcomes = []
    for row, seat_id in zip(rows, named, strict=True):
        seat = locked.get(seat_id) if seat_id is not None else None
        fits = seat is not None and seat.batch_id == batch_id and seat.state == State.CONFIRMED
        outcomes.append(
            {
                "seat_id": seat_id if fits else row.get("seat_id"),
                "person_id": seat.person_id if seat is not None and fits else row.get("person_id"),
                "present": row["present"],
                "code": None if fits else NOT_CONFIRMED.code,
            }
        )
        if seat is None or not fits:
            continue
        known = before.get(seat.seat_id)
        changed.pop(seat.seat_id, None)
        if known is None or known.present != row["present"]:
            changed[seat.seat_id] = {
                "seat_id": seat.seat_id,
                "session_id": session_id,
                "rev": 1 if known is None else known.rev + 1,
                "present": row["present"],
                "how": how,
                "at": unit.now,
                "by": unit.by.id,
            }
    attendance.record(unit.db, list(changed.values()))
    _say(unit, batch_id, session_id, locked, list(changed.values()))
    return outcomes


def _seat_named(row: Mapping[str, Any], by_person: Mapping[UUID, UUID]) -> UUID | None:
    seat_id, person_id = row.get("seat_id"), row.get("person_id")
    if seat_id is not None:
        return UUID(str(seat_id))
    return by_person.get(person_id) if person_id is not None else None


def _may_record(unit: Unit, meeting: Any) -> bool:
    """The training office, and the trainer of the session."""
    if unit.by.has(TRAINING_OFFICE):
        return True
    return meeting.trainer_id is not None and meeting.trainer_id == unit.by.person_id


def _say(
    unit: Unit, batch_id: UUID, session_id: UUID, locked: Mapping[UUID, Any], rows: Sequence[Mapping[str, Any]]
) -> None:
    if not rows:
        return
    said = tuple(
        Attendance(
            seat_id=row["seat_id"],
            person_id=locked[row["seat_id"]].person_id,
            rev=row["rev"],
            present=row["present"],
            how=row["how"],
        )
        for row in rows
    )
    emit(unit.db, AttendanceRecorded(batch_id=batch_id, session_id=session_id, rows=said))
    tell_batch(unit, batch_id, "batch.attendance", present=sum(row["present"] for row in rows), recorded=len(rows))
