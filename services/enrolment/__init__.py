"""Enrolment: people, agencies, batches, seats, and the one conductor of a seat from nomination to credited hours.

Owns: people and agencies, JP targets and credits, batches and their sessions, nominations, approvals, seats, waiting
list, attendance, pending changes of trainer, venue, quota and schedule.
Says: people_changed, agencies_changed, batch_opened, batch_cancelled, batch_closed, seats_approved,
lms_enrolment_requested, seats_confirmed, seats_released, attendance_recorded, seats_completed, seats_failed,
change_applied, change_refused.
Hears: content.version_published, content.modules_opened, content.programmes_completed, every answer of budget and the
bridge about seats and batches, budget.money_freed, bridge.enrolments_changed_outside, surveys.change_decided.
"""
