"""What follows where an account changed in the LMS: who has a place is looked at again, and the operator sees it."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from structlog.testing import capture_logs

from services.bridge.app import SERVICE
from services.bridge.contract import SiteFailed
from services.bridge.store.tables import COMPARISON, PLACE
from shared.ids import new_id
from tests.services.bridge.given import COURSE, SITE, Lms, add_site, batch_opened, nip_of, people, requested
from tests.services.bridge.signing import Signer, told
from tests.town import Town


@pytest.fixture
def seats(town: Town, lms: Lms) -> list[Any]:
    """Three people enrolled in a course of an LMS that shows its roster."""
    add_site(town, plugin="seer")
    found = [(new_id(), new_id()) for _ in range(3)]
    batch = new_id()
    for event in (people(*(person for _, person in found)), batch_opened(batch, new_id()), requested(batch, *found)):
        town.hear("bridge", event)
    town.run()
    assert len(lms.members) == 3
    return found


def actual(town: Town) -> dict[Any, str]:
    with town.unit("bridge") as unit:
        return {row.person_id: row.actual for row in unit.db.execute(select(PLACE))}


def rosters(lms: Lms) -> int:
    """How often the first page of a roster was read."""
    return sum(action == "roster" for action, _ in lms.calls) // 2


def findings(town: Town, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    url = town.engines["bridge"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_BRIDGE_DATABASE_URL", url)
    assert SERVICE.commands is not None
    ran = CliRunner().invoke(SERVICE.commands, ["lms", "check", SITE, "--json"])
    return {one["what"]: one for one in json.loads(ran.stdout)["findings"]}


def test_an_account_that_is_suspended_is_seen_by_the_operator_and_one_that_is_let_in_again_is_not(
    town: Town, lms: Lms, seats: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    site, person = Signer.of(town), seats[0][1]
    assert findings(town, monkeypatch)["drift"]["ok"]
    for suspended, state in ((True, "absent"), (False, "enrolled")):
        lms.suspended = {nip_of(1)} if suspended else set()
        assert site.facts(told("user_changed", nip=nip_of(1), suspended=suspended)) == [("accepted", "")]
        town.travel(seconds=61)
        with capture_logs() as logs:
            town.run()
        assert actual(town) == {**dict.fromkeys((one for _, one in seats), "enrolled"), person: state}
        drift = findings(town, monkeypatch)["drift"]
        assert (drift["ok"], drift["seen"]) == ((False, f"{COURSE} (1/0/0)") if suspended else (True, ""))
        assert ("bangkom lms sync kota" in drift["do"]) is suspended
        noted = [one for one in logs if one["event"] == "lms.drift"]
        assert [one["missing"] for one in noted] == ([1] if suspended else [])
        assert nip_of(1) not in str(logs)


def test_a_place_that_is_missing_is_wished_again_by_the_command_that_mends(
    town: Town, lms: Lms, seats: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    lms.members.discard((nip_of(2), COURSE))
    Signer.of(town).facts(told("user_changed", 2, nip=nip_of(2), deleted=True))
    town.travel(seconds=61)
    town.run()
    assert actual(town)[seats[1][1]] == "absent"
    findings(town, monkeypatch)
    assert SERVICE.commands is not None
    assert CliRunner().invoke(SERVICE.commands, ["lms", "sync", SITE, "--fix"]).exit_code == 0
    town.run()
    assert (nip_of(2), COURSE) in lms.members
    town.travel(seconds=61)
    town.run()
    assert findings(town, monkeypatch)["drift"]["ok"]


def test_many_accounts_that_change_at_once_are_one_comparison(town: Town, lms: Lms, seats: list[Any]) -> None:
    site = Signer.of(town)
    for _ in range(2):
        site.facts(*(told("user_changed", number, nip=nip_of(number)) for number in (1, 2, 3)))
    town.run()
    assert rosters(lms) == 0
    town.travel(seconds=61)
    town.run()
    assert rosters(lms) == 1


def test_a_number_that_is_not_ours_any_more_is_found_within_a_day(town: Town, lms: Lms, seats: list[Any]) -> None:
    lms.members.discard((nip_of(3), COURSE))
    lms.members.add(("199901012024121001", COURSE))
    town.run()
    town.travel(days=1, seconds=1)
    town.run()
    assert actual(town)[seats[2][1]] == "absent"
    with town.unit("bridge") as unit:
        (row,) = unit.db.execute(select(COMPARISON)).all()
    assert (row.missing, row.left_over, row.outside, row.effect_id) == (1, 0, 0, None)


def test_a_roster_that_cannot_be_read_changes_nothing_and_is_read_again_the_next_day(
    town: Town, lms: Lms, seats: list[Any]
) -> None:
    lms.members.clear()
    lms.broken = SiteFailed("moodle.unreachable")
    for state in ("enrolled", "absent"):
        town.travel(days=1, seconds=61)
        town.run()
        town.travel(days=1, seconds=61)
        town.run()
        assert set(actual(town).values()) == {state}
        lms.broken = None


def test_an_lms_that_shows_no_roster_is_not_asked_for_it(town: Town, lms: Lms) -> None:
    add_site(town)
    seat = (new_id(), new_id())
    town.hear("bridge", people(seat[1]))
    town.hear("bridge", requested(new_id(), seat))
    town.run()
    town.travel(days=2)
    town.run()
    assert rosters(lms) == 0
    assert actual(town) == {seat[1]: "enrolled"}
