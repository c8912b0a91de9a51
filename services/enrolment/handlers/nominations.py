"""Nominations: an agency officer asks for seats for people."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from services.enrolment.domain.batches import check_nominable
from services.enrolment.domain.people import ACTIVE, grade_band, nomination_refusal
from services.enrolment.domain.seats import approvers
from services.enrolment.domain.states import LIVE, State
from services.enrolment.handlers.conduct import tell
from services.enrolment.handlers.settings import patience
from services.enrolment.saga.values import Hold
from services.enrolment.store import approvals, batches, people, programmes, seats
from shared.auth import AGENCY_OFFICER, TRAINING_OFFICE
from shared.errors import NOT_FOUND
from shared.ids import new_id
from shared.unit import Unit


def nominate(unit: Unit, batch_id: UUID, persons: Sequence[UUID], reason: str) -> list[dict[str, Any]]:
    """Ask for a seat for each person; answers an outcome each: {person_id, seat_id, state, code}."""
    batch = batches.lock(unit.db, batch_id)
    if batch is None:
        raise NOT_FOUND()
    check_nominable(batch.state, batch.begins_at, unit.now)
    wanted = list(dict.fromkeys(persons))
    known = people.by_ids(unit.db, wanted)
    mine = _within(unit)
    live = seats.live_in(unit.db, batch_id, wanted, LIVE)
    version = programmes.version(unit.db, batch.programme_id, batch.version)
    prerequisites = version.prerequisites if version is not None else []
    completed = seats.completed_programmes(unit.db, wanted) if prerequisites else {}
    outcomes: dict[UUID, dict[str, Any]] = {}
    accepted = []
    for person_id in wanted:
        person = known.get(person_id)
        if person is None or (mine is not None and person.agency_id not in mine):
            code: str | None = NOT_FOUND.code
        else:
            code = nomination_refusal(
                person.standing,
                person.agency_id,
                batch.agencies,
                prerequisites,
                completed.get(person_id, ()),
                person_id in live,
            )
        outcomes[person_id] = {"person_id": person_id, "seat_id": None, "state": None, "code": code}
        if code is None:
            accepted.append(person)
    for person, seat_id in _request(unit, batch, accepted, reason):
        outcomes[person.person_id] |= {"seat_id": seat_id, "state": State.REQUESTED.value}
    return [outcomes[person_id] for person_id in wanted]


def _within(unit: Unit) -> Collection[UUID] | None:
    """The agencies whose people the principal may nominate; None means all."""
    officer, office = unit.by.agencies(AGENCY_OFFICER), unit.by.agencies(TRAINING_OFFICE)
    return None if officer is None or office is None else officer | office


def _request(unit: Unit, batch: Any, accepted: Sequence[Any], reason: str) -> list[tuple[Any, UUID]]:
    requested = [(person, new_id()) for person in accepted]
    supervisors = people.by_ids(unit.db, {person.supervisor_id for person in accepted} - {None})
    rows, steps = [], []
    for person, seat_id in requested:
        rows.append(
            {
                "seat_id": seat_id,
                "batch_id": batch.batch_id,
                "person_id": person.person_id,
                "agency_id": person.agency_id,
                "state": State.REQUESTED.value,
                "attempt": 1,
                "course": batch.course is not None,
                "money": Hold.NONE.value,
                "place": Hold.NONE.value,
                "asks": 0,
                "spent": True,
                "since": unit.now,
                "requested_at": unit.now,
                "requested_by": unit.by.id,
                "note": reason,
                "grade_band": grade_band(person.status, person.grade),
                "unit": person.unit,
            }
        )
        supervisor = supervisors.get(person.supervisor_id)
        there = supervisor is not None and supervisor.standing == ACTIVE and supervisor.merged_into is None
        for number, approver in enumerate(approvers(batch.approvals, person.supervisor_id if there else None), start=1):
            steps.append(
                {
                    "seat_id": seat_id,
                    "step": number,
                    "role": approver.role,
                    "approver_id": approver.person_id,
                    "state": "open" if number == 1 else "later",
                    "deadline": unit.now + patience().approval if number == 1 else None,
                }
            )
    seats.add(unit.db, rows)
    approvals.add(unit.db, steps)
    tell(unit, batch.batch_id, [(seat_id, "seat.requested", {}) for _, seat_id in requested])
    return requested
