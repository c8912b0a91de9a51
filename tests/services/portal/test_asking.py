"""How the portal's questions go out: in one trace, under one request id, and counted."""

import pytest
from prometheus_client import REGISTRY

from services.portal.app import create_portal
from services.portal.backend import over_requests
from services.portal.settings import Settings
from tests.services.portal import answers
from tests.services.portal.conftest import SignIn
from tests.services.portal.fake import Town, served

TRACE = "0af7651916cd43dd8448eb211c80319c"
NUMBER = "0192f0a0-7b1c-7000-8000-00000000abcd"


def counted(outcome: str) -> float:
    labels = {"host": "127.0.0.1", "outcome": outcome}
    return REGISTRY.get_sample_value("bangkom_outgoing_seconds_count", labels) or 0.0


def test_every_question_of_a_page_carries_its_trace_and_its_request_id(sign_in: SignIn, backends: Town) -> None:
    begun = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "X-Request-Id": NUMBER}
    sign_in("office").get(f"/batches/{answers.FIRST}", headers=begun)
    heads = [head for *_, head in backends.asked]
    assert len(heads) > 4
    assert {head["Traceparent"].split("-")[1] for head in heads} == {TRACE}
    assert {head["X-Request-Id"] for head in heads} == {NUMBER}
    assert len({head["Traceparent"].split("-")[2] for head in heads} - {"b7ad6b7169203331"}) == len(heads)


@pytest.mark.parametrize("sent", ["", "00-zz", f"00-{TRACE}-short-01"])
def test_a_page_that_nobody_traces_begins_a_trace(sign_in: SignIn, backends: Town, sent: str) -> None:
    sign_in("office").get(f"/batches/{answers.FIRST}", headers={"traceparent": sent})
    traces = {head["Traceparent"].split("-")[1] for *_, head in backends.asked}
    assert len(traces) == 1
    assert TRACE not in traces


def test_only_the_bridge_is_told_from_where_somebody_reads_and_only_as_the_portal_sees_it(
    sign_in: SignIn, backends: Town
) -> None:
    client = sign_in("office")
    client.get(f"/batches/{answers.FIRST}", headers={"X-Forwarded-For": "6.6.6.6"})
    client.get("/lti/login?iss=x&login_hint=y", headers={"X-Forwarded-For": "6.6.6.6"})
    told = {(path.split("/")[0], head.get("X-Forwarded-For")) for _, path, _, head in backends.asked}
    assert ("bridge", "127.0.0.1") in told
    assert {address for service, address in told if service != "bridge"} == {None}


def test_calls_are_timed_by_host_and_outcome() -> None:
    carry = over_requests()
    before = counted("404"), counted("failed")
    with served(Town().app) as url:
        said = {"Authorization": "Bearer x"}
        reply = carry("GET", f"{url}/enrolment/v1/none", query={}, body=None, headers=said, time_out=10)
    assert reply.status == 404
    with pytest.raises(OSError, match="refused"):
        carry("GET", f"{url}/enrolment/v1/none", query={}, body=None, headers={}, time_out=10)
    assert (counted("404"), counted("failed")) == (before[0] + 1, before[1] + 1)


def test_whoever_watches_needs_no_sign_in(sign_in: SignIn) -> None:
    client = sign_in("learner")
    client.delete_cookie("bangkom")
    assert client.get("/live").get_json() == {"live": True}
    assert client.get("/ready").get_json() == {"ready": True, "checks": {"style": True}}
    assert "bangkom_outgoing_seconds" in client.get("/metrics").text


def test_without_its_style_the_portal_is_not_ready() -> None:
    portal = create_portal(Settings(env="development", secret="x", urls={}), transport=Town().transport)
    portal.extensions["portal_assets"] = {}
    answer = portal.test_client().get("/ready")
    assert (answer.status_code, answer.get_json()["checks"]) == (503, {"style": False})
