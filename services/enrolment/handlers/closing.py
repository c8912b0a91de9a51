"""The end of seats: closing a batch, progress heard from content, hours credited."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.enrolment.domain import batches as rules
from services.enrolment.domain.completion import Rule, Taken, Verdict, ended_at, evaluate, local_day
from services.enrolment.domain.states import BatchState, State
from services.enrolment.handlers.batches import carry_out, end_batch
from services.enrolment.handlers.conduct import Move, conduct, moves_of, tell
from services.enrolment.handlers.settings import patience, zone
from services.enrolment.saga import Cancel, Close, Finish, advance, advance_batch
from services.enrolment.store import approvals, attendance, batches, programmes, seats
from shared.errors import NOT_FOUND, NotYet
from shared.events import content
from shared.unit import Unit

_PENDING = (State.REQUESTED, State.WAITING)


def close_batch(unit: Unit, batch_id: UUID) -> None:
    """End a batch: every confirmed seat is completed or failed, hours are credited. A repeat changes nothing. A batch
    without sessions that never got its quorum is cancelled instead."""
    batch = batches.lock(unit.db, batch_id)
    if batch is None:
        raise NOT_FOUND()
    if batch.state == BatchState.CLOSED:
        return
    rules.check_closable(batch.state, batch.last_begins_at, unit.now)
    by_state = batches.counts(unit.db, [batch_id])[batch_id]
    if batch.begins_at is None and not rules.quorum_met(batch.least, by_state):
        end_batch(unit, batch, "quorum")
        return
    end_nominations(unit, batch)
    unsettled = seats.lock_states(unit.db, batch_id, (State.RESERVING, State.ENROLLING))
    conduct(unit, batch, moves_of(unit, unsettled, Cancel("timeout"), {"code": "timeout"}))
    confirmed = seats.lock_states(unit.db, batch_id, (State.CONFIRMED,))
    finish(unit, batch, confirmed)
    ended = seats.lock_states(unit.db, batch_id, (State.COMPLETED, State.FAILED))
    taken = _taken(unit, [row.seat_id for row in ended])
    batch = batches.set_values(
        unit.db,
        batch_id,
        closed_confirmed=len(ended),
        closed_took_part=sum(taken[row.seat_id].took_part for row in ended),
        closed_completed=sum(row.state == State.COMPLETED for row in ended),
        closed_failed=sum(row.state == State.FAILED for row in ended),
    )
    carry_out(unit, batch, advance_batch(batches.saga_of(batch), Close(), unit.now, patience()))


def end_nominations(unit: Unit, batch: Any) -> None:
    """Nominations of a locked batch that were not decided or did not get a place expire."""
    rows = seats.lock_states(unit.db, batch.batch_id, _PENDING)
    ids = [row.seat_id for row in rows]
    approvals.void(unit.db, ids)
    seats.set_all(unit.db, ids, state=State.EXPIRED.value, reason="nominations_ended", since=unit.now)
    tell(unit, batch.batch_id, [(seat_id, "seat.expired", {"code": "nominations_ended"}) for seat_id in ids])
    if not batch.nominations_ended:
        batches.set_values(unit.db, batch.batch_id, nominations_ended=True)


def finish(unit: Unit, batch: Any, rows: Sequence[Any], only_completed: bool = False) -> None:
    """Evaluate confirmed seats of a locked batch; with `only_completed` the others stay as they are."""
    version = programmes.version(unit.db, batch.programme_id, batch.version)
    if version is None or not rows:
        return
    sessions = len(batches.meetings_of(unit.db, [batch.batch_id])[batch.batch_id])
    taken = _taken(unit, [row.seat_id for row in rows])
    rule = Rule(version.presence_percent, version.all_modules)
    verdicts = {row.seat_id: evaluate(rule, taken[row.seat_id], sessions, batch.no_show_spends) for row in rows}
    if only_completed:
        verdicts = {seat_id: verdict for seat_id, verdict in verdicts.items() if verdict.completed}
        rows = [row for row in rows if row.seat_id in verdicts]
    at = ended_at(batch.ends_at, unit.now)
    seats.set_each(
        unit.db,
        [
            {"seat_id": seat_id, "presence_percent": verdict.presence_percent, "ended_at": at}
            for seat_id, verdict in verdicts.items()
        ],
        "presence_percent",
        "ended_at",
    )
    moves = []
    for row in rows:
        move = Move(row, seats.saga_of(row))
        verdict = verdicts[row.seat_id]
        move.take(
            advance(move.saga, Finish(verdict.completed, verdict.spent, verdict.reason), unit.now, patience()),
            _verdict_facts(verdict, version.jp),
        )
        moves.append(move)
    conduct(unit, batch, moves)
    _credit(unit, batch, [row for row in rows if verdicts[row.seat_id].completed], version.jp, at)


def _verdict_facts(verdict: Verdict, jp: int) -> Mapping[str, Any]:
    if verdict.completed:
        return {"jp": jp, "presence": verdict.presence_percent}
    return {"code": verdict.reason, "presence": verdict.presence_percent}


def _credit(unit: Unit, batch: Any, rows: Sequence[Any], jp: int, at: Any) -> None:
    zones = seats.zones_of(unit.db, {row.agency_id for row in rows})
    seats.add_credits(
        unit.db,
        [
            {
                "seat_id": row.seat_id,
                "person_id": row.person_id,
                "programme_id": batch.programme_id,
                "version": batch.version,
                "jp": jp,
                "on": local_day(at, zones.get(row.agency_id, zone())),
                "at": unit.now,
            }
            for row in rows
        ],
    )


def _taken(unit: Unit, seat_ids: Sequence[UUID]) -> dict[UUID, Taken]:
    present = attendance.present(unit.db, seat_ids)
    progress = seats.progress_of(unit.db, seat_ids)
    found = {}
    for seat_id in seat_ids:
        row = progress.get(seat_id)
        found[seat_id] = Taken(
            present.get(seat_id, 0),
            row is not None and row.opened,
            row is not None and row.completed_at is not None,
        )
    return found


def on_modules_opened(unit: Unit, event: content.ModulesOpened) -> None:
    """Somebody opened a module: they take part."""
    seats.note_progress(
        unit.db,
        [_fact(seat_id) for seat_id in dict.fromkeys(opening.seat_id for opening in event.openings)],
    )


def on_programmes_completed(unit: Unit, event: content.ProgrammesCompleted) -> None:
    """The modules are done. In a batch without sessions that completes the seat at once."""
    batch = batches.lock(unit.db, event.batch_id)
    if batch is None:
        raise NotYet(f"batch {event.batch_id}")
    done = {completion.seat_id: completion for completion in event.completions}
    seats.note_progress(
        unit.db,
        [
            _fact(seat_id, completed_at=completion.at, score=completion.score, seconds=completion.seconds)
            for seat_id, completion in done.items()
        ],
    )
    if batch.begins_at is None and batch.state == BatchState.OPEN:
        rows = seats.lock(unit.db, done.keys())
        confirmed = [row for row in rows.values() if row.state == State.CONFIRMED and row.batch_id == batch.batch_id]
        finish(unit, batch, sorted(confirmed, key=lambda row: row.position), only_completed=True)


def _fact(seat_id: UUID, **values: Any) -> dict[str, Any]:
    return {"seat_id": seat_id, "opened": True, "completed_at": None, "score": None, "seconds": None, **values}
