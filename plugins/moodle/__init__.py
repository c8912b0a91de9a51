"""For an agency with Moodle 4.5 to 5.1: `connector` here, and local_bangkom, enrol_bangkom and block_bangkom there.

Settings of a site: `url` (where Moodle is, https) and `token` (of the service local_bangkom). What happens in Moodle is
told by Moodle itself with signed calls, so this plugin fetches no facts.
"""
