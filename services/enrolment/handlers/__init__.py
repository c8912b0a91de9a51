"""What enrolment does: a function a command, a function an event heard, and who hears what."""

from services.enrolment.handlers import answers, batches, closing, programmes
from shared.events import bridge, budget, content, surveys
from shared.events.event import Event
from shared.service import Handler

SUBSCRIPTIONS: dict[type[Event], Handler] = {
    content.VersionPublished: programmes.on_version_published,
    content.ModulesOpened: closing.on_modules_opened,
    content.ProgrammesCompleted: closing.on_programmes_completed,
    surveys.ChangeDecided: programmes.on_change_decided,
    budget.BatchReserved: batches.on_batch_reserved,
    budget.BatchRefused: batches.on_batch_refused,
    budget.BatchMoneyReleased: batches.on_batch_money_released,
    budget.BatchRealised: batches.on_batch_realised,
    budget.SeatsReserved: answers.on_seats_reserved,
    budget.SeatsRefused: answers.on_seats_refused,
    budget.SeatsMoneyReleased: answers.on_seats_money_released,
    budget.SeatsRealised: answers.on_seats_realised,
    budget.MoneyFreed: answers.on_money_freed,
    bridge.SeatsEnrolled: answers.on_seats_enrolled,
    bridge.SeatsRefused: answers.on_lms_refused,
    bridge.SeatsUnenrolled: answers.on_seats_unenrolled,
    bridge.UnenrolFailed: answers.on_unenrol_failed,
    bridge.EnrolmentsChangedOutside: answers.on_enrolments_changed_outside,
}
