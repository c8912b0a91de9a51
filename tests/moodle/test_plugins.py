"""The three plugins in a real Moodle: installed, called, and telling what happens."""

import re
import shutil
import subprocess
import uuid
from collections.abc import Sequence

from tests.moodle.bridge import Bridge
from tests.moodle.site import Moodle
from tests.needs import a_phpunit

SUITES = "local_bangkom_testsuite,enrol_bangkom_testsuite,block_bangkom_testsuite"


def a_course(moodle: Moodle) -> str:
    course = f"T-{uuid.uuid4().hex[:8]}"
    row = {"key": f"c-{course}", "course": course, "name": "Pelatihan"}
    assert moodle.results("create_courses", [row]) == {row["key"]: ("done", "")}
    return course


def some_people(count: int) -> list[str]:
    start = uuid.uuid4().int % 10**13
    return [f"1{(start + number) % 10**13:013d}{number:04d}" for number in range(count)]


def seats(course: str, nips: Sequence[str], wish: str) -> list[dict[str, object]]:
    return [
        {
            "key": f"{wish}-{course}-{nip}",
            "course": course,
            "nip": nip,
            "name": "Siti Rahma",
            "email": f"{nip}@a.example",
        }
        for nip in nips
    ]


def roster(moodle: Moodle, course: str) -> dict[str, tuple[str, bool]]:
    found: dict[str, tuple[str, bool]] = {}
    after = 0
    while True:
        page = moodle.call("read_roster", course=course, after=after, limit=200)
        found |= {item["nip"]: (item["method"], item["active"]) for item in page["items"]}
        after = page["next"]
        if not after:
            return found


def test_the_zips_install_without_a_warning(moodle: Moodle) -> None:
    assert not re.search(r"warning|notice|deprecated|debugging|exception", moodle.upgraded, re.IGNORECASE), (
        moodle.upgraded
    )


def test_the_phpunit_tests_of_the_plugins_pass(moodle: Moodle) -> None:
    config = moodle.folder / "phpunit.xml"
    assert config.exists(), "Initialise this Moodle's PHPUnit first: php admin/tool/phpunit/cli/init.php"
    if "local_bangkom_testsuite" not in config.read_text(encoding="utf-8"):
        moodle.php("admin/tool/phpunit/cli/util.php", "--buildconfig")
    own = moodle.folder / "vendor" / "bin" / "phpunit"
    program = ["php", str(own)] if own.exists() else [shutil.which("phpunit") or a_phpunit()]
    command = [*program, "-c", str(config), "--testsuite", SUITES, "--fail-on-warning"]
    ran = subprocess.run(command, cwd=moodle.folder, capture_output=True, text=True, timeout=1200)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(r"^OK \(\d+ tests", ran.stdout, re.MULTILINE), ran.stdout


def test_five_hundred_people_are_enrolled_suspended_and_unenrolled(moodle: Moodle, bridge: Bridge) -> None:
    course, nips = a_course(moodle), some_people(500)
    said = moodle.results("enrol_users", seats(course, nips, "enrol"))
    assert set(said.values()) == {("done", "")}
    assert roster(moodle, course) == dict.fromkeys(nips, ("bangkom", True))
    assert moodle.results("enrol_users", seats(course, nips, "enrol")) == said
    moodle.results("suspend_users", seats(course, nips[:1], "suspend"))
    assert roster(moodle, course)[nips[0]] == ("bangkom", False)
    moodle.results("unenrol_users", seats(course, nips[1:], "unenrol"))
    assert set(roster(moodle, course)) == {nips[0]}
    assert moodle.send()["waiting"] == 0
    assert bridge.facts == {}


def test_what_learners_do_is_told_once_though_the_bridge_was_down(moodle: Moodle, bridge: Bridge) -> None:
    course, nips = a_course(moodle), some_people(20)
    moodle.results("enrol_users", seats(course, nips, "enrol"))
    module = moodle.scenario("page", course, "Modul 1")
    moodle.scenario("view", str(module), *nips)
    bridge.down = True
    assert moodle.send()["waiting"] == 40
    moodle.scenario("complete", course, *nips)
    bridge.down = False
    assert moodle.send()["waiting"] == 0
    told = [(fact["type"], fact["subject"]) for fact in bridge.facts.values()]
    kinds = ("lms.module_opened", "lms.module_completed", "lms.course_completed")
    assert sorted(told) == sorted((kind, nip) for kind in kinds for nip in nips)
    assert sorted(bridge.told) == sorted(bridge.facts)
    done = {item["nip"]: item for item in moodle.call("read_completion", course=course)["items"]}
    assert set(done) == set(nips)
    assert all(item["completed_at"] and item["modules"][0]["module"] == "Modul 1" for item in done.values())


def test_a_row_that_the_bridge_cannot_read_stops_no_other(moodle: Moodle, bridge: Bridge) -> None:
    course, nips = a_course(moodle), some_people(9)
    moodle.results("enrol_users", seats(course, nips, "enrol"))
    for name in ("Modul baik", "Modul rusak"):
        module = moodle.scenario("page", course, name)
        moodle.scenario("view", str(module), *(nips if name == "Modul baik" else nips[:1]))
    bridge.unreadable = {"Modul rusak"}
    states = moodle.send()
    assert (states["waiting"], states["parked"]) == (0, 2)
    assert len(bridge.facts) == 18
    bridge.unreadable = set()
    moodle.php("local/bangkom/cli/outbox.php", "--resend=parked")
    assert moodle.send()["parked"] == 0
    assert len(bridge.facts) == 20


def test_what_is_done_by_hand_is_told(moodle: Moodle, bridge: Bridge) -> None:
    course, (nip,) = a_course(moodle), some_people(1)
    moodle.scenario("by_hand", course, nip)
    moodle.send()
    told = [(fact["type"], fact["subject"], fact["data"]["course"]) for fact in bridge.facts.values()]
    assert told == [("lms.enrolled", nip, course), ("lms.removed", nip, course)]


def test_the_check_says_that_nothing_is_missing(moodle: Moodle, bridge: Bridge) -> None:
    said = moodle.call("check")
    assert said["missing_capabilities"] == []
    assert said["curl_blocked"] is False
    moodle.set("curlsecurityblockedhosts", "127.0.0.0/8")
    assert moodle.call("check")["curl_blocked"] is True


def test_a_wrong_token_opens_nothing(moodle: Moodle, bridge: Bridge) -> None:
    moodle.token = "0" * 32
    assert moodle.call("check")["errorcode"] == "invalidtoken"
