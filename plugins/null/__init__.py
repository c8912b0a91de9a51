"""For an agency whose LMS has no course to enrol in, but whose places are to be recorded all the same."""
