"""One whole training between the real services and a real Moodle, with everything going away in the middle of it."""

import json
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from demo.cast import Somebody
from demo.cycle import NotReached
from shared import clock
from tests.journeys.conftest import own_environment  # noqa: F401 - pytest finds fixtures by name in this module
from tests.moodle.site import Moodle
from tests.moodle.training import FIXED_COST, JP, SEAT_PRICE, Training, training

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
        with going.part("block"):
            _block_is_shown(going, chromium)
        late = groups[4]
        with going.part("killed"):
            _killed_in_the_middle(going, late)
        assert going.there() == _nips(going.people)
        staying = [*early, *late[GIVEN_UP:]]
        with going.part("given up"):
            _give_up(going, late[:GIVEN_UP])
        assert going.there() == _nips(staying)
        with going.part("drift"):
            _drift_is_mended(going, late[0], late[-3:], staying)
        with going.part("the rest learn"):
            going.learn(late[GIVEN_UP:])
            assert moodle.send()["waiting"] == 0
            going.have("completed", len(staying))
        with going.part("closed"):
            _closed(going, staying)
        with going.part("sound"):
            _sound(going)
        assert going.there() == _nips(staying)
        (tmp_path / "took.json").write_text(json.dumps(going.took), encoding="utf-8")
        print(json.dumps(going.took))  # noqa: T201 - what docs/lms-moodle.md says of it


def _nips(people: Sequence[Somebody]) -> list[str]:
    return sorted(one.row.nip for one in people)


def _while_moodle_is_unreachable(going: Training, people: Sequence[Somebody]) -> None:
    going.gate.open = False
    began, before = time.monotonic(), going.gate.turned_away
    going.approved(people)
    going.until("turned away", lambda: going.gate.turned_away >= before + 3)
    going.a_minute_after(began)
    assert going.there() == []
    going.gate.open = True
    going.confirmed_or_completed(EACH)


def _while_moodle_is_maintained(going: Training, people: Sequence[Somebody]) -> None:
    going.moodle.php("admin/cli/maintenance.php", "--enable")
    before = going.gate.passed.count("enrol_users")
    going.approved(people)
    going.until("refused", lambda: going.gate.passed.count("enrol_users") > before)
    assert len(going.there()) == EACH
    going.moodle.php("admin/cli/maintenance.php", "--disable")
    going.confirmed_or_completed(2 * EACH)


def _though_an_answer_is_lost(going: Training, people: Sequence[Somebody]) -> None:
    going.gate.lose = {"enrol_users"}
    going.approved(people)
    going.confirmed_or_completed(3 * EACH)
    assert going.gate.lost == ["enrol_users"]
    assert going.there() == _nips(going.people[: 3 * EACH])


def _learn_while_bangkom_is_stopped(going: Training, people: Sequence[Somebody]) -> None:
    going.whole.stop()
    began = time.monotonic()
    going.learn(people)
    # Each opened two modules, completed two, and completed the course.
    assert going.moodle.send()["waiting"] == 5 * len(people)
    going.a_minute_after(began)
    going.whole.start()
    assert going.moodle.send()["waiting"] == 0
    going.have("completed", len(people))


def _block_is_shown(going: Training, chromium: Browser) -> None:
    """Somebody who completed sees in the course the hours of their record, of the target of their record."""
    one = going.people[0]
    year = clock.now().year
    record = going.cycle.credits(one.person_id, year)
    assert record["jp"] == JP
    hours = f"{JP} of {record['target']['jp']} JP in {year}"
    password = f"A1!{secrets.token_urlsafe(12)}"
    made = going.ask("shown", going.course, one.row.nip, password)
    page = chromium.new_page()
    try:
        page.set_default_timeout(60_000)
        page.goto(f"{going.moodle.url}/login/index.php")
        page.fill("#username", made["username"])
        page.fill("#password", password)
        page.click("#loginbtn")
        page.wait_for_url(lambda url: "/login/" not in url)

        def shown() -> bool:
            # On a busy machine the card may not come within its two seconds; the block asks again after a minute.
            page.goto(f"{going.moodle.url}/course/view.php?id={made['course']}")
            block = page.locator('[data-region="block-bangkom"]')
            return block.locator("p").first.inner_text() == hours

        going.until(f"the block says {hours}", shown)
    finally:
        page.close()


def _killed_in_the_middle(going: Training, people: Sequence[Somebody]) -> None:
    """Moodle did the work of a call whose asker dies before it hears so; the same is asked again and adds nothing."""
    gone = threading.Event()

    def kill() -> None:
        going.whole.kill()
        gone.set()

    going.gate.passing["enrol_users"] = kill
    with ThreadPoolExecutor(1) as pool:
        approving = pool.submit(going.approved, people)
        assert gone.wait(300)
        asked = going.gate.passed.count("enrol_users")
        going.whole.start()
        approving.result()
    going.confirmed_or_completed(PEOPLE)
    assert going.gate.passed.count("enrol_users") > asked


def _give_up(going: Training, people: Sequence[Somebody]) -> None:
    ids = {one.person_id for one in people}
    seats = [seat for seat in going.cycle.seats(going.batch_id) if str(seat["person_id"]) in ids]
    assert len(seats) == len(people)
    reason = {"reason": "Bertugas di luar kota"}
    for seat in seats:
        going.cycle.post("enrolment", f"/v1/seats/{seat['seat_id']}/cancellation", going.cycle.cast.office, reason)
    going.have("released", len(people))


def _drift_is_mended(going: Training, gets: Somebody, lose: Sequence[Somebody], staying: Sequence[Somebody]) -> None:
    """In Moodle somebody who gave up gets a row again and some with a seat lose theirs, behind everybody's back."""
    going.ask("drift", going.course, gets.row.nip, *_nips(lose))
    assert going.sync() == {"missing": len(lose), "left": 1}
    assert going.sync("--fix") == {"missing": len(lose), "left": 1}
    # While the calls are under way these places are not compared, so what is there is looked at first.
    going.until("mended", lambda: going.there() == _nips(staying))
    going.until("nothing differs", lambda: going.sync() == {})


def _closed(going: Training, people: Sequence[Somebody]) -> None:
    """Each is credited once and invited once, nobody else is, and the money is that of their seats."""
    batch = going.cycle.close(going.batch_id)
    counts = {state: count for state, count in batch["counts"].items() if count}
    assert counts == {"completed": len(people), "released": GIVEN_UP}
    ids = sorted(one.person_id for one in people)
    credited = going.found("enrolment", "SELECT person_id, jp FROM credit")
    assert sorted((str(person_id), jp) for person_id, jp in credited) == [(person_id, JP) for person_id in ids]
    assert going.cycle.campaign(going.batch_id)["invited"] == len(people)
    asked = "SELECT person_id FROM participation JOIN campaign USING (campaign_id) WHERE batch_id = :batch"
    assert sorted(str(row[0]) for row in going.found("surveys", asked)) == ids
    money = going.cycle.money(going.batch_id)
    assert money["realised"] == FIXED_COST + SEAT_PRICE * len(people)
    assert money["released"] == SEAT_PRICE * GIVEN_UP


def _sound(going: Training) -> None:
    said = ""

    def sound() -> bool:
        nonlocal said
        audit = going.whole.command("audit", "--settled", "--english", check=False)
        said = audit.stdout + audit.stderr
        return audit.returncode == 0

    try:
        going.until("sound", sound)
    except NotReached:
        pytest.fail(said)
