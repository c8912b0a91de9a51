"""Content: what is taught, who may learn it, how far they are.

Owns programmes, their immutable versions and the one draft of each; access of confirmed seats; progress in modules.
Says content.version_published, change_drafted, change_refused, modules_opened, modules_completed, programmes_completed.
Hears enrolment.batch_opened, batch_changed, seats_confirmed, seats_released; bridge.progress_reported;
surveys.change_decided.
"""
