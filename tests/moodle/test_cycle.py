"""One whole training between the real services and a real Moodle, with everything going away in the middle of it."""

import json
import secrets
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from demo.cast import Somebody
from tests.journeys.conftest import own_environment  # noqa: F401 - pytest finds fixtures by name in this module
from tests.moodle.site import Moodle
from tests.moodle.training import Training, training

PEOPLE, EACH, GIVEN_UP = 500, 100, 10


@pytest.mark.usefixtures("own_environment")
def test_five_hundred_people_are_trained_though_everything_goes_away(
    moodle: Moodle, tmp_path: Path, chromium: Browser
) -> None:
    with training(moodle, tmp_path, PEOPLE) as going:
        groups = [going.people[start : start + EACH] for start in range(0, PEOPLE, EACH)]
        with going.part("unreachable"):
            _while_moodle_is_unreachable(going, groups[0])
        with going.part("maintenance"):
            _while_moodle_is_maintained(going, groups[1])
        with going.part("answer lost"):
            _though_an_answer_is_lost(going, groups[2])
        with going.part("nothing wrong"):
            going.approved(groups[3])
            going.confirmed_or_completed(4 * EACH)
        early = [one for group in groups[:4] for one in group]
        with going.part("learn while Bangkom is stopped"):
            _learn_while_bangkom_is_stopped(going, early)
        _block_is_shown(going, chromium)
        with going.part("killed"):
            _killed_in_the_middle(going, groups[4])
        assert going.rows() == (PEOPLE, PEOPLE, PEOPLE)
        late = groups[4]
        with going.part("given up"):
            _give_up(going, late[:GIVEN_UP])
        with going.part("drift"):
            _drift_is_mended(going, late)
        with going.part("the rest learn"):
            going.learn(late[GIVEN_UP:])
            assert moodle.send()["waiting"] == 0
            going.have("completed", PEOPLE - GIVEN_UP)
        with going.part("closed"):
            _closed_and_sound(going)
        (tmp_path / "took.json").write_text(json.dumps(going.took), encoding="utf-8")


def _while_moodle_is_unreachable(going: Training, people: Sequence[Somebody]) -> None:
    going.gate.open = False
    before = going.gate.turned_away
    going.approved(people)
    going.until("turned away", lambda: going.gate.turned_away >= before + 3)
    assert going.rows()[0] == 0
    going.gate.open = True
    going.confirmed_or_completed(EACH)


def _while_moodle_is_maintained(going: Training, people: Sequence[Somebody]) -> None:
    going.moodle.php("admin/cli/maintenance.php", "--enable")
    before = going.gate.passed.count("enrol_users")
    going.approved(people)
    going.until("refused", lambda: going.gate.passed.count("enrol_users") > before)
    assert going.rows()[0] == EACH
    going.moodle.php("admin/cli/maintenance.php", "--disable")
    going.confirmed_or_completed(2 * EACH)


def _though_an_answer_is_lost(going: Training, people: Sequence[Somebody]) -> None:
    going.gate.lose = {"enrol_users"}
    going.approved(people)
    going.confirmed_or_completed(3 * EACH)
    assert going.gate.lost == ["enrol_users"]
    assert going.rows() == (3 * EACH, 3 * EACH, 3 * EACH)


def _learn_while_bangkom_is_stopped(going: Training, people: Sequence[Somebody]) -> None:
    going.whole.stop()
    going.learn(people)
    # Each opened two modules, completed two, and completed the course.
    assert going.moodle.send()["waiting"] == 5 * len(people)
    going.whole.start()
    assert going.moodle.send()["waiting"] == 0
    going.have("completed", len(people))


def _block_is_shown(going: Training, chromium: Browser) -> None:
    """Somebody who completed sees their hours in the course."""
    password = f"A1!{secrets.token_urlsafe(12)}"
    made = going.ask("shown", going.course, going.people[0].row.nip, password)
    page = chromium.new_page()
    try:
        page.set_default_timeout(60_000)
        page.goto(f"{going.moodle.url}/login/index.php")
        page.fill("#username", made["username"])
        page.fill("#password", password)
        page.click("#loginbtn")
        page.wait_for_url(lambda url: "/login/" not in url)
        page.goto(f"{going.moodle.url}/course/view.php?id={made['course']}")
        expect(page.locator(".block_bangkom").first).to_contain_text("6", timeout=60_000)
        expect(page.locator(".block_bangkom").first).to_contain_text("JP")
    finally:
        page.close()


def _killed_in_the_middle(going: Training, people: Sequence[Somebody]) -> None:
    """Moodle did the work of a call whose asker dies before it hears so."""
    gone = threading.Event()

    def kill() -> None:
        going.whole.kill()
        gone.set()

    going.gate.passing["enrol_users"] = kill
    approving = threading.Thread(target=going.approved, args=(people,))
    approving.start()
    assert gone.wait(300)
    going.whole.start()
    approving.join()
    going.confirmed_or_completed(PEOPLE)


def _give_up(going: Training, people: Sequence[Somebody]) -> None:
    ids = {one.person_id for one in people}
    seats = [seat for seat in going.cycle.seats(going.batch_id) if str(seat["person_id"]) in ids]
    for seat in seats:
        going.cycle.cancel_seat(str(seat["seat_id"]), "Bertugas di luar kota")
    assert going.rows()[0] == PEOPLE - GIVEN_UP


def _drift_is_mended(going: Training, late: Sequence[Somebody]) -> None:
    nips = [one.row.nip for one in late]
    going.ask("drift", going.course, nips[0], *nips[-3:])
    found = going.sync()
    assert (found["missing"], found["left"]) == (3, 1)
    going.sync("--fix")

    def mended() -> bool:
        found = going.sync()
        return (found["missing"], found["left"]) == (0, 0)

    going.until("mended", mended)
    assert going.rows()[0] == PEOPLE - GIVEN_UP


def _closed_and_sound(going: Training) -> None:
    batch = going.cycle.close(going.batch_id)
    took_part = PEOPLE - GIVEN_UP
    assert batch["counts"]["completed"] == took_part
    credits = "SELECT count(*), count(DISTINCT c.person_id), sum(jp) FROM credit c JOIN seat s USING (seat_id)"
    assert going.one("enrolment", f"{credits} WHERE s.batch_id = :batch") == (took_part, took_part, 6 * took_part)
    assert going.cycle.campaign(going.batch_id)["invited"] == took_part
    asked = "SELECT count(*), count(DISTINCT p.person_id) FROM participation p JOIN campaign c USING (campaign_id)"
    assert going.one("surveys", f"{asked} WHERE c.batch_id = :batch") == (took_part, took_part)
    going.until("sound", lambda: going.whole.command("audit", "--settled", check=False).returncode == 0)
