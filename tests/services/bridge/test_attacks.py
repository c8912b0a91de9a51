"""What a site with a right key may still try, and what an address may lead to: refused, nothing changed, and nobody's
name in the log. Calls that are forged, repeated, late or too large are in test_signed.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from structlog.testing import capture_logs

from services.bridge.app import SERVICE
from services.bridge.store.tables import COURSE as COURSES
from services.bridge.store.tables import PLACE
from shared.auth import OPERATOR
from shared.ids import new_id
from tests.services.bridge.given import (
    COURSE,
    LMS,
    SITE,
    Lms,
    add_site,
    batch_opened,
    nip_of,
    people,
    requested,
    version_published,
)
from tests.services.bridge.signing import Signer, told
from tests.services.bridge.untouched import CALLED, untouched
from tests.town import Town, who

SCRIPT = "<script>alert(1)</script>"
KINDS = (
    "course_completed",
    "module_opened",
    "module_completed",
    "quiz_attempted",
    "feedback_submitted",
    "enrolled",
    "removed",
    "user_changed",
)


@pytest.fixture
def sites(town: Town, lms: Lms, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The site `kota` of one agency with a person enrolled in its course, and the site `lain` of another agency with a
    person of its own, whose key the attacker holds."""
    monkeypatch.setitem(LMS, "lain", Lms())
    mine, theirs, batch, programme = (new_id() for _ in range(4))
    person, other = new_id(), new_id()
    add_site(town)
    add_site(town, code="lain")
    for code, agency in ((SITE, mine), ("lain", theirs)):
        change = {"name": code, "plugin": "pretender", "settings": {}, "agencies": [str(agency)]}
        assert town.client("bridge", who(OPERATOR)).put(f"/v1/sites/{code}", change).status_code == 200
    lms.hand = True
    for event in (
        people(person, agency=mine),
        people(other, agency=theirs, start=2),
        version_published(programme, "M1"),
        batch_opened(batch, programme),
        requested(batch, (new_id(), person)),
    ):
        town.hear("bridge", event)
    town.run()
    with town.unit("bridge") as unit:
        (key,) = unit.db.scalars(select(PLACE.c.key)).all()
    return {"evil": Signer.of(town, "lain"), "mine": Signer.of(town), "key": str(key)}


def about(kind: str, number: int, **data: Any) -> dict[str, Any]:
    more = {"module": "1", "score": 90} if kind not in ("enrolled", "removed", "user_changed") else {}
    return told(kind, number, nip=nip_of(number), **more, **data)


@pytest.mark.parametrize(
    ("number", "data", "code"),
    [
        (1, {}, "lms.unknown_person"),
        (2, {}, "lms.unknown_course"),
        (2, {"course": "LAIN-1"}, "lms.unknown_course"),
    ],
    ids=["a person of another agency", "a course of another site", "a course of nobody"],
)
def test_a_site_cannot_speak_of_what_is_not_its_own(
    town: Town, sites: dict[str, Any], number: int, data: dict[str, str], code: str
) -> None:
    kinds = [kind for kind in KINDS if number == 1 or kind != "user_changed"]
    with untouched(town, *CALLED), capture_logs() as logs:
        answers = sites["evil"].facts(*(about(kind, number, **data) for kind in kinds))
    assert answers == [("refused", code)] * len(kinds)
    assert town.run() == []
    assert nip_of(number) not in str(logs)


def test_a_site_cannot_hide_a_course_of_another(town: Town, sites: dict[str, Any]) -> None:
    row = told("course_changed", name="x", visible=False, deleted=True)
    with untouched(town, *CALLED):
        assert sites["evil"].facts(row) == [("refused", "lms.unknown_course")]


@pytest.mark.parametrize("kind", ["enrolled", "removed"])
def test_a_site_cannot_answer_for_a_place_at_another(town: Town, sites: dict[str, Any], kind: str) -> None:
    with untouched(town, *CALLED):
        assert sites["evil"].facts(told(kind, 2, key=sites["key"])) == [("refused", "lms.unknown_key")]
    assert town.run() == []
    assert sites["mine"].facts(told(kind, 1, key=sites["key"])) == [("accepted", "")]


def test_a_site_gets_no_token_for_a_person_of_another(town: Town, sites: dict[str, Any]) -> None:
    with untouched(town), capture_logs() as logs:
        answer = sites["evil"].post("/site/tokens", {"nip": nip_of(1)})
    assert (answer.status_code, answer.json["code"]) == (404, "lms.unknown_person")
    assert nip_of(1) not in str(logs) + answer.text


def test_the_same_fact_under_the_key_of_two_sites_is_two_facts_and_counts_for_one(
    town: Town, sites: dict[str, Any]
) -> None:
    row = told("course_completed")
    assert sites["evil"].facts(row) == [("refused", "lms.unknown_person")]
    assert sites["mine"].facts(row) == [("accepted", "")]


@contextmanager
def inside() -> Iterator[tuple[int, list[str]]]:
    """Something inside our own network: its port, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1], asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}",
        "https://127.0.0.1:{port}",
        "https://localhost:{port}",
        "https://[::ffff:127.0.0.1]:{port}",
        "https://2130706433:{port}",
        "https://lms.example@127.0.0.1:{port}",
        "https://169.254.169.254",
        "http://lms.example.go.id",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/_",
        "https://",
        "https://[",
    ],
)
def test_the_address_of_a_site_leads_nowhere_inside(
    town: Town, lms: Lms, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.delenv("BANGKOM_PRIVATE_HOSTS", raising=False)
    with inside() as (port, asked), capture_logs() as logs:
        add_site(town, plugin="moodle", url=address.format(port=port), token="t" * 32)
        seat = (new_id(), new_id())
        town.hear("bridge", people(seat[1]))
        town.hear("bridge", requested(new_id(), seat))
        assert town.run() == []
        (site,) = town.client("bridge", who(OPERATOR)).get("/v1/sites").json["items"]
    assert asked == []
    assert site["health"]["state"] == "failing"
    assert "t" * 32 not in str(logs) + str(site)
    for word in (nip_of(1), "Pegawai", "p1@example.go.id"):
        assert word not in str(logs)


def test_a_name_from_an_lms_is_only_ever_shown_as_text(
    town: Town, sites: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sites["mine"].facts(told("course_changed", name=SCRIPT, visible=False)) == [("accepted", "")]
    with town.unit("bridge") as unit:
        assert unit.db.execute(select(COURSES.c.course, COURSES.c.name)).all() == [(COURSE, SCRIPT)]
    change = {"name": f"{SCRIPT}\x1b[2J", "plugin": "pretender", "settings": {}, "agencies": []}
    operator = town.client("bridge", who(OPERATOR))
    assert operator.put(f"/v1/sites/{SITE}", change).status_code == 200
    answer = operator.get("/v1/sites")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    url = town.engines["bridge"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_BRIDGE_DATABASE_URL", url)
    assert SERVICE.commands is not None
    for words in (("list",), ("check", SITE), ("list", "--json")):
        assert "\x1b" not in CliRunner().invoke(SERVICE.commands, ["lms", *words]).output
    for row in json.loads(CliRunner().invoke(SERVICE.commands, ["lms", "list", "--json"]).stdout)["items"]:
        assert row["code"] != SITE or SCRIPT in row["name"]
