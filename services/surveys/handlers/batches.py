"""What other services say of agencies, batches and seats, and who took part."""

from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row

from services.surveys.handlers import changes, instruments
from services.surveys.handlers.campaigns import invite_latecomers, invite_when_known
from services.surveys.store import batches as store
from services.surveys.store import campaigns
from shared.errors import NotYet
from shared.events.content import ModulesCompleted, ModulesOpened, ProgrammesCompleted
from shared.events.enrolment import (
    AgenciesChanged,
    AttendanceRecorded,
    Batch,
    BatchCancelled,
    BatchChanged,
    BatchClosed,
    BatchOpened,
    SeatsCompleted,
    SeatsConfirmed,
    SeatsFailed,
    SeatsReleased,
)
from shared.unit import Unit


class _OfBatch(Protocol):
    @property
    def batch_id(self) -> UUID: ...


def on_agencies_changed(unit: Unit, event: AgenciesChanged) -> None:
    """Remember what agencies are called, for the names of groups."""
    store.keep_agencies(unit.db, [{"agency_id": a.agency_id, "rev": a.rev, "name": a.name} for a in event.agencies])


def on_batch_opened(unit: Unit, event: BatchOpened) -> None:
    """A batch will be asked about when it is over."""
    _keep(unit, event.batch)


def on_batch_changed(unit: Unit, event: BatchChanged) -> None:
    """The batch as it is now; heard before its opening, it is the opening."""
    _keep(unit, event.batch)


def on_batch_cancelled(unit: Unit, event: BatchCancelled) -> None:
    """Nobody is asked about a batch that did not run."""
    campaign = _known(unit, event.batch_id)
    if campaign.state == campaigns.WAITING:
        campaigns.change(unit.db, campaign.campaign_id, state=campaigns.CANCELLED, closed_at=unit.now)


def on_batch_closed(unit: Unit, event: BatchClosed) -> None:
    """Ask those who took part as soon as as many are known here as the batch counted, or when its time is up."""
    campaign = _known(unit, event.batch_id)
    store.close_batch(unit.db, event.batch_id, event.took_part, unit.now)
    invite_when_known(unit, campaign)


def on_seats_confirmed(unit: Unit, event: SeatsConfirmed | SeatsCompleted | SeatsFailed) -> None:
    """Who has a seat, and the groups they belong to; how a seat ended says the same again."""
    store.keep_confirmed(
        unit.db,
        [
            {
                "seat_id": seat.seat_id,
                "batch_id": event.batch_id,
                "attempt": seat.attempt,
                "person_id": seat.person_id,
                "grade_band": seat.segment.grade_band,
                "agency_id": seat.segment.agency_id,
                "unit": seat.segment.unit,
            }
            for seat in event.seats
        ],
    )
    _look_again(unit, event)


def on_seats_released(unit: Unit, event: SeatsReleased) -> None:
    """Seats given up are not asked."""
    store.keep_released(
        unit.db,
        [
            {"seat_id": seat.seat_id, "batch_id": event.batch_id, "released_attempt": seat.attempt}
            for seat in event.seats
        ],
    )
    _look_again(unit, event)


def on_attendance_recorded(unit: Unit, event: AttendanceRecorded) -> None:
    """Who was present at a session took part."""
    store.keep_presence(
        unit.db,
        [
            {"seat_id": row.seat_id, "session_id": event.session_id, "rev": row.rev, "present": row.present}
            for row in event.rows
        ],
    )
    _look_again(unit, event)


def on_modules_opened(unit: Unit, event: ModulesOpened) -> None:
    """Who opened a module took part, completed or not: else those for whom it was too hard would never be heard."""
    store.keep_openings(unit.db, [opening.seat_id for opening in event.openings])
    _look_again(unit, event)


def on_completions(unit: Unit, event: ModulesCompleted | ProgrammesCompleted) -> None:
    """Who completed something took part too, also where an opening was never reported."""
    store.keep_openings(unit.db, [completion.seat_id for completion in event.completions])
    _look_again(unit, event)


def _keep(unit: Unit, batch: Batch) -> None:
    instruments.seed_default(unit)
    store.keep_batch(
        unit.db,
        {
            "batch_id": batch.batch_id,
            "rev": batch.rev,
            "programme_id": batch.programme_id,
            "version": batch.version,
            "name": batch.name,
            "agencies": list(batch.agencies),
            "applied": list(batch.applied),
        },
    )
    campaigns.make(unit.db, batch.batch_id, unit.now)
    changes.take_effect_in_batch(unit, batch)


def _known(unit: Unit, batch_id: UUID) -> Row[Any]:
    campaign = campaigns.locked_of_batch(unit.db, batch_id)
    if campaign is None:
        raise NotYet(f"batch {batch_id}")
    return campaign


def _look_again(unit: Unit, event: _OfBatch) -> None:
    """Facts come in any order: the last of them makes the numbers match, or brings a latecomer."""
    batch = store.batch(unit.db, event.batch_id)
    if batch is None or batch.closed_at is None:
        return
    campaign = campaigns.locked_of_batch(unit.db, event.batch_id)
    if campaign is None:
        return
    if campaign.state == campaigns.WAITING:
        invite_when_known(unit, campaign)
    elif campaign.state == campaigns.OPEN:
        invite_latecomers(unit, campaign)
