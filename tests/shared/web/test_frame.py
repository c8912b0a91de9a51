"""What every service's app has: request ids, traces, health, metrics, a description, bounds."""

import re
from typing import Any

import pytest
import structlog
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import create_engine

from shared.envelope import TRACEPARENT
from shared.service import Service
from shared.web import health
from shared.web.app import Context, create_app
from shared.web.limits import Limit
from tests.shared.web.conftest import Caller


def test_a_request_id_that_came_in_goes_out(office: Caller) -> None:
    sent = "0af7651916cd43dd8448eb211c80319c"
    assert office.get("/v1/notes", headers={"X-Request-ID": sent}).headers["X-Request-ID"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", 'a"b', "<script>", "abc-1", "198503302003121002"])
def test_a_request_id_that_is_none_is_replaced(office: Caller, sent: str) -> None:
    given = office.get("/v1/notes", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{32}", given)


def test_a_trace_that_came_in_goes_on_and_ends_with_the_request(sample: Service, context: Context) -> None:
    seen: list[str | None] = []
    app = create_app(sample, context)
    app.before_request(lambda: seen.append(TRACEPARENT.get()))
    trace = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    app.test_client().get("/live", headers={"traceparent": trace})
    app.test_client().get("/live", headers={"traceparent": "nonsense"})
    first, second = seen
    assert first is not None
    assert first.startswith("00-" + "a" * 32)
    assert first[36:52] != "b" * 16
    assert second is not None
    assert "a" * 32 not in second
    assert TRACEPARENT.get() is None


def test_the_log_names_the_route_and_neither_the_person_nor_the_path(office: Caller) -> None:
    with structlog.testing.capture_logs() as lines:
        office.get("/v1/notes?limit=7")
    (line,) = [line for line in lines if line["event"] == "web.request"]
    assert line["route"] == "/v1/notes"
    assert office.by is not None
    assert office.by.id not in str(line)
    assert "limit" not in str(line)


def test_an_answer_without_sign_in_leaves_no_line(stranger: Caller) -> None:
    with structlog.testing.capture_logs() as lines:
        stranger.post("/v1/open/a-link", {"text": "a"})
    assert lines == []


def test_live_needs_nothing(stranger: Caller) -> None:
    assert stranger.get("/live").json == {"live": True}


def test_ready_says_which_check_failed(sample: Service, context: Context) -> None:
    def fails() -> None:
        raise RuntimeError("a secret")

    app = create_app(sample, Context(context.engine, context.authenticate, {"good": lambda: None, "bad": fails}))
    answer = app.test_client().get("/ready")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "checks": {"good": True, "bad": False}}
    assert "secret" not in answer.text


def test_ready_asks_again_only_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    readiness = health.Readiness({"one": lambda: asked.append(1)})
    now = 1000.0
    monkeypatch.setattr("shared.web.health.time.monotonic", lambda: now)
    for _ in range(5):
        assert readiness.found() == {"one": True}
    assert len(asked) == 1
    now = 1003.0
    readiness.found()
    assert len(asked) == 2


def test_a_database_that_is_away_is_unavailable_and_not_a_mistake(sample: Service, context: Context) -> None:
    away = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none", connect_args={"connect_timeout": 1})
    caller = Caller(create_app(sample, Context(away, context.authenticate)).test_client(), None)
    people: Any = context.authenticate
    person = next(iter(people.__closure__[0].cell_contents.values()))
    answer = Caller(caller.http, person).get("/v1/notes")
    assert (answer.status_code, answer.json["code"]) == (503, "server.unavailable")
    assert answer.headers["Retry-After"]


def test_metrics_count_by_route_and_hold_no_path(office: Caller, stranger: Caller) -> None:
    office.get("/v1/notes")
    stranger.post("/v1/open/a-secret-link", {"text": "a"})
    told = stranger.get("/metrics").text
    assert 'bangkom_request_seconds_count{method="GET",route="/v1/notes",service="sample",status="200"}' in told
    assert "a-secret-link" not in told


def test_the_description_is_valid_openapi_3_1(stranger: Caller) -> None:
    document = stranger.get("/openapi.json").json
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    write = document["paths"]["/v1/notes"]["post"]
    assert write["security"] == [{"token": []}]
    assert "application/problem+json" in str(document["components"]["responses"])
    assert "security" not in document["paths"]["/v1/open/{token}"]["post"]


def test_the_page_to_try_it_loads_nothing_from_elsewhere(stranger: Caller) -> None:
    page = stranger.get("/docs")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "//" not in page.text.replace("<!doctype", "")
    for name in ("try.js", "try.css"):
        assert stranger.get(f"/docs/{name}").status_code == 200
    assert stranger.get("/docs/try.html").status_code == 404


def test_a_client_that_asks_too_often_is_told_to_wait(sample: Service, context: Context) -> None:
    app = create_app(sample, Context(context.engine, context.authenticate, requests_a_minute=30))
    got = [app.test_client().post("/v1/open/x", json={"text": "a"}) for _ in range(12)]
    assert [answer.status_code for answer in got] == [200] * 10 + [429] * 2
    assert got[-1].get_json()["code"] == "request.too_many"
    assert app.test_client().get("/live").status_code == 200


def test_a_view_for_everybody_counts_by_address_whatever_the_header_says(sample: Service, context: Context) -> None:
    app = create_app(sample, Context(context.engine, context.authenticate, requests_a_minute=30))
    invented = [{"Authorization": f"Bearer {number}"} for number in range(11)]
    got = [app.test_client().post("/v1/open/x", json={"text": "a"}, headers=header) for header in invented]
    assert [answer.status_code for answer in got] == [200] * 10 + [429]


def test_people_at_one_address_are_counted_by_their_tokens(sample: Service, context: Context) -> None:
    app = create_app(sample, Context(context.engine, context.authenticate, requests_a_minute=30))
    tokens = [{"Authorization": f"Bearer {number}"} for number in range(11)]
    got = [app.test_client().get("/v1/notes", headers=header) for header in tokens]
    assert 429 not in {answer.status_code for answer in got}
    got = [app.test_client().get("/v1/notes", headers=tokens[0]) for _ in range(10)]
    assert [answer.status_code == 429 for answer in got] == [False] * 9 + [True]


def test_a_limit_refills_with_time() -> None:
    limit = Limit(60)
    assert [limit.allows("192.0.2.1", now=0.0) for _ in range(21)] == [True] * 20 + [False]
    assert limit.allows("192.0.2.1", now=1.0)
    assert not limit.allows("192.0.2.1", now=1.0)
    assert limit.allows("192.0.2.2", now=1.0)
