"""What a Moodle is asked while its answers are recorded: each function of local_bangkom done, refused with every code
that can be provoked, read in pages; and every way in which Moodle refuses a call as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TAG = "20001231202412"
"""Stands in recordings for the digits that a run has in the names of its courses and people. See recording.php."""
COURSE, READ = f"MW-{TAG}", f"READ-{TAG}"


@dataclass(frozen=True)
class Case:
    """One question. `while_` is what the site is like meanwhile; `pages` follows a list to its end, `twice` asks the
    same again and keeps both answers."""

    function: str
    given: Mapping[str, Any] = field(default_factory=dict)
    while_: tuple[tuple[str, ...], ...] = ()
    pages: bool = False
    twice: bool = False
    token: str = ""


def nip(number: int) -> str:
    return f"{TAG}{number:04d}"


def row(number: int, asked: str, course: str = COURSE, **more: object) -> dict[str, object]:
    """A row about a person, with a key of its own."""
    person = {"nip": nip(number), "name": "Sari Dewi", "email": f"{nip(number)}@a.example"}
    return {"key": f"{asked}-{TAG}", "course": course, **person, **more}


def _rows(function: str, words: Mapping[str, dict[str, object]]) -> dict[str, Case]:
    cases = {}
    for word, more in words.items():
        given = {"number": 1, **more}
        while_ = given.pop("while_", ())
        twice = given.pop("twice", False)
        one = row(asked=f"{function}.{word}", **given)  # type: ignore[arg-type]
        cases[f"{function}.{word}"] = Case(function, {"rows": [one]}, while_=while_, twice=twice)  # type: ignore[arg-type]
    return cases


TWIN, SHUT, UNKNOWN = {"course": f"TWIN-{TAG}"}, {"course": f"SHUT-{TAG}"}, {"course": f"NONE-{TAG}"}
_SEATS: dict[str, dict[str, object]] = {
    "done_where_there_is_no_seat": {"number": 7},
    "bad_row": {"course": ""},
    "course_conflict": {**TWIN},
    "user_conflict": {"number": 2},
    "not_allowed": {**SHUT},
}
CASES: dict[str, Case] = {
    "check.well": Case("check"),
    "check.ill": Case(
        "check", while_=(("setting", "curlsecurityblockedhosts", "127.0.0.0/8"), ("right", "moodle/grade:edit"))
    ),
    **_rows(
        "enrol_users",
        {
            "done": {"number": 31},
            "done_again": {"number": 32, "twice": True},
            "done_by_username": {"number": 5},
            "done_by_email": {"number": 6},
            "bad_row": {"course": ""},
            "bad_row_without_a_name": {"number": 33, "name": ""},
            "bad_email": {"number": 34, "email": "sari"},
            "bad_email_too_long": {"number": 35, "email": f"{'s' * 60}@{'contoh.' * 8}example"},
            "unknown_course": {**UNKNOWN},
            "no_method": {"course": f"BARE-{TAG}"},
            "course_conflict": {**TWIN},
            "user_conflict": {"number": 2},
            "user_suspended": {"number": 4},
            "not_allowed": {**SHUT},
            "not_allowed_to_make_an_account": {"number": 36, "while_": (("right", "moodle/user:create"),)},
        },
    ),
    **_rows("unenrol_users", {"done": {"number": 11}, "done_again": {"number": 11, "twice": True}, **_SEATS}),
    **_rows("suspend_users", {"done": {"number": 12}, "done_again": {"number": 12, "twice": True}, **_SEATS}),
    **_rows(
        "create_courses",
        {
            "done": {"course": f"BARU-1-{TAG}"},
            "done_again": {"course": f"BARU-2-{TAG}", "twice": True},
            "done_where_it_is": {},
            "bad_row": {"course": f"<b>{TAG}"},
            "unknown_category": {"course": f"BARU-3-{TAG}", "category": f"NONE-{TAG}"},
            "not_allowed": {"course": f"BARU-4-{TAG}", "category": f"SHUT-{TAG}"},
            "course_conflict": {"course": f"TAKEN-{TAG}"},
        },
    ),
    **_rows(
        "push_grades",
        {
            "done": {"item": "Kehadiran", "grade": 90},
            "done_again": {"item": "Kehadiran", "grade": 80, "twice": True},
            "bad_row": {"item": "Kehadiran", "grade": 101},
            "unknown_course": {"item": "Kehadiran", "grade": 90, **UNKNOWN},
            "course_conflict": {"item": "Kehadiran", "grade": 90, **TWIN},
            "unknown_person": {"item": "Kehadiran", "grade": 90, "number": 99},
            "user_conflict": {"item": "Kehadiran", "grade": 90, "number": 2},
            "not_enrolled": {"item": "Kehadiran", "grade": 90, "number": 7},
            "not_allowed": {"item": "Kehadiran", "grade": 90, **SHUT},
            "grade_not_written": {"item": "Terkunci", "grade": 90},
        },
    ),
    **_rows(
        "post_messages",
        {
            "done": {"subject": "Undangan", "text": "Besok."},
            "done_again": {"subject": "Undangan", "text": "Lusa.", "twice": True},
            "bad_row": {"subject": "", "text": "Besok."},
            "unknown_person": {"subject": "Undangan", "text": "Besok.", "number": 99},
            "user_conflict": {"subject": "Undangan", "text": "Besok.", "number": 2},
            "user_suspended": {"subject": "Undangan", "text": "Besok.", "number": 4},
        },
    ),
    "read_roster.pages": Case("read_roster", {"course": READ, "after": 0, "limit": 2}, pages=True),
    "read_completion.pages": Case("read_completion", {"course": READ, "after": 0, "limit": 2}, pages=True),
    **{
        f"{function}.{word}": Case(function, {**where, "after": 0, "limit": 2})
        for function in ("read_roster", "read_completion")
        for word, where in {"unknown_course": UNKNOWN, "course_conflict": TWIN, "not_allowed": SHUT}.items()
    },
    "error.unknown_token": Case("check", token="0" * 32),
    "error.unknown_function": Case("no_such_function"),
    "error.function_of_another_service": Case("core_webservice_get_site_info"),
    "error.rows_that_are_none": Case("enrol_users", {"rows": "x"}),
    "error.no_rows": Case("enrol_users"),
    "error.no_number": Case("read_roster", {"course": READ, "after": "x"}),
    "error.no_right_to_connect": Case("check", while_=(("right", "local/bangkom:connect"),)),
    "error.no_right_to_rest": Case("check", while_=(("right", "webservice/rest:use"),)),
    "error.maintenance": Case("check", while_=(("setting", "maintenance_enabled", "1"),)),
    "error.maintenance_by_command": Case("check", while_=(("maintenance",),)),
    "error.upgrade_running": Case("check", while_=(("setting", "upgraderunning", "4102444800"),)),
    "error.web_services_off": Case("check", while_=(("setting", "enablewebservices", "0"),)),
    "error.rest_off": Case("check", while_=(("setting", "webserviceprotocols", "soap"),)),
    "error.service_off": Case("check", while_=(("put", "service", '{"enabled": 0}'),)),
    "error.account_suspended": Case("check", while_=(("put", "account", '{"suspended": 1}'),)),
    "error.account_unconfirmed": Case("check", while_=(("put", "account", '{"confirmed": 0}'),)),
    "error.account_deleted": Case("check", while_=(("put", "account", '{"deleted": 1}'),)),
    "error.account_may_not_sign_in": Case("check", while_=(("put", "account", '{"auth": "nologin"}'),)),
    "error.account_not_of_the_service": Case("check", while_=(("put", "member", '{"userid": 1}'),)),
    "error.membership_of_another_address": Case("check", while_=(("put", "member", '{"iprestriction": "192.0.2.1"}'),)),
    "error.token_expired": Case("check", while_=(("put", "token", '{"validuntil": 1}'),)),
    "error.token_of_another_address": Case("check", while_=(("put", "token", '{"iprestriction": "192.0.2.1"}'),)),
}
