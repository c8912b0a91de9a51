"""`bangkom lms`: keys, the diagnosis, the comparison of both sides, courses, sealing anew."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from sqlalchemy import insert, select

from services.bridge.app import SERVICE
from services.bridge.sealing import seal
from services.bridge.store.tables import COURSE as COURSES
from services.bridge.store.tables import SITE
from shared.config import BadSettings
from shared.events.bridge import EnrolmentsChangedOutside, ProgressReported, SeatsEnrolled
from shared.ids import new_id
from tests.plugins.fake_moodle import TOKEN, Moodle, running
from tests.services.bridge.given import (
    COURSE,
    add_site,
    batch_opened,
    nip_of,
    people,
    released,
    requested,
    seats_of,
    version_published,
)
from tests.services.bridge.given import SITE as CODE
from tests.services.bridge.signing import Signer, told
from tests.town import Town, only

Run = Callable[..., Result]


@pytest.fixture
def moodle(monkeypatch: pytest.MonkeyPatch) -> Iterator[Moodle]:
    monkeypatch.setenv("BANGKOM_PRIVATE_HOSTS", "127.0.0.1")
    with running(Moodle()) as made:
        yield made


@pytest.fixture
def run(town: Town, monkeypatch: pytest.MonkeyPatch) -> Run:
    url = town.engines["bridge"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_BRIDGE_DATABASE_URL", url)
    monkeypatch.setenv("COLUMNS", "300")
    assert SERVICE.commands is not None
    commands = SERVICE.commands
    return lambda *words, **more: CliRunner().invoke(commands, ["lms", *words], **more)


@pytest.fixture
def here(town: Town, moodle: Moodle) -> dict[str, Any]:
    """Two people enrolled in the course of a batch, one who was given up, one whom Bangkom knows from elsewhere."""
    batch, programme = new_id(), new_id()
    seats = [(new_id(), new_id()) for _ in range(4)]
    add_site(town, plugin="moodle", url=moodle.url, token=TOKEN)
    version = version_published(programme, "M1", "M2")
    for event in (people(*(person for _, person in seats)), batch_opened(batch, programme), version):
        town.hear("bridge", event)
    town.hear("bridge", requested(batch, *seats[:3]))
    town.run()
    town.hear("bridge", released(batch, seats[2]))
    town.run()
    assert set(moodle.members) == {(COURSE, nip_of(1)), (COURSE, nip_of(2))}
    return {"batch": batch, "seats": seats, "modules": [one.module_id for one in version.modules]}


def test_a_token_is_read_from_standard_input_and_shown_nowhere(town: Town, moodle: Moodle, run: Run) -> None:
    added = run("add", "m", "--plugin", "moodle", "--set", f"url={moodle.url}", "--set", "token=-", input=TOKEN + "\n")
    assert added.exit_code == 0, added.output
    town.run()
    assert moodle.calls == [("check", 0)]
    for words in (("list",), ("list", "--json"), ("check", "m"), ("key", "m", "--list")):
        assert TOKEN not in run(*words).output


def test_a_name_is_shown_as_it_is_and_moves_no_cursor(town: Town, run: Run) -> None:
    name = "<script>alert(1)</script> [red] \x1b]0;x\x07"
    assert run("add", "m", "--plugin", "null", "--name", name).exit_code == 0
    output = run("list").output
    assert "<script>alert(1)</script> [red]" in output
    assert "\x1b" not in output
    assert "\x07" not in output


def test_keys_are_made_listed_and_retired(town: Town, run: Run) -> None:
    add_site(town, plugin="null")
    made = run("key", CODE)
    assert made.exit_code == 0
    secret = made.output.split("Rahasia / secret: ")[1].split()[0]
    assert Signer(town, f"{CODE}.k1", secret).post("/site/hello", b"x").status_code == 400
    assert secret not in run("key", CODE, "--list").output
    assert run("key", CODE).exit_code == 0
    assert run("key", CODE).exit_code == 1
    assert run("key", CODE, "--retire", f"{CODE}.k1").exit_code == 0
    assert "mati" not in run("key", CODE, "--list").output
    assert run("key", CODE, "--retire", f"{CODE}.k1").exit_code == 1
    assert run("key", "none").exit_code == 1
    assert run("key", "none", "--list").exit_code == 1


def test_a_site_that_is_well_on_both_sides_is_well(town: Town, here: Any, run: Run) -> None:
    Signer.of(town).facts(told("course_completed"))
    answer = run("check", CODE)
    assert answer.exit_code == 0, answer.output
    assert "4.5.6" in answer.output
    assert "!!" not in answer.output


def test_what_is_wrong_is_told_in_both_languages_with_what_to_do(
    town: Town, here: Any, moodle: Moodle, run: Run
) -> None:
    moodle.check = {"curl_blocked": True, "lti_pending": 1, "release": "\x1b[2J[red]"}
    gone = {"site": CODE, "course": COURSE, "name": "x", "visible": False, "deleted": False}
    with town.unit("bridge") as unit:
        unit.db.execute(insert(COURSES).values(at=unit.now, **gone))
    indonesian = run("check", CODE)
    assert indonesian.exit_code == 1
    for words in ("daftar blokir cURL", "alat LTI", "bangkom lms key kota", "disembunyikan", "[2J[red]"):
        assert words in indonesian.output
    assert "\x1b" not in indonesian.output
    english = run("check", CODE, "--language", "en")
    for words in ("block list", "LTI tool", "Make a key", "hidden"):
        assert words in english.output
    found = json.loads(run("check", CODE, "--json").output)
    wrong = {one["what"] for one in found["findings"] if not one["ok"]}
    assert wrong == {"block_list", "lti", "key", "heard", "courses"}
    assert all(one["do"] for one in found["findings"] if not one["ok"])


def test_a_site_that_does_not_answer_is_diagnosed_too(town: Town, here: Any, moodle: Moodle, run: Run) -> None:
    moodle.answer = (200, {}, b'{"exception":"x","errorcode":"invalidtoken","message":"Sari"}')
    answer = run("check", CODE)
    assert answer.exit_code == 1
    assert "moodle.token_refused" in answer.output
    assert "Sari" not in answer.output
    assert run("check", "none").exit_code == 1


def test_a_plugin_that_can_do_less_says_what_it_cannot(town: Town, run: Run) -> None:
    added = run("add", CODE, "--plugin", "null")
    for words in (
        "LMS ini tidak dapat: ",
        "This LMS cannot: ",
        "make courses",
        "pass on messages",
        "tell what happens",
    ):
        assert words in added.output
    checked = run("check", CODE).output
    assert "membuat kursus" in checked
    assert "memberi tahu apa yang terjadi di sana" in checked
    assert run("sync", CODE).exit_code == 1
    assert run("course", CODE, "MW-9", "Baru").exit_code == 1


def test_both_sides_that_agree_have_no_drift(town: Town, here: Any, run: Run) -> None:
    answer = run("sync", CODE, "--json")
    assert answer.exit_code == 0, answer.output
    (course,) = json.loads(answer.stdout)["courses"]
    assert course == {"course": COURSE, "missing": 0, "left": 0, "outside": 0, "unreported": 0, "strangers": 0}


def test_drift_is_shown_and_mended_by_calls_and_events_only(town: Town, here: Any, moodle: Moodle, run: Run) -> None:
    del moodle.members[COURSE, nip_of(1)]
    moodle.members[COURSE, nip_of(3)] = True
    moodle.by_hand = [(COURSE, nip_of(4)), (COURSE, "199901012024121001")]
    moodle.page = 2
    moodle.completions = [
        {
            "nip": nip_of(2),
            "completed_at": 1_772_000_000,
            "modules": [
                {"module": "M1", "completed_at": 1_772_000_000, "score": 80},
                {"module": "Not of this programme", "completed_at": 1_772_000_000, "score": None},
            ],
        },
        {"nip": "199901012024121001", "completed_at": 1_772_000_000, "modules": []},
        {"nip": nip_of(1), "completed_at": 0, "modules": []},
    ]
    answer = run("sync", CODE, "--json")
    assert answer.exit_code == 1, answer.output
    (course,) = json.loads(answer.stdout)["courses"]
    assert course == {"course": COURSE, "missing": 1, "left": 1, "outside": 1, "unreported": 2, "strangers": 1}
    assert town.run() == []
    assert run("sync", CODE, "--fix").exit_code == 0
    said = town.run()
    assert set(moodle.members) == {(COURSE, nip_of(1)), (COURSE, nip_of(2))}
    (outside,) = only(said, EnrolmentsChangedOutside)
    assert [(row.person_id, row.change) for row in outside.rows] == [(here["seats"][3][1], "enrolled")]
    (progress,) = only(said, ProgressReported)
    assert [(row.person_id, row.module_id) for row in progress.rows] == [
        (here["seats"][1][1], here["modules"][0]),
        (here["seats"][1][1], None),
    ]
    assert seats_of(said, SeatsEnrolled) == {}
    again = json.loads(run("sync", CODE, "--json").stdout)["courses"][0]
    assert (again["missing"], again["left"], again["unreported"]) == (0, 0, 0)
    assert run("sync", CODE, "--fix").exit_code == 0
    assert only(town.run(), ProgressReported) == []


def test_a_completion_that_was_told_is_no_drift(town: Town, here: Any, moodle: Moodle, run: Run) -> None:
    Signer.of(town).facts(told("course_completed"), told("module_completed", module="M2"))
    town.run()
    module = {"module": "M2", "completed_at": 1_772_000_000, "score": None}
    moodle.completions = [{"nip": nip_of(1), "completed_at": 1_772_000_000, "modules": [module]}]
    assert run("sync", CODE).exit_code == 0


def test_a_course_that_is_not_there_is_named(town: Town, here: Any, run: Run) -> None:
    answer = run("sync", CODE, "--course", "OTHER")
    assert answer.exit_code == 1
    assert "lms.unknown_course" in answer.output


def test_a_course_is_made_in_the_lms(town: Town, here: Any, moodle: Moodle, run: Run) -> None:
    assert run("course", CODE, "MW-2", "Manajemen Waktu 2", "--category", "Umum").exit_code == 0
    assert "MW-2" in moodle.courses


def test_everything_is_sealed_anew_with_the_first_key(
    town: Town, here: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Signer.of(town)
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    kept = os.environ["BANGKOM_LMS_KEYS"]
    monkeypatch.setenv("BANGKOM_LMS_KEYS", f"{new},{kept}")
    assert run("rotate").exit_code == 0
    monkeypatch.setenv("BANGKOM_LMS_KEYS", new)
    assert site.facts(told("course_completed")) == [("accepted", "")]
    assert run("sync", CODE).exit_code == 0
    monkeypatch.setenv("BANGKOM_LMS_KEYS", old)
    lost = run("sync", CODE)
    assert lost.exit_code == 1
    assert "BANGKOM_LMS_KEYS" in lost.output
    assert site.post("/facts", []).status_code == 500


def test_settings_that_an_older_release_kept_in_plain_are_read_and_then_sealed(
    town: Town, here: Any, moodle: Moodle, run: Run
) -> None:
    with town.unit("bridge") as unit:
        unit.db.execute(SITE.update().values(settings={"url": moodle.url, "token": TOKEN}))
    assert run("sync", CODE).exit_code == 0
    assert run("rotate").exit_code == 0
    with town.unit("bridge") as unit:
        assert TOKEN not in str(unit.db.scalars(select(SITE.c.settings)).all())
    assert run("sync", CODE).exit_code == 0


def test_outside_development_nothing_is_sealed_without_a_key(
    town: Town, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("BANGKOM_LMS_KEYS")
    monkeypatch.setenv("BANGKOM_HOME", str(tmp_path / "home"))
    assert seal("x") != "x"
    assert (tmp_path / "home" / "lms.key").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("BANGKOM_ENV", "production")
    with pytest.raises(BadSettings, match="BANGKOM_LMS_KEYS"):
        seal("x")
    monkeypatch.setenv("BANGKOM_LMS_KEYS", "short")
    with pytest.raises(BadSettings, match="Fernet"):
        seal("x")
    assert SERVICE.check_settings is not None
    with pytest.raises(BadSettings, match="Fernet"):
        SERVICE.check_settings()
