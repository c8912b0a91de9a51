"""What the bridge does on commands and on events heard."""

from collections.abc import Mapping

from services.bridge.handlers.line_items import note_completed
from services.bridge.handlers.places import on_lms_enrolment_requested, on_seats_released
from services.bridge.handlers.presence import on_seats_completed
from services.bridge.handlers.sites import on_agencies_changed, on_batch, on_people_changed, on_version_published
from shared.events import Event
from shared.events.content import VersionPublished
from shared.events.enrolment import (
    AgenciesChanged,
    BatchChanged,
    BatchOpened,
    LmsEnrolmentRequested,
    PeopleChanged,
    SeatsCompleted,
    SeatsReleased,
)
from shared.service import Handler
from shared.unit import Unit


def on_completed(unit: Unit, event: SeatsCompleted) -> None:
    """Both ways in which a completion reaches a gradebook: the site's plugin, and the links that people opened."""
    on_seats_completed(unit, event)
    note_completed(unit, event)


SUBSCRIPTIONS: Mapping[type[Event], Handler] = {
    AgenciesChanged: on_agencies_changed,
    PeopleChanged: on_people_changed,
    BatchOpened: on_batch,
    BatchChanged: on_batch,
    VersionPublished: on_version_published,
    LmsEnrolmentRequested: on_lms_enrolment_requested,
    SeatsReleased: on_seats_released,
    SeatsCompleted: on_completed,
}
