"""A Moodle with local_bangkom that tests may look into. It remembers who is where; every answer is one that a real
Moodle gave and plugins/moodle/golden/answers keeps, with the names of this test in it."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

TOKEN = "b" * 32
GOLDEN = Path(__file__).resolve().parents[2] / "plugins" / "moodle" / "golden" / "answers"


def golden(name: str) -> Any:
    """What a real Moodle answered in a case of tests/moodle/cases.py."""
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))["answer"]


def replayed(name: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what a real Moodle answered, for Moodle.answer."""
    kept = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    body = json.dumps(kept["answer"]) if "answer" in kept else kept["text"]
    return kept["status"], {"Content-Type": kept["type"]}, body.encode()


def _like(kept: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """A kept row with other values; no name more and none less."""
    assert set(given) == set(kept), f"Moodle answers {sorted(kept)}"
    return dict(given)


@dataclass
class Moodle:
    """`answer` makes it answer every call with a status, headers and a body instead."""

    url: str = ""
    courses: set[str] = field(default_factory=lambda: {"MW-1"})
    members: dict[tuple[str, str], bool] = field(default_factory=dict)
    by_hand: list[tuple[str, str]] = field(default_factory=list)
    completions: list[dict[str, Any]] = field(default_factory=list)
    grades: dict[tuple[str, str, str], int] = field(default_factory=dict)
    refuse: dict[str, str] = field(default_factory=dict)
    check: dict[str, Any] = field(default_factory=dict)
    answer: tuple[int, dict[str, str], bytes] | None = None
    calls: list[tuple[str, int]] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)
    page: int = 500
    done: dict[str, dict[str, str]] = field(default_factory=dict)

    def call(self, form: dict[str, str]) -> Any:
        """Answer one call."""
        function = form.get("wsfunction", "").removeprefix("local_bangkom_")
        rows = json.loads(form["rows"]) if "rows" in form else []
        self.calls.append((function, len(rows)))
        if form.get("wstoken") != TOKEN:
            return golden("error.unknown_token")
        if function == "check":
            return {**golden("check.well"), "time": int(time.time()), "cron_last": int(time.time()) - 20, **self.check}
        if function in ("read_roster", "read_completion"):
            return self._list(function, form["course"], int(form["after"]))
        if not hasattr(self, f"do_{function}"):
            return golden("error.unknown_function")
        return {"results": [self._once(function, row) for row in rows]}

    def _once(self, function: str, row: dict[str, Any]) -> dict[str, str]:
        if row["key"] not in self.done:
            no = self.refuse.get(row.get("nip", "")) or getattr(self, f"do_{function}")(row)
            (kept,) = golden(f"{function}.{no.removeprefix('lms.') or 'done'}")["results"]
            self.done[row["key"]] = {**kept, "key": row["key"]}
        return self.done[row["key"]]

    def do_enrol_users(self, row: dict[str, Any]) -> str:
        assert row["name"]
        assert "@" in row["email"]
        if row["course"] not in self.courses:
            return "lms.unknown_course"
        self.members[row["course"], row["nip"]] = True
        return ""

    def do_unenrol_users(self, row: dict[str, Any]) -> str:
        self.members.pop((row["course"], row["nip"]), None)
        return ""

    def do_suspend_users(self, row: dict[str, Any]) -> str:
        if (row["course"], row["nip"]) in self.members:
            self.members[row["course"], row["nip"]] = False
        return ""

    def do_create_courses(self, row: dict[str, Any]) -> str:
        assert row["name"]
        self.courses.add(row["course"])
        return ""

    def do_push_grades(self, row: dict[str, Any]) -> str:
        if (row["course"], row["nip"]) not in self.members:
            return "lms.not_enrolled"
        self.grades[row["course"], row["nip"], row["item"]] = row["grade"]
        return ""

    def do_post_messages(self, row: dict[str, Any]) -> str:
        assert row["subject"]
        self.messages.append((row["nip"], row["text"]))
        return ""

    def _list(self, function: str, course: str, after: int) -> Any:
        if course not in self.courses:
            return golden(f"{function}.unknown_course")
        if function == "read_roster":
            rows = [
                {"nip": nip, "method": "bangkom", "active": active}
                for (of, nip), active in self.members.items()
                if of == course
            ]
            rows += [{"nip": nip, "method": "other", "active": True} for of, nip in self.by_hand if of == course]
        else:
            rows = [dict(row) for row in self.completions]
        full, last = golden(f"{function}.pages")
        kept = full["items"][0]
        items = [_like(kept, {"id": number, **row}) for number, row in enumerate(rows, 1)][after : after + self.page]
        if function == "read_completion":
            for item in items:
                item["modules"] = [_like(kept["modules"][0], module) for module in item["modules"]]
        return _like(full, {"items": items, "next": items[-1]["id"] if len(items) == self.page else last["next"]})


@contextmanager
def running(moodle: Moodle) -> Iterator[Moodle]:
    """Serve it on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            form = {name: values[0] for name, values in parse_qs(data, keep_blank_values=True).items()}
            status, headers, body = moodle.answer or (200, {}, None)
            if body is None:
                body = json.dumps(moodle.call(form)).encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json; charset=utf-8"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    moodle.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield moodle
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
