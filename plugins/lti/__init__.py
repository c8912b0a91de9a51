"""Any LMS with LTI 1.3 Advantage: it opens Bangkom for its people, shows what they may choose to link to, tells who is
in a course, and takes grades.

pylti1p3 speaks the services (access token, names and roles, grades, deep linking, registration). Its own launch is not
used: it accepts a token twice, believes a state without the browser's cookie once a token was accepted, takes the
algorithm from the key, and waits for ever. What a launch must prove is read in `messages`.
"""
