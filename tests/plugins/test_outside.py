"""A package from outside adds a plugin by its entry point: the one of docs/lms-plugin-example.md as it stands."""

import importlib
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path

import pytest

from services.bridge import contract, plugins
from services.bridge.contract import Capability, Connector, Learner, Place, Site
from shared.ids import new_id
from tests.plugins import test_contract

PAGE = Path(contract.__file__).parents[2] / "docs" / "lms-plugin-example.md"
FILE = re.compile(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The package of the page, built and installed by pip into a folder of its own, without the network."""
    source, target = tmp_path_factory.mktemp("bangkom-kelas"), tmp_path_factory.mktemp("site-packages")
    files = dict(FILE.findall(PAGE.read_text(encoding="utf-8")))
    assert set(files) == {"pyproject.toml", "bangkom_kelas.py"}
    for name, text in files.items():
        (source / name).write_text(text, encoding="utf-8")
    words = ["--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check", "--target", str(target)]
    command = [sys.executable, "-m", "pip", "install", *words, str(source)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=source)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(target))
        importlib.invalidate_caches()
        plugins.places.cache_clear()
        yield
    plugins.places.cache_clear()
    sys.modules.pop("bangkom_kelas", None)


@pytest.fixture
def connect(installed: None, tmp_path: Path) -> Callable[[], Connector]:
    """The plugin as the bridge finds it."""
    site = Site(code="kota", settings={"file": str(tmp_path / "kelas.db")})
    return lambda: plugins.connect("kelas", site)


# The contract suite of the plugins of the house, with the fixture above.
globals().update(
    {
        name: test
        for name, test in vars(test_contract).items()
        if name.startswith("test_") and "connect" in signature(test).parameters
    }
)


def test_the_bridge_finds_the_plugin_beside_those_of_the_house(installed: None) -> None:
    assert {"kelas", "null", "moodle"} <= set(plugins.places())
    assert plugins.why_not("kelas") == ""
    able = Capability.ENROL | Capability.UNENROL | Capability.ROSTER | Capability.FACTS
    assert plugins.capabilities("kelas") == able


def test_the_suite_is_run_and_not_left_out() -> None:
    here = {name for name in globals() if name.startswith("test_")}
    assert "test_it_answers_every_key_once_and_the_same_again" in here
    assert "test_who_was_enrolled_is_on_the_roster_and_has_completed_nothing" in here


def test_what_was_completed_there_is_told_until_it_is_kept(connect: Callable[[], Connector], tmp_path: Path) -> None:
    assert connect().check().ok
    with sqlite3.connect(tmp_path / "kelas.db") as db:
        row = ("MW-1", "200012312024121001", "2026-03-02T07:00:00+00:00")
        db.execute("INSERT INTO finished (course, nip, at) VALUES (?, ?, ?)", row)
    for _ in range(2):
        told = connect().facts()
        assert [(one.fact_id, one.nip, one.course) for one in told.facts] == [("finished:1", row[1], row[0])]
    connect().kept(told.receipt, {})
    assert list(connect().facts().facts) == []


def test_a_roster_of_more_than_one_page_is_read_whole(connect: Callable[[], Connector]) -> None:
    numbers = range(contract.MOST_ROWS + 3)
    learners = [Learner(person_id=new_id(), nip=f"{number:018}", name="Sari", email="") for number in numbers]
    connect().enrol([Place(key=str(new_id()), course="MW-1", learner=learner) for learner in learners])
    first = connect().roster("MW-1", 0)
    rest = connect().roster("MW-1", first.next)
    assert (len(first.rows), len(rest.rows), rest.next) == (contract.MOST_ROWS, 3, 0)


def test_a_file_that_cannot_be_read_is_said_in_a_word(installed: None, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_text("this is no database, but it is long enough to be looked at as one " * 20)
    for file, word in (("", "kelas.no_file"), (str(tmp_path / "no.db"), "kelas.unreadable")):
        health = plugins.connect("kelas", Site(code="kota", settings={"file": file})).check()
        assert (health.ok, health.detail) == (False, word)
