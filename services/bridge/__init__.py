"""The bridge: the door to an LMS. Facts in, actions out, through plugins.

Owns sites, the people as an LMS must know them (personal data stays here), the places wanted in LMS courses and how
they are. Says bridge.seats_enrolled, seats_refused, seats_unenrolled, unenrol_failed, progress_reported,
enrolments_changed_outside. Hears enrolment.agencies_changed, people_changed, batch_opened,
batch_changed, lms_enrolment_requested, seats_completed, seats_released; content.version_published.

`contract` is what a plugin must be; plugins/README.md explains it.
"""
