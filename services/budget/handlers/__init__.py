"""What budget does when it hears something; the table of it is SUBSCRIPTIONS."""

from collections.abc import Mapping

from services.budget.handlers.agencies import on_agencies_changed
from services.budget.handlers.batches import on_batch_cancelled, on_batch_closed, on_batch_opened
from services.budget.handlers.seats import on_seats_approved, on_seats_completed, on_seats_failed, on_seats_released
from shared.events import Event
from shared.events.enrolment import (
    AgenciesChanged,
    BatchCancelled,
    BatchChanged,
    BatchClosed,
    BatchOpened,
    SeatsApproved,
    SeatsCompleted,
    SeatsFailed,
    SeatsReleased,
)
from shared.service import Handler

SUBSCRIPTIONS: Mapping[type[Event], Handler] = {
    AgenciesChanged: on_agencies_changed,
    BatchOpened: on_batch_opened,
    BatchChanged: on_batch_opened,
    BatchCancelled: on_batch_cancelled,
    BatchClosed: on_batch_closed,
    SeatsApproved: on_seats_approved,
    SeatsReleased: on_seats_released,
    SeatsCompleted: on_seats_completed,
    SeatsFailed: on_seats_failed,
}
