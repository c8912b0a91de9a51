"""For an agency whose LMS has no API: files out, files in.

A site has one folder below BANGKOM_LMS_FOLDER, named by the setting `folder` (else by the site's code):

out/ enrolments-*.csv and unenrolments-*.csv: key, nip, name, email, course. Whole files only, each wish once. in/ what
the LMS side writes: completions-*.csv, enrolled-*.csv, refused-*.csv, removed-*.csv done/ files of `in` that were read,
each with a report per line bad/ files of `in` with a line that could not be read; the good lines in them count all the
same refuse.csv whom the LMS refuses: nip, and if given course and code

With the setting `confirm` = `at_once` (the default) a place is given once it is written into `out`, unless refuse.csv
names the learner. With `file` it is given, refused or taken only when a file in `in` answers with the key of the line
in `out`.
"""
