"""A real Moodle answers as plugins/moodle/golden/answers has it, which is what tests without a Moodle replay.
`--record` writes the folder anew."""

import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.moodle.cases import CASES, TAG, Case
from tests.moodle.conftest import connected
from tests.moodle.site import Moodle

FOLDER = Path(__file__).parents[2] / "plugins" / "moodle" / "golden" / "answers"
SCRIPT = Path(__file__).with_name("recording.php")
URL, MOMENT = "https://lms.example.go.id", 1795510800
VARY = ("release", "version", "plugin_version")
LATER = 10**9
"""A number above is a moment; ids stay below."""


class Recorder:
    """Asks the Moodle; `tag` is what this run has in its names."""

    def __init__(self, moodle: Moodle, tag: str) -> None:
        self.moodle = moodle
        self.tag = tag
        self.ids: dict[int, int] = {}
        self.raw: Any = None

    def php(self, *words: str) -> Any:
        said = self.moodle.php(SCRIPT, *words).splitlines()
        return json.loads(next(line.removeprefix("=> ") for line in said if line.startswith("=> ")))

    def record(self, case: Case) -> dict[str, Any]:
        """The question and what came of it, with all that varies made the same."""
        self.ids = {}
        with ExitStack() as stack:
            for change in case.while_:
                stack.enter_context(self.while_(change))
            if case.pages:
                answers = list(self.pages(case))
                kept = {**answers[0], "answer": [one["answer"] for one in answers]}
            else:
                kept = self.ask(case, case.given)
                if case.twice:
                    assert self.ask(case, case.given) == kept
        return {"asked": {"function": case.function, **case.given}, **kept}

    def pages(self, case: Case) -> Iterator[dict[str, Any]]:
        after = 0
        while True:
            yield self.ask(case, {**case.given, "after": after})
            after = self.raw["next"]
            if not after:
                return

    def ask(self, case: Case, given: Any) -> dict[str, Any]:
        function = case.function if case.function.startswith("core_") else f"local_bangkom_{case.function}"
        form = {
            name: self.real(value if isinstance(value, str) else json.dumps(value)) for name, value in given.items()
        }
        data = {
            "wstoken": case.token or self.moodle.token,
            "wsfunction": function,
            "moodlewsrestformat": "json",
            **form,
        }
        answer = requests.post(f"{self.moodle.url}/webservice/rest/server.php", data=data, timeout=120)
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        kept: dict[str, Any] = {"status": answer.status_code, "type": kind}
        if kind == "application/json":
            self.raw = answer.json()
            return {**kept, "answer": self.made_the_same(self.raw)}
        # Of a page for people the first words are enough to see that it is none of ours.
        return {**kept, "text": answer.text.strip()[:15]}

    def real(self, text: str) -> str:
        return text.replace(TAG, self.tag)

    def made_the_same(self, value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {
                key: self.made_the_same(one, key) for key, one in value.items() if key not in ("debuginfo", "backtrace")
            }
        if isinstance(value, list):
            return [self.made_the_same(one) for one in value]
        if isinstance(value, str):
            if name == "message":
                # What a Moodle that is being debugged adds stands in brackets.
                value = value.partition(" (")[0]
            return value.replace(self.tag, TAG).replace(self.moodle.url, URL)
        if type(value) is int and value > LATER:
            return MOMENT
        if name in ("id", "next") and value:
            return self.ids.setdefault(value, len(self.ids) + 1)
        return value

    @contextmanager
    def while_(self, change: tuple[str, ...]) -> Iterator[None]:
        """Something about the site is so, and afterwards as it was."""
        moodle, undo = self.moodle, ExitStack()
        if change[0] == "setting":
            undo.callback(self.php, *change[:2], self.php(*change))
        elif change[0] == "right":
            undo.callback(self.php, *change, "allow")
            self.php(*change, "prevent")
        elif change[0] == "put":
            undo.callback(self.php, *change[:2], json.dumps(self.php(*change)))
        else:
            undo.callback(moodle.php, "admin/cli/maintenance.php", "--disable")
            moodle.php("admin/cli/maintenance.php", "--enable")
        with undo:
            yield


@pytest.fixture(scope="module")
def recorder(moodle: Moodle) -> Iterator[Recorder]:
    """Whose courses and people are there, in a Moodle that knows a bridge."""
    with connected(moodle):
        made = Recorder(moodle, f"2{secrets.randbelow(10**13):013d}")
        assert made.php("world", made.tag) is True
        moodle.forget_the_outbox()
        yield made


@pytest.mark.parametrize("name", CASES)
def test_moodle_answers_as_it_is_recorded(name: str, recorder: Recorder, request: pytest.FixtureRequest) -> None:
    said = recorder.record(CASES[name])
    path = FOLDER / f"{name}.json"
    if request.config.getoption("--record"):
        path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    kept = json.loads(path.read_text(encoding="utf-8"))
    if name.startswith("check."):
        # Another Moodle has another version; what matters here is that it says one.
        for word in VARY:
            assert type(said["answer"][word]) is str
            kept["answer"][word] = said["answer"][word]
    assert said == kept
