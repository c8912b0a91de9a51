"""What protects the APIs: headers, and bodies that are none."""

import pytest
from flask.testing import FlaskClient
from gunicorn.http.body import Body, ChunkedReader  # type: ignore[import-untyped]
from gunicorn.http.unreader import IterUnreader  # type: ignore[import-untyped]

from shared.ids import new_id
from tests.shared.web.conftest import Caller

BAD = [b"zz\r\n{}\r\n0\r\n\r\n", b"-1\r\n{}\r\n", b"2\r\n{}and more\r\n0\r\n\r\n"]


def chunked(http: FlaskClient, path: str, sent: bytes, headers: dict[str, str]) -> int:
    """POST chunks as gunicorn gives them to an application; answers the status."""
    body = Body(ChunkedReader(None, IterUnreader(iter([sent]))))
    more = {"wsgi.input": body, "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = http.post(path, environ_overrides=more, headers=headers, content_type="application/json")
    return answer.status_code


@pytest.mark.parametrize("sent", BAD)
def test_chunks_that_are_none_are_the_callers_mistake(office: Caller, sent: bytes) -> None:
    headers = {**office.headers, "Idempotency-Key": str(new_id())}
    assert chunked(office.http, "/v1/notes", sent, headers) == 400


def test_by_https_a_browser_is_told_to_stay_there_and_by_http_nothing(office: Caller) -> None:
    kept = office.http.get("/live", base_url="https://bangkom.example.id").headers
    assert kept["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in office.http.get("/live").headers


def test_an_answer_may_load_nothing_and_be_framed_by_nobody(office: Caller) -> None:
    policy = office.get("/v1/notes").headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'"
    assert office.get("/v1/notes").headers["X-Content-Type-Options"] == "nosniff"


def test_a_body_has_a_greatest_size(office: Caller) -> None:
    answer = office.post("/v1/notes", data=b" " * (5 * 1024 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413
