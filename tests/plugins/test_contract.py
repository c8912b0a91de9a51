"""Every plugin keeps the contract of services/bridge/contract.py, and plugins/README.md says what that is."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plugins.csv.folder import ROOT
from services.bridge import contract
from services.bridge.contract import (
    ACTIONS,
    Answer,
    Capability,
    Connector,
    Course,
    Facts,
    Grade,
    Health,
    Learner,
    Message,
    Page,
    Place,
    Result,
    Site,
)
from services.bridge.plugins import places as plugin_places
from services.bridge.plugins import plugin
from shared.ids import new_id
from tests.plugins.fake_moodle import TOKEN, Moodle, running

README = Path(contract.__file__).parents[2] / "plugins" / "README.md"
SITES: dict[str, Callable[[Moodle], Site]] = {
    "null": lambda _: Site(code="lms", settings={}),
    "csv": lambda _: Site(code="lms", settings={"folder": "lms"}),
    "lti": lambda _: Site(code="lms", settings={}),
    "moodle": lambda moodle: Site(code="lms", settings={"url": moodle.url, "token": TOKEN}),
}


@pytest.fixture(params=sorted(plugin_places()))
def connect(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Connector]]:
    monkeypatch.setenv(ROOT, str(tmp_path / "lms"))
    monkeypatch.setenv("BANGKOM_PRIVATE_HOSTS", "127.0.0.1")
    name: str = request.param
    assert name in SITES, f"say in SITES how a site for the plugin {name} is made"
    with running(Moodle()) as moodle:
        yield lambda: plugin(name)(SITES[name](moodle))


def can(connector: Connector, name: str) -> bool:
    return Capability[name] in connector.capabilities


def place(**more: str) -> Place:
    learner = Learner(person_id=new_id(), nip="200012312024121001", name="Sari Dewi", email="sari@example.go.id")
    return Place(**{"key": str(new_id()), "course": "MW-1", **more}, learner=learner)


def test_it_has_the_actions_of_what_it_declares(connect: Callable[[], Connector]) -> None:
    connector = connect()
    assert isinstance(type(connector).capabilities, Capability)
    declared = {name for able in type(connector).capabilities for name in ACTIONS[able]}
    for name in {"check"} | declared:
        assert callable(getattr(connector, name)), name


def test_it_is_well_and_says_so(connect: Callable[[], Connector]) -> None:
    health = connect().check()
    assert isinstance(health, Health)
    assert (health.ok, health.detail) == (True, "")
    assert all(one.ok for one in health.findings)


def test_it_answers_every_key_once_and_the_same_again(connect: Callable[[], Connector]) -> None:
    asked = [place() for _ in range(50)]
    for action in ("enrol", "enrol", "suspend", "unenrol", "unenrol"):
        if can(connect(), action.upper()):
            answers = list(getattr(connect(), action)(asked))
            assert all(isinstance(one, Answer) for one in answers)
            assert sorted(one.key for one in answers) == sorted(one.key for one in asked)
            assert {one.result for one in answers} <= {Result.DONE, Result.HANDED}


@pytest.mark.parametrize("action", ["unenrol", "suspend"])
def test_taking_away_what_is_not_there_is_no_failure(connect: Callable[[], Connector], action: str) -> None:
    if can(connect(), action.upper()):
        (answer,) = getattr(connect(), action)([place()])
        assert answer.result in (Result.DONE, Result.HANDED)


def test_nothing_to_do_is_nothing_done(connect: Callable[[], Connector]) -> None:
    for name in ("ENROL", "UNENROL", "SUSPEND", "COURSES", "GRADES", "MESSAGES"):
        if can(connect(), name):
            (action,) = ACTIONS[Capability[name]]
            assert list(getattr(connect(), action)([])) == []


def test_a_course_is_made_once_and_takes_people(connect: Callable[[], Connector]) -> None:
    if can(connect(), "COURSES"):
        wish = Course(key=str(new_id()), course="BARU-1", name="Kursus Baru")
        for _ in range(2):
            assert [one.result for one in connect().create_courses([wish])] == [Result.DONE]
        assert [one.result for one in connect().enrol([place(course="BARU-1")])] == [Result.DONE]


def test_a_grade_is_for_who_is_there(connect: Callable[[], Connector]) -> None:
    if can(connect(), "GRADES"):
        wish = place()
        grade = Grade(key="1", course=wish.course, nip=wish.learner.nip, item="Kehadiran", grade=90)
        assert [one.result for one in connect().push_grades([grade])] == [Result.REFUSED]
        connect().enrol([wish])
        assert [one.result for one in connect().push_grades([replace(grade, key="2")])] == [Result.DONE]


def test_a_message_is_posted_and_the_same_key_is_answered_the_same(connect: Callable[[], Connector]) -> None:
    if can(connect(), "MESSAGES"):
        told = Message(key=str(new_id()), nip=place().learner.nip, subject="Rapat", text="Besok <b>pagi</b>")
        connect().enrol([place()])
        for _ in range(2):
            assert [(one.key, one.result) for one in connect().post_messages([told])] == [(told.key, Result.DONE)]


def test_who_was_enrolled_is_on_the_roster_and_has_completed_nothing(connect: Callable[[], Connector]) -> None:
    wish = place()
    if can(connect(), "ROSTER"):
        connect().enrol([wish])
        page = connect().roster(wish.course, 0)
        assert isinstance(page, Page)
        assert [(row.nip, row.ours, row.active) for row in page.rows] == [(wish.learner.nip, True, True)]
        assert page.next == 0
    if can(connect(), "COMPLETION"):
        assert [row for row in connect().completion(wish.course, 0).rows if row.at or row.modules] == []


def test_where_nothing_happened_there_are_no_facts(connect: Callable[[], Connector]) -> None:
    if can(connect(), "FACTS"):
        told = connect().facts()
        assert isinstance(told, Facts)
        assert (list(told.facts), told.more) == ([], False)


def test_a_strange_learner_is_no_reason_to_raise(connect: Callable[[], Connector]) -> None:
    if can(connect(), "ENROL"):
        strange = place(course='=cmd|" /C calc"!A0\n;\'"')
        assert [one.key for one in connect().enrol([strange])] == [strange.key]


def test_the_page_names_every_action_capability_and_result() -> None:
    page = README.read_text(encoding="utf-8")
    actions = {name for name in vars(Connector) if not name.startswith("_") and callable(getattr(Connector, name))}
    assert actions == {"check"} | {name for names in ACTIONS.values() for name in names}
    assert set(re.findall(r"^\| `(\w+)\(", page, re.MULTILINE)) == actions | {"__init__"}
    for word in (*Capability.__members__, *Result.__members__, *contract.FactKind.__members__):
        assert f"`{word}`" in page
    assert set(re.findall(r"^\| `([A-Z]+)` \|", page, re.MULTILINE)) == set(Result.__members__)
    assert f"{contract.CALL_WITHIN:.0f} seconds" in page
    assert f"at most {contract.MOST_FACTS}" in page
    assert f"{contract.MOST_ROWS} rows at most" in page


def test_every_capability_stands_for_actions() -> None:
    assert set(ACTIONS) == set(Capability)


def test_what_an_action_needs_is_what_it_belongs_to() -> None:
    page = README.read_text(encoding="utf-8")
    needs = dict(re.findall(r"^\| `(\w+)\([^|]*\| [^|]+ \| `(\w+)` \|$", page, re.MULTILINE))
    assert needs == {name: able.name for able, names in ACTIONS.items() for name in names}


def test_the_page_lists_every_plugin_with_what_it_can_do() -> None:
    page = README.read_text(encoding="utf-8").partition("## What a plugin has")[0]
    listed = dict(re.findall(r"^\| `([a-z]+)` \| [^|]+ \| ([^|]*)\|$", page, re.MULTILINE))
    assert set(listed) == set(plugin_places())
    for name, words in listed.items():
        assert set(re.findall(r"`(\w+)`", words)) == {
            one.name for one in Capability if one in plugin(name).capabilities
        }


def test_the_page_is_one_page() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 90
