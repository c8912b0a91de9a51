"""One bad plugin never takes the bridge down: its module raises, exits, hangs or is none, and others go on."""

import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.bridge import plugins
from services.bridge.app import SERVICE
from services.bridge.contract import Capability
from shared.auth import OPERATOR
from shared.events.bridge import SeatsEnrolled
from shared.ids import new_id
from tests.services.bridge.given import SITE as CODE
from tests.services.bridge.given import Lms, add_site, people, requested, seats_of
from tests.town import Town, who

MODULES = {
    "raises": "raise RuntimeError('Sari Dewi 200012312024121001')",
    "exits": "raise SystemExit(3)",
    "interrupts": "raise KeyboardInterrupt",
    "hangs": "import tests.services.bridge.test_bad_plugins as here\nhere.LET_GO.wait(60)\nclass Connector: ...",
    "empty": "",
    "untyped": "class Connector:\n    capabilities = 'ENROL'",
    "absent": None,
}
WHY = {
    "raises": "RuntimeError",
    "exits": "SystemExit",
    "interrupts": "KeyboardInterrupt",
    "hangs": "hanging",
    "empty": "AttributeError",
    "untyped": "capabilities",
    "absent": "ModuleNotFoundError",
}
LET_GO = threading.Event()


@pytest.fixture
def bad(town: Town, lms: Lms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Bad plugins beside the good ones, by their names."""
    LET_GO.clear()
    word = f"bad_plugins_{new_id().hex}"
    (tmp_path / word).mkdir()
    for name, text in MODULES.items():
        if text is not None:
            (tmp_path / word / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(plugins, "LOAD_WITHIN", 0.5)
    known = {**plugins.places(), **{name: f"{word}.{name}:Connector" for name in MODULES}}
    monkeypatch.setattr(plugins, "places", lambda: known)
    monkeypatch.setattr("services.bridge.handlers.sites.places", lambda: known)
    monkeypatch.setattr("services.bridge.commands.plugins.places", lambda: known)
    url = town.engines["bridge"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_BRIDGE_DATABASE_URL", url)
    yield known
    LET_GO.set()
    for name in [one for one in sys.modules if one.startswith(word)]:
        del sys.modules[name]


def run(*words: str) -> Any:
    assert SERVICE.commands is not None
    return CliRunner().invoke(SERVICE.commands, ["lms", *words])


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_plugin_that_cannot_be_loaded_harms_no_other_site_and_the_operator_is_told(
    town: Town, lms: Lms, bad: dict[str, str], capfd: pytest.CaptureFixture[str], name: str
) -> None:
    add_site(town)
    add_site(town, plugin=name, code="bad")
    good, ill = (new_id(), new_id()), (new_id(), new_id())
    town.hear("bridge", people(good[1], ill[1]))
    town.hear("bridge", requested(new_id(), good))
    town.hear("bridge", requested(new_id(), ill, site="bad"))
    assert seats_of(town.run(), SeatsEnrolled) == {good[0]: ""}
    shown = {one["code"]: one for one in town.client("bridge", who(OPERATOR)).get("/v1/sites").json["items"]}
    assert shown[CODE]["health"]["state"] == "ok"
    assert (shown["bad"]["health"]["state"], shown["bad"]["health"]["waiting"]) == ("failing", 1)
    assert shown["bad"]["health"]["detail"] == f"lms.plugin_not_loaded {WHY[name]}"
    told = run("check", "bad")
    assert told.exit_code == 1
    assert f"Penghubung {name} tidak dapat dimuat ({WHY[name]})" in told.output
    assert "tidak dapat dimuat" in run("add", "more", "--plugin", name).output
    assert "Sari" not in "".join(capfd.readouterr()) + told.output


def test_all_plugins_are_listed_with_what_they_can_do_or_why_they_cannot(bad: dict[str, str]) -> None:
    ran = run("plugins", "--json")
    assert ran.exit_code == 1
    listed = {one["name"]: one for one in json.loads(ran.stdout.splitlines()[-1])["items"]}
    assert {name: listed[name]["problem"] for name in MODULES} == WHY
    assert listed["null"]["capabilities"] == ["enrol", "unenrol"]
    assert "tidak dapat dimuat (SystemExit)" in run("plugins").output


def test_one_that_hangs_holds_up_who_asks_first_and_is_there_once_it_comes_back(
    bad: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert plugins.why_not("hangs") == "hanging"
    monkeypatch.setattr(plugins, "LOAD_WITHIN", 3600.0)
    assert plugins.why_not("hangs") == "hanging"
    load = plugins._loads[bad["hangs"]]
    LET_GO.set()
    load.join(30)
    assert plugins.why_not("hangs") == "AttributeError"


def test_one_that_was_mended_is_loaded_without_a_new_start(bad: dict[str, str], tmp_path: Path) -> None:
    assert plugins.why_not("absent") == "ModuleNotFoundError"
    module = bad["absent"].partition(":")[0]
    path = tmp_path / Path(*module.split(".")).with_suffix(".py")
    path.write_text(
        "from services.bridge.contract import Capability\n\nclass Connector:\n    capabilities = Capability(0)\n"
    )
    sys.path_importer_cache.clear()
    assert plugins.why_not("absent") == ""
    assert plugins.capabilities("absent") == Capability(0)
