"""Every plugin keeps the contract of services/bridge/contract.py, and plugins/README.md says what that is."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from plugins.csv.folder import ROOT
from services.bridge import contract
from services.bridge.contract import Answer, Capability, Connector, Facts, Health, Learner, Place, Result, Site
from services.bridge.plugins import places as plugin_places
from services.bridge.plugins import plugin
from shared.ids import new_id

README = Path(contract.__file__).parents[2] / "plugins" / "README.md"
SITES: dict[str, Callable[[], Site]] = {
    "null": lambda: Site(code="lms", settings={}),
    "csv": lambda: Site(code="lms", settings={"folder": "lms"}),
}


@pytest.fixture(params=sorted(plugin_places()))
def connect(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Connector]:
    monkeypatch.setenv(ROOT, str(tmp_path / "lms"))
    name: str = request.param
    assert name in SITES, f"say in SITES how a site for the plugin {name} is made"
    return lambda: plugin(name)(SITES[name]())


def place(**more: str) -> Place:
    learner = Learner(person_id=new_id(), nip="200012312024121001", name="Sari Dewi", email="sari@example.go.id")
    return Place(**{"key": str(new_id()), "course": "MW-1", **more}, learner=learner)


def test_it_has_every_name_of_the_contract(connect: Callable[[], Connector]) -> None:
    assert isinstance(connect(), Connector)
    assert isinstance(type(connect()).capabilities, Capability)


def test_it_is_well_and_says_so(connect: Callable[[], Connector]) -> None:
    assert connect().check() == Health(ok=True)


def test_it_answers_every_key_once_and_the_same_again(connect: Callable[[], Connector]) -> None:
    asked = [place() for _ in range(50)]
    for action in ("enrol", "enrol", "unenrol", "unenrol"):
        if Capability[action.upper()] in connect().capabilities:
            answers = list(getattr(connect(), action)(asked))
            assert all(isinstance(one, Answer) for one in answers)
            assert sorted(one.key for one in answers) == sorted(one.key for one in asked)
            assert {one.result for one in answers} <= {Result.DONE, Result.HANDED}


def test_taking_away_what_is_not_there_is_no_failure(connect: Callable[[], Connector]) -> None:
    if Capability.UNENROL in connect().capabilities:
        (answer,) = connect().unenrol([place()])
        assert answer.result in (Result.DONE, Result.HANDED)


def test_nothing_to_do_is_nothing_done(connect: Callable[[], Connector]) -> None:
    assert list(connect().enrol([])) == []
    assert list(connect().unenrol([])) == []


def test_where_nothing_happened_there_are_no_facts(connect: Callable[[], Connector]) -> None:
    told = connect().facts()
    assert isinstance(told, Facts)
    assert (list(told.facts), told.more) == ([], False)


def test_a_strange_learner_is_no_reason_to_raise(connect: Callable[[], Connector]) -> None:
    strange = place(course='=cmd|" /C calc"!A0\n;\'"')
    assert [one.key for one in connect().enrol([strange])] == [strange.key]


def test_the_page_names_every_action_capability_and_result() -> None:
    page = README.read_text(encoding="utf-8")
    actions = {name for name in vars(Connector) if not name.startswith("_") and callable(getattr(Connector, name))}
    actions -= {"register"}
    assert {"check", "enrol", "unenrol", "facts", "kept"} == actions
    assert set(re.findall(r"^\| `(\w+)\(", page, re.MULTILINE)) == actions | {"__init__"}
    for word in (*Capability.__members__, *Result.__members__, *contract.FactKind.__members__):
        assert f"`{word}`" in page
    assert set(re.findall(r"^\| `([A-Z]+)` \|", page, re.MULTILINE)) == set(Result.__members__)
    assert f"{contract.CALL_WITHIN:.0f} seconds" in page
    assert f"at most {contract.MOST_FACTS}" in page


def test_the_page_lists_every_plugin_with_what_it_can_do() -> None:
    page = README.read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `([a-z]+)` \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE))
    assert set(listed) == set(plugin_places())
    for name, words in listed.items():
        assert set(re.findall(r"`(\w+)`", words)) == {
            one.name for one in Capability if one in plugin(name).capabilities
        }


def test_the_page_is_one_page() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 70
