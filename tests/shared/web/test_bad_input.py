"""Whatever comes in, the answer is a problem in one shape with a stable code, and nothing has changed."""

from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from tests.shared.web.conftest import NOTE, Caller


@pytest.fixture
def untouched(database: Engine) -> Any:
    yield
    with database.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(NOTE)) == 0


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.json
    assert body["code"] == code
    assert body["status"] == status
    assert body["type"] == f"urn:bangkom:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == answer.headers["X-Request-ID"]
    return body


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"",
        b"nonsense",
        b"\xff\xfe",
        b'{"text": NaN}',
        b'{"text": Infinity}',
        b'{"text": "a", "text": "b"}',
        b'{"text": "a"} trailing',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 60 + b"]" * 60,
        b'{"count": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_not_clear_json_is_malformed(office: Caller, untouched: None, body: bytes) -> None:
    answer = office.post("/v1/notes", data=body, content_type="application/json")
    if body:
        is_problem(answer, 400, "request.malformed")
    else:
        assert "text" in is_problem(answer, 422, "request.invalid")["fields"]["json"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "text"),
        ({"text": None}, "text"),
        ({"text": 5}, "text"),
        ({"text": ["a"]}, "text"),
        ({"text": "x" * 101}, "text"),
        ({"text": "a", "count": "5"}, "count"),
        ({"text": "a", "count": 5.0}, "count"),
        ({"text": "a", "count": True}, "count"),
        ({"text": "a", "count": -1}, "count"),
        ({"text": "a", "unknown": 1}, "unknown"),
        ({"text": "a", "rows": [{"present": "yes"}]}, "rows"),
        ({"text": "a", "rows": [{"present": 1}]}, "rows"),
        ({"text": "a", "rows": [{"present": True, "more": 1}]}, "rows"),
        ({"text": "a", "rows": [{"present": True}] * 6}, "rows"),
        ({"text": "a\0b"}, "text"),
        ({"text": "a\ud800"}, "text"),
        ({"text": "a", "un\0known": 1}, "un\0known"),
    ],
)
def test_a_body_that_does_not_fit_its_shape_names_the_field(
    office: Caller, untouched: None, body: Any, field: str
) -> None:
    found = is_problem(office.post("/v1/notes", body), 422, "request.invalid")
    assert field in found["fields"]["json"]


@pytest.mark.parametrize("body", [[], [{"text": "a"}], "text", 5, None, True])
def test_a_body_that_is_no_object_is_invalid(office: Caller, untouched: None, body: Any) -> None:
    is_problem(office.post("/v1/notes", body), 422, "request.invalid")


def test_another_media_type_is_told_which_one_to_send(office: Caller, untouched: None) -> None:
    answer = office.post("/v1/notes", data="text=a", content_type="application/x-www-form-urlencoded")
    assert "application/json" in is_problem(answer, 415, "request.media_type")["detail"]


def test_a_body_beyond_the_limit_is_too_large(office: Caller, untouched: None) -> None:
    body = b'{"text": "' + b"x" * (5 * 1024 * 1024) + b'"}'
    is_problem(office.post("/v1/notes", data=body, content_type="application/json"), 413, "request.too_large")


def test_an_unknown_address_is_not_found(office: Caller) -> None:
    is_problem(office.get("/v1/nothing"), 404, "request.not_found")


def test_another_method_is_told_which_ones_there_are(office: Caller) -> None:
    answer = office.http.delete("/v1/notes")
    is_problem(answer, 405, "request.method")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "after=x", "unknown=1", "limit=1%00", "%00=1"])
def test_a_query_that_does_not_fit_is_invalid(office: Caller, query: str) -> None:
    is_problem(office.get(f"/v1/notes?{query}"), 422, "request.invalid")


def test_nul_in_the_path_is_malformed(office: Caller) -> None:
    is_problem(office.get("/v1/no%00tes"), 400, "request.malformed")


def test_a_number_the_database_has_no_room_for_is_invalid(office: Caller, untouched: None) -> None:
    body = {"text": "too large a number", "count": 10**30}
    is_problem(office.post("/v1/notes", body), 422, "request.invalid")


def test_our_own_mistake_tells_nothing_about_itself(office: Caller, untouched: None, capsys: Any) -> None:
    answer = office.post("/v1/notes", {"text": "secret mistake"})
    is_problem(answer, 500, "server.failed")
    assert "secret" not in answer.text
    told = capsys.readouterr()
    assert "web.failed" in told.out + told.err
    assert "secret mistake" not in told.out + told.err


def test_a_rules_no_gives_its_facts(office: Caller, untouched: None) -> None:
    found = is_problem(office.post("/v1/notes", {"text": "taken"}), 409, "sample.taken")
    assert found["facts"] == {"text": "taken"}
    assert found["detail"] == "Sudah ada taken."


@pytest.mark.parametrize(
    ("asked", "given"),
    [("en", "en"), ("id", "id"), ("de", "id"), ("", "id"), ("en-GB, id;q=0.5", "en"), ("rubbish;;q=x,", "id")],
)
def test_the_sentence_comes_in_the_language_asked_for(office: Caller, asked: str, given: str) -> None:
    answer = office.post("/v1/notes", {"text": "taken"}, headers={"Accept-Language": asked})
    assert answer.headers["Content-Language"] == given
    assert answer.json["detail"] == {"id": "Sudah ada taken.", "en": "There is taken already."}[given]


def test_who_is_not_signed_in_learns_nothing_about_the_body(stranger: Caller, untouched: None) -> None:
    answer = stranger.post("/v1/notes", data=b"{", content_type="application/json")
    is_problem(answer, 401, "auth.unauthenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_who_lacks_the_role_learns_whom_to_ask(anyone: Caller, untouched: None) -> None:
    found = is_problem(anyone.post("/v1/notes", {}), 403, "auth.forbidden")
    assert "training_office" in found["detail"]
