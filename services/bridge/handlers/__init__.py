"""What the bridge does on commands and on events heard."""

from collections.abc import Mapping

from services.bridge.handlers.places import on_lms_enrolment_requested, on_seats_released
from services.bridge.handlers.sites import on_batch, on_people_changed, on_version_published
from shared.events import Event
from shared.events.content import VersionPublished
from shared.events.enrolment import BatchChanged, BatchOpened, LmsEnrolmentRequested, PeopleChanged, SeatsReleased
from shared.service import Handler

SUBSCRIPTIONS: Mapping[type[Event], Handler] = {
    PeopleChanged: on_people_changed,
    BatchOpened: on_batch,
    BatchChanged: on_batch,
    VersionPublished: on_version_published,
    LmsEnrolmentRequested: on_lms_enrolment_requested,
    SeatsReleased: on_seats_released,
}
