"""Sites: who may register them, what is shown of them, how the command line does it."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from plugins.csv.folder import ROOT
from services.bridge.app import SERVICE
from services.bridge.plugins import places, plugin
from shared.auth import AGENCY_OFFICER, AUDITOR, LEARNER, OPERATOR, ROLES, TRAINING_OFFICE
from shared.events.bridge import SeatsEnrolled
from shared.ids import new_id
from tests.services.bridge.given import Lms, add_site, people, released, requested, seats_of
from tests.town import Town, who

BODY: dict[str, Any] = {"code": "kota", "name": "LMS Kota", "plugin": "null", "settings": {"token": "rahasia"}}


def test_the_plugins_of_the_house_are_found_in_a_plain_checkout() -> None:
    assert {"null", "csv"} <= set(places())
    assert plugin("null").__module__ == "plugins.null.connector"
    with pytest.raises(LookupError):
        plugin("none")


def test_an_operator_registers_a_site_and_its_settings_are_never_shown(town: Town) -> None:
    operator = town.client("bridge", who(OPERATOR))
    assert operator.post("/v1/sites", BODY).status_code == 201
    town.run()
    answer = operator.get("/v1/sites")
    (site,) = answer.json["items"]
    assert (site["code"], site["plugin"], site["capabilities"]) == ("kota", "null", ["enrol", "unenrol"])
    assert (site["health"]["state"], site["health"]["waiting"]) == ("ok", 0)
    assert "rahasia" not in answer.text


def test_the_same_particulars_again_change_nothing_and_others_are_refused(town: Town) -> None:
    operator = town.client("bridge", who(OPERATOR))
    assert [operator.post("/v1/sites", BODY).status_code for _ in range(2)] == [201, 201]
    other = operator.post("/v1/sites", {**BODY, "name": "Lain"})
    assert (other.status_code, other.json["code"]) == (409, "lms.site_exists")


def test_only_an_operator_writes_and_only_some_read(town: Town) -> None:
    change = {key: BODY[key] for key in ("name", "plugin")}
    for role in ROLES:
        client = town.client("bridge", who(role))
        assert (client.post("/v1/sites", BODY).status_code == 201) is (role == OPERATOR)
        assert (client.put("/v1/sites/kota", change).status_code == 403) is (role != OPERATOR)
        assert (client.get("/v1/sites").status_code == 200) is (role in (OPERATOR, TRAINING_OFFICE, AUDITOR))
    assert town.client("bridge").get("/v1/sites").status_code == 401


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("code", "../x", "request.invalid"),
        ("code", "A B", "request.invalid"),
        ("name", "", "request.invalid"),
        ("settings", [], "request.invalid"),
        ("settings", {"x": "y" * 20_001}, "request.invalid"),
        ("agencies", ["no id"], "request.invalid"),
        ("surprise", 1, "request.invalid"),
        ("plugin", "moodel", "lms.unknown_plugin"),
    ],
)
def test_bad_particulars_are_refused(town: Town, field: str, value: Any, code: str) -> None:
    answer = town.client("bridge", who(OPERATOR)).post("/v1/sites", {**BODY, field: value})
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert town.client("bridge", who(OPERATOR)).get("/v1/sites").json["items"] == []


def test_a_corrected_setting_reaches_calls_that_wait(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ROOT, str(tmp_path))
    add_site(town, plugin="csv", folder="../outside")
    batch, seat = new_id(), (new_id(), new_id())
    town.hear("bridge", people(seat[1]))
    town.hear("bridge", requested(batch, seat))
    assert town.run() == []
    operator = town.client("bridge", who(OPERATOR))
    (site,) = operator.get("/v1/sites").json["items"]
    assert (site["health"]["state"], site["health"]["waiting"]) == ("failing", 1)
    assert "folder" in site["health"]["detail"]
    change = {"name": "LMS Kota", "plugin": "csv", "settings": {"folder": "kota"}}
    assert operator.put("/v1/sites/kota", change).status_code == 200
    assert seats_of(town.run(), SeatsEnrolled) == {seat[0]: ""}
    assert operator.get("/v1/sites").json["items"][0]["health"]["state"] == "ok"
    assert operator.put("/v1/sites/none", change).status_code == 404


def test_the_places_of_a_batch_are_for_those_who_run_it_or_know_its_people(town: Town, lms: Lms) -> None:
    add_site(town)
    batch, first, second = new_id(), (new_id(), new_id()), (new_id(), new_id())
    mine, theirs = new_id(), new_id()
    town.hear("bridge", people(first[1], agency=mine, start=1))
    town.hear("bridge", people(second[1], agency=theirs, start=2))
    town.hear("bridge", requested(batch, first, second))
    town.run()
    town.hear("bridge", released(batch, second))
    town.run()
    path = f"/v1/batches/{batch}/places"
    everywhere = town.client("bridge", who(TRAINING_OFFICE)).get(path)
    assert {row["seat_id"]: (row["state"], row["wanted"], row["actual"]) for row in everywhere.json["items"]} == {
        str(first[0]): ("enrolled", "enrolled", "enrolled"),
        str(second[0]): ("withdrawn", "absent", "absent"),
    }
    assert "Pegawai" not in everywhere.text
    own = town.client("bridge", who(AGENCY_OFFICER, agency=mine)).get(path).json["items"]
    assert [row["seat_id"] for row in own] == [str(first[0])]
    page = town.client("bridge", who(AUDITOR)).get(path, limit=1).json
    assert len(town.client("bridge", who(AUDITOR)).get(path, limit=1, after=page["next"]).json["items"]) == 1
    assert town.client("bridge", who(LEARNER)).get(path).status_code == 403


def test_the_command_line_adds_changes_and_lists(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    url = town.engines["bridge"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_BRIDGE_DATABASE_URL", url)
    commands = SERVICE.commands
    assert commands is not None

    def run(*words: str) -> Any:
        return CliRunner().invoke(commands, ["lms", *words])

    assert run("add", "kota", "--plugin", "csv", "--set", "folder=kota", "--name", "LMS [red] Kota").exit_code == 0
    assert run("add", "kota", "--plugin", "null").exit_code == 1
    assert run("add", "kota", "--plugin", "null", "--change").exit_code == 0
    assert run("add", "K O", "--plugin", "null").exit_code == 1
    assert run("add", "kota", "--plugin", "null", "--set", "x").exit_code == 2
    listed = json.loads(run("list", "--json").output)
    assert [(site["code"], site["plugin"]) for site in listed["items"]] == [("kota", "null")]
    assert "kota" in run("list").output
