"""Signed calls of an LMS site: who is let in, what is taken in, and what nobody can do with them."""

import json
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from services.bridge.handlers.keys import keys_of, make_key, retire_key
from services.bridge.handlers.pushed import COURSE_CHANGED, USER_CHANGED, fact_of
from services.bridge.signed import signature, sweep_signatures
from services.bridge.store.tables import COURSE as COURSES
from services.bridge.store.tables import LMS_FACT, SIGNATURE, SITE_KEY
from shared.auth import OPERATOR
from shared.errors import DomainError
from shared.events.bridge import EnrolmentsChangedOutside, ProgressReported
from shared.events.enrolment import AgenciesChanged, Agency
from shared.ids import new_id
from tests.services.bridge.given import (
    COURSE,
    SITE,
    Lms,
    add_site,
    batch_opened,
    nip_of,
    people,
    requested,
    version_published,
)
from tests.services.bridge.signing import Signer, told
from tests.services.bridge.untouched import CALLED, untouched
from tests.town import Town, only, who

GOLDEN = Path(__file__).resolve().parents[3] / "plugins" / "moodle" / "golden"
HELLO = {"plugin": "local_bangkom", "version": "2026112400", "lms": "moodle 4.5.6", "time": 1_700_000_000}


@pytest.fixture
def here(town: Town, lms: Lms) -> dict[str, Any]:
    """One person of an agency enrolled in the course of a batch whose programme has two modules."""
    batch, seat, person, programme, agency = (new_id() for _ in range(5))
    version = version_published(programme, "Prioritas", "Jadwal")
    add_site(town)
    events = (people(person, agency=agency), batch_opened(batch, programme), version, requested(batch, (seat, person)))
    for event in events:
        town.hear("bridge", event)
    town.run()
    modules = [one.module_id for one in version.modules]
    return {"batch": batch, "person": person, "agency": agency, "modules": modules, "site": Signer.of(town)}


def facts_kept(town: Town) -> int:
    with town.unit("bridge") as unit:
        return unit.db.scalar(select(func.count()).select_from(LMS_FACT)) or 0


def test_a_site_says_hello_and_learns_who_it_is_and_how_its_clock_goes(town: Town, here: dict[str, Any]) -> None:
    answer = here["site"].post("/site/hello", {**HELLO, "time": int(time.time()) - 90})
    assert answer.status_code == 200
    assert (answer.json["site"], answer.json["name"]) == (SITE, "LMS Kota")
    assert answer.json["skew"] in (90, 91, 92)


def test_every_kind_of_fact_is_taken_in_and_said_once(town: Town, here: dict[str, Any]) -> None:
    rows = [
        told("module_opened", module="prioritas"),
        told("module_completed", module="2", score=84.6, seconds=120),
        told("quiz_attempted", module="Jadwal", score=85),
        told("feedback_submitted", module="Prioritas"),
        told("course_completed"),
        told("removed"),
        told("user_changed", nip=nip_of(1), suspended=True, deleted=False),
        told("course_changed", name="Manajemen <b>Waktu</b>", visible=0, deleted=False),
    ]
    assert here["site"].facts(*rows) == [("accepted", "")] * 8
    said = town.run()
    first, second = here["modules"]
    (progress,) = only(said, ProgressReported)
    assert [(row.module_id, row.kind, row.score, row.seconds) for row in progress.rows] == [
        (first, "opened", None, None),
        (second, "completed", 85, 120),
        (second, "scored", 85, None),
        (first, "opened", None, None),
        (None, "completed", None, None),
    ]
    (outside,) = only(said, EnrolmentsChangedOutside)
    assert [(row.person_id, row.change) for row in outside.rows] == [(here["person"], "removed")]
    with town.unit("bridge") as unit:
        assert unit.db.execute(select(COURSES.c.course, COURSES.c.visible)).all() == [(COURSE, False)]
    assert here["site"].facts(*rows) == [("duplicate", "")] * 8
    assert town.run() == []


def test_the_same_fact_twice_in_one_call_counts_once(town: Town, here: dict[str, Any]) -> None:
    row = told("course_completed")
    assert here["site"].facts(row, row) == [("accepted", ""), ("duplicate", "")]
    (said,) = only(town.run(), ProgressReported)
    assert len(said.rows) == 1


def test_a_row_that_means_nothing_is_refused_and_the_others_are_not(town: Town, here: dict[str, Any]) -> None:
    good = told("course_completed")
    senseless: list[Any] = [
        told("module_completed", module=" "),
        told("quiz_attempted"),
        told("quiz_attempted", score=101),
        told("quiz_attempted", score=-1),
        told("quiz_attempted", score=True),
        told("quiz_attempted", score="85"),
        told("quiz_attempted", score=10**400),
        told("course_completed", seconds=10**12),
        told("course_completed", module="\0"),
        told("course_completed", module="\ud800"),
        told("course_completed", module="x" * 301),
        told("course_completed", course=["MW-1"]),
        told("course_completed", _time="9999-12-31T23:59:59Z"),
        told("course_completed", _time="1970-01-01T00:00:00Z"),
        told("course_completed", _time="2026-03-02T07:00:00"),
        told("course_completed", _time="yesterday"),
        told("course_completed", _specversion="0.3"),
        told("course_completed", _data=None),
        told("course_completed", _id="x" * 201),
        told("course_completed", _id=7),
        told("course_completed", _id="\0"),
        told("course_changed", visible="maybe"),
        told("danced"),
        "no fact",
        None,
        [],
    ]
    rows: list[tuple[Any, str]] = [
        (told("course_completed", number=2), "lms.unknown_person"),
        (told("course_completed", _subject=""), "lms.unknown_person"),
        (told("course_completed", course="OTHER"), "lms.unknown_course"),
        (told("course_changed", course="OTHER"), "lms.unknown_course"),
        (told("user_changed", nip=nip_of(2)), "lms.unknown_person"),
        (told("module_completed", module="9"), "lms.unknown_module"),
        (told("enrolled", key=str(new_id())), "lms.unknown_key"),
        *((row, "lms.bad_fact") for row in senseless),
    ]
    answered = here["site"].facts(*(row for row, _ in rows), good)
    assert answered == [*(("refused", code) for _, code in rows), ("accepted", "")]
    assert facts_kept(town) == 1


def test_progress_in_a_module_not_heard_of_is_accepted_and_waits(town: Town, lms: Lms) -> None:
    batch, seat, person, programme = (new_id() for _ in range(4))
    add_site(town)
    town.hear("bridge", people(person))
    town.hear("bridge", requested(batch, (seat, person)))
    town.run()
    assert Signer.of(town).facts(told("module_completed", module="Prioritas")) == [("accepted", "")]
    assert town.run() == []
    town.hear("bridge", batch_opened(batch, programme))
    town.hear("bridge", version_published(programme, "Prioritas"))
    assert len(only(town.run(), ProgressReported)) == 1


def test_a_forged_call_changes_nothing_and_learns_nothing(town: Town, here: dict[str, Any]) -> None:
    site: Signer = here["site"]
    add_site(town, code="other")
    other = Signer.of(town, "other")
    mixed = Signer(town, other.key, site.secret)
    row = told("course_completed")
    data, headers = site.call("/facts", [row])
    forged = [
        Signer(town, site.key, "guessed").call("/facts", [row]),
        Signer(town, "kota.k9", site.secret).call("/facts", [row]),
        Signer(town, "'; DROP TABLE site; --", site.secret).call("/facts", [row]),
        Signer(town, "\u00e9", site.secret).call("/facts", [row]),
        mixed.call("/facts", [row]),
        site.call("/site/hello", [row]),
        (data + b" ", headers),
        (data, {**headers, "X-Bangkom-Timestamp": str(int(headers["X-Bangkom-Timestamp"]) + 1)}),
        (data, {**headers, "X-Bangkom-Signature": headers["X-Bangkom-Signature"].removeprefix("sha256=")}),
        (data, {**headers, "X-Bangkom-Signature": headers["X-Bangkom-Signature"].upper()}),
        (data, {**headers, "X-Bangkom-Signature": "sha256=\u00e9"}),
        site.call("/facts", [row], X_Bangkom_Timestamp="-1"),
        site.call("/facts", [row], X_Bangkom_Timestamp="\u0661"),
        site.call("/facts", [row], X_Bangkom_Timestamp="1e9"),
        site.call("/facts", [row], X_Bangkom_Timestamp="."),
        site.call("/facts", [row], X_Bangkom_Timestamp="1795510800.0000001"),
        *((data, {name: value for name, value in headers.items() if name != gone}) for gone in list(headers)[:3]),
        (b"not even JSON", headers),
    ]
    with untouched(town), capture_logs() as logs:
        answers = [site.send(*call) for call in forged]
    assert {(one.status_code, one.json["code"]) for one in answers} == {(401, "lms.bad_signature")}
    assert len({json.dumps({k: v for k, v in one.json.items() if k != "request_id"}) for one in answers}) == 1
    assert town.run() == []
    assert nip_of(1) not in str(logs)
    assert site.secret not in str(logs)
    assert site.send(data, headers).status_code == 200


def test_a_key_of_another_site_speaks_for_that_site_only(town: Town, here: dict[str, Any]) -> None:
    add_site(town, code="other")
    other = Signer.of(town, "other")
    with untouched(town, *CALLED):
        assert other.facts(told("course_completed")) == [("refused", "lms.unknown_course")]


def test_a_call_is_good_once(town: Town, here: dict[str, Any]) -> None:
    site: Signer = here["site"]
    call = site.call("/facts", [told("course_completed")])
    assert site.send(*call).status_code == 200
    with untouched(town), capture_logs() as logs:
        again = site.send(*call)
    assert nip_of(1) not in str(logs)
    assert (again.status_code, again.json["code"]) == (409, "lms.replayed")
    assert len(only(town.run(), ProgressReported)) == 1


def test_the_same_words_twice_in_a_second_are_two_calls(town: Town, here: dict[str, Any]) -> None:
    site: Signer = here["site"]
    row = told("course_completed")
    for fraction in (".1", ".100001", ".2"):
        answer = site.post("/facts", [row], X_Bangkom_Timestamp=f"{site.began}{fraction}")
        assert answer.status_code == 200


def test_a_call_that_is_refused_for_its_body_may_come_again(town: Town, here: dict[str, Any]) -> None:
    site: Signer = here["site"]
    call = site.call("/facts", b"[{]")
    for _ in range(2):
        answer = site.send(*call)
        assert (answer.status_code, answer.json["code"]) == (400, "request.malformed")


@pytest.mark.parametrize(("skew", "status"), [(-280, 200), (280, 200), (-320, 401), (320, 401)])
def test_clocks_may_differ_by_five_minutes(town: Town, here: dict[str, Any], skew: int, status: int) -> None:
    site: Signer = here["site"]
    site.skew = skew
    answer = site.post("/facts", [told("course_completed")])
    assert answer.status_code == status
    if status == 401:
        assert answer.json["code"] == "lms.late"
        assert answer.json["facts"]["time"].endswith("+00:00")
        with untouched(town), capture_logs() as logs:
            assert site.post("/facts", [told("course_completed")]).status_code == 401
        assert [one["event"] for one in logs] == ["lms.refused_call"]
        assert nip_of(1) not in str(logs)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "request.malformed"),
        (b"{}", 400, "request.malformed"),
        (b"[NaN]", 400, "request.malformed"),
        (b"[" * 10_000, 400, "request.malformed"),
        (b'[{"id":"1","id":"2"}]', 400, "request.malformed"),
        (b"[" + b"9" * 5000 + b"]", 400, "request.malformed"),
        (json.dumps([{}] * 501).encode(), 422, "lms.too_many_rows"),
        (b'["' + b"x" * (5 * 1024 * 1024) + b'"]', 413, "request.too_large"),
    ],
)
def test_a_body_that_cannot_be_taken_in_is_refused(
    town: Town, here: dict[str, Any], body: bytes, status: int, code: str
) -> None:
    with untouched(town), capture_logs() as logs:
        answer = here["site"].post("/facts", body)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert "xxxx" not in str(logs)


def test_five_hundred_facts_come_in_one_call(town: Town, here: dict[str, Any]) -> None:
    rows = [told("module_opened", module="1") for _ in range(500)]
    assert here["site"].facts(*rows) == [("accepted", "")] * 500
    (said,) = only(town.run(), ProgressReported)
    assert len(said.rows) == 500


def test_a_bad_hello_is_refused(town: Town, here: dict[str, Any]) -> None:
    bodies: list[Any] = [{}, {**HELLO, "time": "now"}, {**HELLO, "more": 1}, {**HELLO, "lms": "\0"}, []]
    for body in bodies:
        answer = here["site"].post("/site/hello", body)
        assert (answer.status_code, answer.json["code"]) == (422, "request.invalid")


def test_a_site_speaks_of_its_own_agencies_and_those_below_them_only(town: Town, lms: Lms) -> None:
    mine, below, theirs = new_id(), new_id(), new_id()
    batch, programme = new_id(), new_id()
    seats = [(new_id(), new_id()) for _ in range(3)]
    add_site(town)
    town.hear("bridge", batch_opened(batch, programme))
    for number, (agency, (_, person)) in enumerate(zip((mine, below, theirs), seats, strict=True), 1):
        town.hear("bridge", people(person, agency=agency, start=number))
    town.hear("bridge", requested(batch, *seats))
    town.run()
    add_site_for(town, str(mine))
    site = Signer.of(town)

    def told_of_each(kind: str) -> list[str]:
        answers = site.facts(*(told(kind, number, nip=nip_of(number)) for number in (1, 2, 3)))
        return [outcome for outcome, code in answers if (outcome == "refused") is (code == "lms.unknown_person")]

    assert told_of_each("course_completed") == ["accepted", "refused", "refused"]
    agencies = (
        Agency(agency_id=mine, rev=1, code="1", name="Dinas", parent_id=below),
        Agency(agency_id=below, rev=1, code="1.1", name="UPT", parent_id=mine),
    )
    town.hear("bridge", AgenciesChanged(instance="12.73", agencies=agencies))
    for kind in ("course_completed", "removed", "user_changed"):
        assert told_of_each(kind) == ["accepted", "accepted", "refused"]
    said = town.run()
    of = {row.person_id for event in said for row in event.items}
    assert of == {person for _, person in seats[:2]}


def add_site_for(town: Town, *agencies: str) -> None:
    body = {"name": "LMS Kota", "plugin": "pretender", "settings": {}, "agencies": list(agencies)}
    assert town.client("bridge", who(OPERATOR)).put(f"/v1/sites/{SITE}", body).status_code == 200


def test_two_keys_count_at_once_so_that_a_site_can_change_them(town: Town, here: dict[str, Any]) -> None:
    old, new = here["site"], Signer.of(town)
    assert (old.key, new.key) == ("kota.k1", "kota.k2")
    for site in (old, new):
        assert site.facts(told("course_completed")) == [("accepted", "")]
    with town.unit("bridge") as unit, pytest.raises(DomainError, match=r"^lms\.two_keys$"):
        make_key(unit, SITE)
    with town.unit("bridge") as unit:
        retire_key(unit, SITE, old.key)
        assert [bool(key["retired_at"]) for key in keys_of(unit, SITE)] == [True, False]
    answer = old.post("/facts", [told("course_completed")])
    assert (answer.status_code, answer.json["code"]) == (401, "lms.bad_signature")
    assert new.facts(told("course_completed")) == [("accepted", "")]
    with town.unit("bridge") as unit, pytest.raises(DomainError, match=r"^request\.not_found$"):
        retire_key(unit, SITE, old.key)
    assert Signer.of(town).key == "kota.k3"


def test_a_secret_is_not_in_the_database_as_it_is(town: Town, here: dict[str, Any]) -> None:
    with town.unit("bridge") as unit:
        kept = unit.db.scalars(select(SITE_KEY.c.secret)).all()
    assert kept
    assert here["site"].secret not in str(kept)


def test_signatures_are_forgotten_once_they_are_too_old_to_come_again(
    town: Town, here: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    here["site"].facts(told("course_completed"))

    def left() -> int:
        with town.unit("bridge") as unit:
            sweep_signatures(unit)
            return unit.db.scalar(select(func.count()).select_from(SIGNATURE)) or 0

    assert left() == 1
    monkeypatch.setattr("services.bridge.signed.KEPT", timedelta(0))
    assert left() == 0


def test_the_plugin_in_moodle_and_the_bridge_sign_alike() -> None:
    golden = json.loads((GOLDEN / "signature.json").read_text(encoding="utf-8"))
    words = (golden["secret"], golden["method"], golden["path"], golden["timestamp"], golden["body"].encode())
    assert f"sha256={signature(*words)}" == golden["signature"]


def test_every_fact_that_the_plugin_in_moodle_can_tell_is_read() -> None:
    told_there = [json.loads(path.read_text(encoding="utf-8"))["out"] for path in (GOLDEN / "facts").glob("*.json")]
    facts = [one for one in told_there if one and one["type"] not in (USER_CHANGED, COURSE_CHANGED)]
    assert len(facts) > 5
    for one in facts:
        assert fact_of(one).course
