"""What content does on commands and on events heard."""

from collections.abc import Mapping

from services.content.handlers.changes import on_change_decided
from services.content.handlers.learning import (
    on_batch,
    on_progress_reported,
    on_seats_confirmed,
    on_seats_released,
)
from shared.events import Event
from shared.events.bridge import ProgressReported
from shared.events.enrolment import BatchChanged, BatchOpened, SeatsConfirmed, SeatsReleased
from shared.events.surveys import ChangeDecided
from shared.service import Handler

SUBSCRIPTIONS: Mapping[type[Event], Handler] = {
    BatchOpened: on_batch,
    BatchChanged: on_batch,
    SeatsConfirmed: on_seats_confirmed,
    SeatsReleased: on_seats_released,
    ProgressReported: on_progress_reported,
    ChangeDecided: on_change_decided,
}
