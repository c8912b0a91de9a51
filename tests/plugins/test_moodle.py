"""The Moodle plugin: what it makes of everything that a Moodle, or what pretends to be one, may answer."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from plugins.moodle.connector import Connector
from plugins.moodle.findings import MOST_CRON, MOST_LAG
from services.bridge.contract import Answer, Grade, Learner, Place, Result, Site, SiteFailed
from services.bridge.domain import code_word
from shared.errors import CATALOGUE
from shared.ids import new_id
from tests.moodle.cases import CASES
from tests.plugins.fake_moodle import GOLDEN, TOKEN, Moodle, golden, replayed, running

NIP = "200012312024121001"
FAILED = {"grade_not_written": Result.FAILED}
DETAIL = r"_(without_a_name|too_long|to_make_an_account)$"
"""What the name of a case adds to the code."""


@pytest.fixture
def moodle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Moodle]:
    monkeypatch.setenv("BANGKOM_PRIVATE_HOSTS", "127.0.0.1")
    with running(Moodle()) as made:
        yield made


def connector(moodle: Moodle, **settings: Any) -> Connector:
    return Connector(Site(code="lms", settings={"url": moodle.url, "token": TOKEN, **settings}))


def place(nip: str = NIP, course: str = "MW-1", key: str = "") -> Place:
    learner = Learner(person_id=new_id(), nip=nip, name="Sari Dewi", email="sari@example.go.id")
    return Place(key=key or str(new_id()), course=course, learner=learner)


def test_a_row_that_moodle_refuses_is_refused_with_its_code_and_takes_no_other_with_it(moodle: Moodle) -> None:
    asked = [place(), place(course="OTHER"), place(nip="2")]
    moodle.refuse["2"] = "lms.user_conflict"
    answers = connector(moodle).enrol(asked)
    assert [(one.result, one.code) for one in answers] == [
        (Result.DONE, ""),
        (Result.REFUSED, "lms.unknown_course"),
        (Result.REFUSED, "lms.user_conflict"),
    ]
    assert set(moodle.members) == {("MW-1", NIP)}


def test_more_than_five_hundred_rows_travel_in_several_calls(moodle: Moodle) -> None:
    asked = [place(nip=str(number)) for number in range(1200)]
    answers = connector(moodle).enrol(asked)
    assert [one.key for one in answers] == [one.key for one in asked]
    assert moodle.calls == [("enrol_users", 500), ("enrol_users", 500), ("enrol_users", 200)]
    assert len(moodle.members) == 1200


def test_a_suspended_seat_gives_no_entry_and_is_still_there(moodle: Moodle) -> None:
    wish = place()
    connector(moodle).enrol([wish])
    assert connector(moodle).suspend([place()])[0].result is Result.DONE
    assert [row.active for row in connector(moodle).roster("MW-1", 0).rows] == [False]


def test_lists_are_read_page_by_page(moodle: Moodle) -> None:
    moodle.page = 3
    moodle.by_hand = [("MW-1", str(number)) for number in range(7)]
    seen, after = [], 0
    while True:
        page = connector(moodle).roster("MW-1", after)
        seen += [(row.nip, row.ours) for row in page.rows]
        after = page.next
        if not after:
            break
    assert seen == [(str(number), False) for number in range(7)]
    moodle.completions = [
        {"nip": NIP, "completed_at": 0, "modules": [{"module": "M1", "completed_at": 1795510800, "score": None}]},
        {"nip": "2", "completed_at": 1795510800, "modules": []},
    ]
    rows = connector(moodle).completion("MW-1", 0).rows
    assert [(row.nip, row.at is not None, [one.module for one in row.modules]) for row in rows] == [
        (NIP, False, ["M1"]),
        ("2", True, []),
    ]


RECORDED = {
    "unknown_token": "token_refused",
    "unknown_function": "no_plugin",
    "function_of_another_service": "token_refused",
    "no_right_to_connect": "token_refused",
    "no_right_to_rest": "token_refused",
    "maintenance": "maintenance",
    "maintenance_by_command": "maintenance",
    "upgrade_running": "maintenance",
    "web_services_off": "service_off",
    "rest_off": "service_off",
    "service_off": "token_refused",
    "account_suspended": "token_refused",
    "account_unconfirmed": "token_refused",
    "account_deleted": "token_refused",
    "account_may_not_sign_in": "token_refused",
    "account_not_of_the_service": "token_refused",
    "membership_of_another_address": "token_refused",
    "token_expired": "token_refused",
    "token_of_another_address": "token_refused",
}
"""What becomes of it when a real Moodle refuses a call as a whole."""
ANSWERS: list[tuple[str, tuple[int, dict[str, str], bytes], str]] = [
    ("a page of HTML", (200, {"Content-Type": "text/html"}, b"<html><body>Sari Dewi</body></html>"), "no_moodle"),
    ("nothing", (200, {}, b""), "no_moodle"),
    ("half of JSON", (200, {}, b'{"results": ['), "no_moodle"),
    ("another JSON", (200, {}, b'["Sari Dewi"]'), "no_moodle"),
    ("null", (200, {}, b"null"), "no_moodle"),
    ("results that are none", (200, {}, b'{"results": "Sari Dewi"}'), "no_moodle"),
    ("a wall before it", (403, {"Content-Type": "text/html"}, b"<html>Sari Dewi</html>"), "service_off"),
    ("a wrong path", (404, {"Content-Type": "text/html"}, b"<html></html>"), "no_moodle"),
    ("a redirect into our network", (302, {"Location": "http://169.254.169.254/"}, b""), "no_moodle"),
    ("a redirect to this machine", (307, {"Location": "http://127.0.0.1:5432/"}, b""), "no_moodle"),
    ("a broken server", (500, {}, b"Sari Dewi"), "server_error"),
    ("a gateway that has nobody behind it", (502, {}, b""), "server_error"),
    ("maintenance by the web server", (503, {}, b""), "maintenance"),
    ("a broken table", (200, {}, b'{"errorcode": "dmlwriteexception", "message": "Sari Dewi"}'), "server_error"),
    *((name, replayed(f"error.{name}"), word) for name, word in RECORDED.items()),
]


@pytest.mark.parametrize(("answer", "word"), [one[1:] for one in ANSWERS], ids=[one[0] for one in ANSWERS])
def test_a_site_that_fails_as_a_whole_fails_by_a_word_of_ours_and_repeats_none_of_its_own(
    moodle: Moodle, answer: tuple[int, dict[str, str], bytes], word: str
) -> None:
    moodle.answer = answer
    with capture_logs() as logs:
        with pytest.raises(SiteFailed) as failed:
            connector(moodle).enrol([place()])
        health = connector(moodle).check()
    assert failed.value.code == f"moodle.{word}" == code_word(failed.value.code)
    assert failed.value.code in CATALOGUE
    assert not health.ok
    (finding,) = health.findings
    assert finding.indonesian
    assert finding.english
    assert not {NIP, "Sari", TOKEN} & {part for part in (NIP, "Sari", TOKEN) if part in f"{logs} {health}"}


@pytest.mark.parametrize("name", ["rows_that_are_none", "no_rows", "no_number"])
def test_a_refusal_of_one_call_fails_its_rows_only(moodle: Moodle, name: str) -> None:
    moodle.answer = replayed(f"error.{name}")
    wish = place()
    assert connector(moodle).enrol([wish]) == [
        Answer(key=wish.key, result=Result.FAILED, code="lms.not_answered"),
    ]
    assert not connector(moodle).check().ok


def test_every_way_in_which_a_real_moodle_refuses_is_told_apart() -> None:
    others = {"rows_that_are_none", "no_rows", "no_number"}
    assert {name.removeprefix("error.") for name in CASES if name.startswith("error.")} == {*RECORDED, *others}


def test_every_case_has_its_recording_and_no_other_is_kept() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(CASES)


ROWS = [name for name, case in CASES.items() if "rows" in case.given and not name.startswith("error.")]


@pytest.mark.parametrize("name", ROWS)
def test_what_a_real_moodle_answered_of_a_row_is_read(moodle: Moodle, name: str) -> None:
    moodle.answer = replayed(name)
    function, _, word = name.partition(".")
    (row,) = CASES[name].given["rows"]
    (answer,) = connector(moodle)._act(function, [row])
    result = Result.DONE if word.startswith("done") else FAILED.get(word, Result.REFUSED)
    assert (answer.key, answer.result) == (row["key"], result)
    assert answer.code.removeprefix("lms.") == ("" if result is Result.DONE else re.sub(DETAIL, "", word))


def test_what_a_real_moodle_says_of_itself_is_read(moodle: Moodle) -> None:
    moodle.answer = replayed("check.ill")
    unwell = {one.what for one in connector(moodle).check().findings if not one.ok}
    assert unwell >= {"rights", "block_list"}


@pytest.mark.parametrize("function", ["read_roster", "read_completion"])
@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("unknown_course", "lms.unknown_course"),
        ("course_conflict", "lms.course_conflict"),
        ("not_allowed", "moodle.no_rights"),
    ],
)
def test_a_list_that_a_real_moodle_refuses_says_why(moodle: Moodle, function: str, word: str, code: str) -> None:
    moodle.answer = replayed(f"{function}.{word}")
    read = connector(moodle).roster if function == "read_roster" else connector(moodle).completion
    with pytest.raises(SiteFailed, match=f"^{re.escape(code)}$"):
        read("MW-1", 0)


def test_the_lists_of_a_real_moodle_are_read(moodle: Moodle) -> None:
    for read, name in ((connector(moodle).roster, "read_roster"), (connector(moodle).completion, "read_completion")):
        for page in golden(f"{name}.pages"):
            moodle.answer = (200, {}, json.dumps(page).encode())
            seen = read("READ", 0)
            assert ([row.nip for row in seen.rows], seen.next) == ([row["nip"] for row in page["items"]], page["next"])


def test_rows_that_are_not_answered_or_answered_strangely_are_tried_again(moodle: Moodle) -> None:
    wishes = [place(key=str(number)) for number in range(5)]
    rows: list[Any] = [
        {"key": "0", "result": "done", "code": ""},
        {"key": "1", "result": "maybe"},
        {"key": 2, "result": "done"},
        "Sari Dewi",
        {"key": "9", "result": "done", "code": ""},
    ]
    moodle.answer = (200, {}, json.dumps({"results": rows}).encode())
    answers = connector(moodle).enrol(wishes)
    assert [one.key for one in answers] == ["0", "1", "2", "3", "4"]
    assert [one.result for one in answers].count(Result.FAILED) == 3


def test_an_unknown_course_has_no_list(moodle: Moodle) -> None:
    for read in (connector(moodle).roster, connector(moodle).completion):
        with pytest.raises(SiteFailed, match=r"^lms\.unknown_course$"):
            read("OTHER", 0)


@pytest.mark.parametrize(
    "page",
    [
        {"items": [{"id": 1, "nip": 5, "method": "other", "active": True}], "next": 0},
        {"items": [{"id": 1}], "next": 0},
        {"items": None, "next": 0},
        {"items": [], "next": "x"},
        {"items": [{"id": 1, "nip": NIP, "completed_at": 10**30, "modules": []}], "next": 0},
        {"items": [{"id": 1, "nip": NIP, "completed_at": "x", "modules": []}], "next": 0},
        {},
    ],
)
def test_a_list_of_another_shape_is_not_believed(moodle: Moodle, page: Any) -> None:
    moodle.answer = (200, {}, json.dumps(page).encode())
    with pytest.raises(SiteFailed):
        connector(moodle).completion("MW-1", 0)


def test_a_page_that_leads_back_ends_the_list(moodle: Moodle) -> None:
    moodle.answer = (200, {}, json.dumps({"items": [], "next": 3}).encode())
    assert connector(moodle).roster("MW-1", 7).next == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254",
        "http://localhost:5432",
        "https://localhost",
        "https://[::1]",
        "https://10.0.0.1",
        "http://lms.example.go.id",
        "https://user:secret@127.0.0.1",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "gopher://127.0.0.1:11211/_stats",
        "//127.0.0.1",
        "https://lms.example.go.id/?x=",
        "https://[",
        "",
    ],
)
def test_an_address_inside_our_network_or_of_another_kind_is_not_called(
    moodle: Moodle, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BANGKOM_PRIVATE_HOSTS")
    with pytest.raises(SiteFailed, match=r"^moodle\.address_refused$"):
        connector(moodle, url=url).enrol([place()])
    assert moodle.calls == []


def test_a_site_that_is_not_there_is_unreachable(moodle: Moodle) -> None:
    with pytest.raises(SiteFailed, match=r"^moodle\.unreachable$"):
        connector(moodle, url="http://127.0.0.1:1").enrol([place()])


@pytest.mark.parametrize(
    ("what", "told", "ok"),
    [
        ("moodle", {"version": "2022112800.00"}, False),
        ("plugin", {"plugin_version": "2020010100"}, False),
        ("rights", {"missing_capabilities": ["enrol/bangkom:enrol"]}, False),
        ("clock", {"time": 1_700_000_000}, True),
        ("cron", {"cron_last": 0}, True),
        ("block_list", {"curl_blocked": True}, True),
        ("id_number", {"idnumber_locked": False}, True),
        ("lti", {"lti_pending": 2}, True),
        ("outbox", {"outbox_waiting": 9, "outbox_oldest": MOST_LAG + 1}, True),
        ("outbox", {"outbox_parked": 1}, True),
    ],
)
def test_what_is_wrong_at_a_site_is_found_with_what_to_do(
    moodle: Moodle, what: str, told: dict[str, Any], ok: bool
) -> None:
    moodle.check = told
    health = connector(moodle).check()
    assert [one.what for one in health.findings if not one.ok] == [what]
    assert health.ok is ok
    assert health.detail
    assert all(one.indonesian and one.english for one in health.findings if one.what != "address")


def test_cron_that_ran_lately_is_well(moodle: Moodle) -> None:
    assert MOST_CRON > 60
    assert [one for one in connector(moodle).check().findings if not one.ok] == []


@pytest.mark.parametrize("told", [{"time": "now"}, {"version": "x"}, {"missing_capabilities": None}])
def test_a_check_of_another_shape_is_no_moodle(moodle: Moodle, told: dict[str, Any]) -> None:
    moodle.check = told
    assert connector(moodle).check().detail == "moodle.no_moodle"


def test_grades_are_written_under_their_item(moodle: Moodle) -> None:
    connector(moodle).enrol([place()])
    grade = Grade(key="1", course="MW-1", nip=NIP, item="Kehadiran", grade=90)
    assert connector(moodle).push_grades([grade])[0].result is Result.DONE
    assert moodle.grades == {("MW-1", NIP, "Kehadiran"): 90}
