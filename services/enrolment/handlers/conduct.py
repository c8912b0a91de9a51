"""The saga's hands: store what it decided, say it, append it to the timeline, give freed seats to the waiting list.

Whoever calls holds the batch's row lock.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from services.enrolment.domain.batches import begun, free_places
from services.enrolment.domain.people import grade_band
from services.enrolment.handlers.settings import patience
from services.enrolment.saga import COUNTING, Heard, Retry, Saga, Say, Start, State, Step, advance
from services.enrolment.store import batches, people, programmes, seats
from shared.events.enrolment import (
    ApprovedSeat,
    CompletedSeat,
    ConfirmedSeat,
    FailedSeat,
    LmsEnrolmentRequested,
    LmsSeatWanted,
    ReleasedSeat,
    SeatsApproved,
    SeatsCompleted,
    SeatsConfirmed,
    SeatsFailed,
    SeatsReleased,
    Segment,
)
from shared.outbox import emit
from shared.unit import Unit

RELEASE_REASONS = frozenset({"cancelled", "rejected", "no_money", "lms_refused", "quorum", "timeout", "substituted"})


@dataclass
class Move:
    """One seat's way through one or more steps of this transaction."""

    row: Any
    saga: Saga
    says: list[tuple[Say, int]] = field(default_factory=list)
    notes: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def take(self, step: Step, facts: Mapping[str, Any] | None = None) -> None:
        """Add a step."""
        self.saga = step.saga
        self.says += step.says
        if step.note is not None:
            self.notes.append((step.note, {"attempt": step.saga.attempt, **(facts or {})}))


def moves_of(unit: Unit, rows: Iterable[Any], event: Any, facts: Mapping[str, Any] | None = None) -> list[Move]:
    """Let one input reach each of these seats."""
    made = []
    for row in rows:
        saga = seats.saga_of(row)
        move = Move(row, saga)
        move.take(advance(saga, event, unit.now, patience()), facts)
        made.append(move)
    return made


def hear(
    unit: Unit, batch: Any, rows: Mapping[UUID, Any], heard: Sequence[tuple[UUID, Heard, Mapping[str, Any]]]
) -> None:
    """Apply what another service said of seats of a locked batch."""
    moves = {seat_id: Move(row, seats.saga_of(row)) for seat_id, row in rows.items()}
    for seat_id, fact, facts in heard:
        move = moves[seat_id]
        move.take(advance(move.saga, fact, unit.now, patience()), facts)
    conduct(unit, batch, list(moves.values()))


def conduct(unit: Unit, batch: Any, moves: Sequence[Move]) -> None:
    """Carry out what the saga decided for seats of a locked batch."""
    before = {move.row.seat_id: seats.saga_of(move.row) for move in moves}
    changed = [(move.row, move.saga) for move in moves if move.saga != before[move.row.seat_id]]
    seats.save(unit.db, changed, unit.now)
    says = [(say, attempt, move.row.seat_id) for move in moves for say, attempt in move.says]
    say_seats(unit, batch, says)
    tell(unit, batch.batch_id, [(move.row.seat_id, code, facts) for move in moves for code, facts in move.notes])
    if any(row.state in COUNTING and saga.state not in COUNTING for row, saga in changed):
        fill(unit, batch)


def fill(unit: Unit, batch: Any) -> None:
    """Give the free seats of a locked batch to those who wait, the earliest approved first."""
    _take(unit, batch, State.WAITING, Start(), None)


def retry(unit: Unit, batch: Any, most: int | None) -> int:
    """Let refused seats of a locked batch try again where there is capacity; answers how many do."""
    return _take(unit, batch, State.REFUSED, Retry(), most)


def _take(unit: Unit, batch: Any, state: State, event: Start | Retry, most: int | None) -> int:
    if batch.state != "open" or begun(batch.begins_at, unit.now):
        return 0
    free = free_places(batch.capacity, batches.counts(unit.db, [batch.batch_id])[batch.batch_id])
    rows = seats.next_in_line(unit.db, batch.batch_id, state, free if most is None else min(free, most))
    if rows:
        conduct(unit, batch, moves_of(unit, rows, event))
    return len(rows)


def tell(unit: Unit, batch_id: UUID, notes: Sequence[tuple[UUID, str, Mapping[str, Any]]]) -> None:
    """Append to the timelines: a row a seat, and one row a kind for the batch with their number."""
    rows = [_told(unit, batch_id, seat_id, code, 1, facts) for seat_id, code, facts in notes]
    kinds = Counter((code, _reason(facts)) for _, code, facts in notes)
    rows += [
        _told(unit, batch_id, None, code, count, {"code": reason} if reason else {})
        for (code, reason), count in kinds.items()
    ]
    batches.tell(unit.db, rows)


def tell_batch(unit: Unit, batch_id: UUID, code: str, /, **facts: Any) -> None:
    """Append one happening to the batch's timeline."""
    batches.tell(unit.db, [_told(unit, batch_id, None, code, 1, facts)])


def _reason(facts: Mapping[str, Any]) -> str:
    return str(facts.get("code") or "")


def _told(
    unit: Unit, batch_id: UUID, seat_id: UUID | None, code: str, count: int, facts: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "at": unit.now,
        "batch_id": batch_id,
        "seat_id": seat_id,
        "code": code,
        "count": count,
        "facts": dict(facts),
    }


def say_seats(unit: Unit, batch: Any, says: Sequence[tuple[Say, int, UUID]]) -> None:
    """Say things of seats of one batch, each kind in one event (of up to 500 items)."""
    if not says:
        return
    rows = {row.seat_id: row for row in seats.by_ids(unit.db, {seat_id for _, _, seat_id in says})}
    by_kind: dict[Say, list[tuple[int, Any]]] = defaultdict(list)
    for say, attempt, seat_id in dict.fromkeys(says):
        by_kind[say].append((attempt, rows[seat_id]))
    for say, items in by_kind.items():
        _SAYING[say](unit, batch, sorted(items, key=lambda item: (item[1].approved_at or unit.now, item[1].position)))


_Items = Sequence[tuple[int, Any]]


def _say_ask_money(unit: Unit, batch: Any, items: _Items) -> None:
    deadline = max(row.deadline or unit.now + patience().money for _, row in items)
    asked = tuple(
        ApprovedSeat(
            seat_id=row.seat_id,
            attempt=attempt,
            person_id=row.person_id,
            agency_id=row.agency_id,
            amount=batch.seat_price,
        )
        for attempt, row in items
    )
    emit(
        unit.db,
        SeatsApproved(
            batch_id=batch.batch_id,
            line_id=batch.line_id,
            fiscal_year=batch.fiscal_year,
            deadline=deadline,
            seats=asked,
        ),
    )


def _say_ask_place(unit: Unit, batch: Any, items: _Items) -> None:
    deadline = max(row.deadline or unit.now + patience().place for _, row in items)
    wanted = tuple(
        LmsSeatWanted(seat_id=row.seat_id, attempt=attempt, person_id=row.person_id) for attempt, row in items
    )
    emit(
        unit.db,
        LmsEnrolmentRequested(
            batch_id=batch.batch_id, site=batch.site, course=batch.course, deadline=deadline, seats=wanted
        ),
    )


def _say_confirm(unit: Unit, batch: Any, items: _Items) -> None:
    segments = fix_segments(unit, [row for _, row in items])
    confirmed = tuple(
        ConfirmedSeat(seat_id=row.seat_id, attempt=attempt, person_id=row.person_id, segment=segments[row.seat_id])
        for attempt, row in items
    )
    emit(
        unit.db,
        SeatsConfirmed(
            batch_id=batch.batch_id, programme_id=batch.programme_id, version=batch.version, seats=confirmed
        ),
    )


def fix_segments(unit: Unit, rows: Sequence[Any]) -> dict[UUID, Segment]:
    """The groups of seats at their confirmation, stored with the seat where they differ from its nomination."""
    persons = people.by_ids(unit.db, {row.person_id for row in rows})
    segments: dict[UUID, Segment] = {}
    moved = []
    for row in rows:
        person = persons[row.person_id]
        band = grade_band(person.status, person.grade)
        segments[row.seat_id] = Segment(grade_band=band, agency_id=person.agency_id, unit=person.unit)
        if (band, person.agency_id, person.unit) != (row.grade_band, row.agency_id, row.unit):
            moved.append(
                {"seat_id": row.seat_id, "grade_band": band, "agency_id": person.agency_id, "unit": person.unit}
            )
    seats.set_each(unit.db, moved, "grade_band", "agency_id", "unit")
    return segments


def _say_release(unit: Unit, batch: Any, items: _Items) -> None:
    released = tuple(
        ReleasedSeat(
            seat_id=row.seat_id,
            attempt=attempt,
            person_id=row.person_id,
            reason=row.reason if row.reason in RELEASE_REASONS else "no_money",
        )
        for attempt, row in items
    )
    emit(
        unit.db,
        SeatsReleased(
            batch_id=batch.batch_id, line_id=batch.line_id, site=batch.site, course=batch.course, seats=released
        ),
    )


def _segment(row: Any) -> Segment:
    return Segment(grade_band=row.grade_band, agency_id=row.agency_id, unit=row.unit)


def _say_complete(unit: Unit, batch: Any, items: _Items) -> None:
    version = programmes.version(unit.db, batch.programme_id, batch.version)
    jp = version.jp if version is not None else 0
    by_moment: dict[datetime, list[CompletedSeat]] = defaultdict(list)
    for attempt, row in items:
        by_moment[row.ended_at].append(
            CompletedSeat(
                seat_id=row.seat_id,
                attempt=attempt,
                person_id=row.person_id,
                presence_percent=row.presence_percent,
                segment=_segment(row),
            )
        )
    for at, completed in by_moment.items():
        emit(
            unit.db,
            SeatsCompleted(
                batch_id=batch.batch_id,
                programme_id=batch.programme_id,
                version=batch.version,
                line_id=batch.line_id,
                jp=jp,
                at=at,
                seats=tuple(completed),
            ),
        )


def _say_fail(unit: Unit, batch: Any, items: _Items) -> None:
    failed = tuple(
        FailedSeat(
            seat_id=row.seat_id,
            attempt=attempt,
            person_id=row.person_id,
            reason=row.reason,
            spent=row.spent,
            segment=_segment(row),
        )
        for attempt, row in items
    )
    emit(
        unit.db,
        SeatsFailed(
            batch_id=batch.batch_id,
            programme_id=batch.programme_id,
            version=batch.version,
            line_id=batch.line_id,
            seats=failed,
        ),
    )


_SAYING = {
    Say.ASK_MONEY: _say_ask_money,
    Say.ASK_PLACE: _say_ask_place,
    Say.CONFIRM: _say_confirm,
    Say.RELEASE: _say_release,
    Say.COMPLETE: _say_complete,
    Say.FAIL: _say_fail,
}
