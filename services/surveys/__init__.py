"""surveys: asks who took part, keeps answers that nobody can be found by, and sees to it that they change something.

Owns: instruments, campaigns, participation, answers (apart from participation, see docs/privacy.md), measures,
findings, decisions and effects.

Says: invited, results_closed, finding_raised, change_decided, effect_measured, answer_published.

Hears: of enrolment agencies_changed, batch_opened, batch_changed, batch_cancelled, batch_closed, seats_confirmed,
seats_released, seats_completed, seats_failed, attendance_recorded, change_applied and change_refused; of content
version_published, change_drafted, change_refused, modules_opened, modules_completed and programmes_completed.
"""
