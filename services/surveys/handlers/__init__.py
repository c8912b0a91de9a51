"""One function per command and per event heard; both doors call these."""

from collections.abc import Mapping

from services.surveys.handlers.batches import (
    on_agencies_changed,
    on_attendance_recorded,
    on_batch_cancelled,
    on_batch_changed,
    on_batch_closed,
    on_batch_opened,
    on_completions,
    on_modules_opened,
    on_seats_confirmed,
    on_seats_released,
)
from services.surveys.handlers.changes import (
    on_change_applied,
    on_change_drafted,
    on_change_refused,
    on_version_published,
)
from shared.events import Event, content, enrolment
from shared.service import Handler

SUBSCRIPTIONS: Mapping[type[Event], Handler] = {
    content.VersionPublished: on_version_published,
    content.ChangeDrafted: on_change_drafted,
    content.ChangeRefused: on_change_refused,
    content.ModulesOpened: on_modules_opened,
    content.ModulesCompleted: on_completions,
    content.ProgrammesCompleted: on_completions,
    enrolment.AgenciesChanged: on_agencies_changed,
    enrolment.BatchOpened: on_batch_opened,
    enrolment.BatchChanged: on_batch_changed,
    enrolment.BatchCancelled: on_batch_cancelled,
    enrolment.BatchClosed: on_batch_closed,
    enrolment.SeatsConfirmed: on_seats_confirmed,
    enrolment.SeatsReleased: on_seats_released,
    enrolment.SeatsCompleted: on_seats_confirmed,
    enrolment.SeatsFailed: on_seats_confirmed,
    enrolment.AttendanceRecorded: on_attendance_recorded,
    enrolment.ChangeApplied: on_change_applied,
    enrolment.ChangeRefused: on_change_refused,
}
