"""The Moodle plugin: what it makes of everything that a Moodle, or what pretends to be one, may answer."""

import json
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
from tests.plugins.fake_moodle import TOKEN, Moodle, golden, running

NIP = "200012312024121001"


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


ANSWERS: list[tuple[str, tuple[int, dict[str, str], bytes], str]] = [
    ("a page of HTML", (200, {"Content-Type": "text/html"}, b"<html><body>Sari Dewi</body></html>"), "no_moodle"),
    ("nothing", (200, {}, b""), "no_moodle"),
    ("half of JSON", (200, {}, b'{"results": ['), "no_moodle"),
    ("another JSON", (200, {}, b'["Sari Dewi"]'), "no_moodle"),
    ("null", (200, {}, b"null"), "no_moodle"),
    ("results that are none", (200, {}, b'{"results": "Sari Dewi"}'), "no_moodle"),
    ("web services off", (403, {"Content-Type": "text/html"}, b"<html></html>"), "service_off"),
    ("a wrong path", (404, {"Content-Type": "text/html"}, b"<html></html>"), "no_moodle"),
    ("a redirect into our network", (302, {"Location": "http://169.254.169.254/"}, b""), "no_moodle"),
    ("a redirect to this machine", (307, {"Location": "http://127.0.0.1:5432/"}, b""), "no_moodle"),
    ("a broken server", (500, {}, b"Sari Dewi"), "server_error"),
    ("a gateway that has nobody behind it", (502, {}, b""), "server_error"),
    ("maintenance by the web server", (503, {}, b""), "maintenance"),
    *(
        (code, (200, {}, json.dumps({"exception": "x", "errorcode": code, "message": "Sari Dewi"}).encode()), word)
        for code, word in {
            "invalidtoken": "token_refused",
            "accessexception": "token_refused",
            "sitemaintenance": "maintenance",
            "upgraderunning": "maintenance",
            "servicenotavailable": "service_off",
            "invalidrecord": "no_plugin",
            "nopermissions": "no_rights",
            "dmlwriteexception": "server_error",
        }.items()
    ),
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


def test_a_refusal_of_one_call_fails_its_rows_only(moodle: Moodle) -> None:
    moodle.answer = (200, {}, json.dumps({"exception": "x", "errorcode": "invalidparameter"}).encode())
    wish = place()
    assert connector(moodle).enrol([wish]) == [
        Answer(key=wish.key, result=Result.FAILED, code="lms.not_answered"),
    ]
    assert not connector(moodle).check().ok


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


def test_the_fake_answers_in_the_shapes_that_are_kept(moodle: Moodle) -> None:
    kept_check = golden("check")
    made = moodle.call({"wstoken": TOKEN, "wsfunction": "local_bangkom_check"})
    assert {name: type(value) for name, value in made.items()} == {
        name: type(value) for name, value in kept_check.items()
    }
    for function in ("enrol_users", "read_roster", "read_completion"):
        kept = golden(function)
        form = {"wstoken": TOKEN, "wsfunction": f"local_bangkom_{function}", "course": "MW-1", "after": "0"}
        row = {"key": "k", "course": "MW-1", "nip": NIP, "name": "Sari Dewi", "email": "sari@example.go.id"}
        moodle.completions = kept["items"] if function == "read_completion" else []
        answer = moodle.call({**form, "rows": json.dumps([row])})
        assert set(answer) == set(kept)
        (many,) = (name for name in kept if name != "next")
        assert set(answer[many][0]) == set(kept[many][0])
