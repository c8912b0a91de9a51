"""One trace, from the form in the browser over the portal and all services to the last consumer."""

import json
from pathlib import Path

import pytest

from demo import house
from demo.city import write
from services.portal.app import create_portal
from shared import traces
from shared.events.bridge import SeatsEnrolled
from shared.events.budget import SeatsReserved
from shared.events.enrolment import LmsEnrolmentRequested, SeatsApproved
from shared.ids import new_id
from shared.whole import Whole
from tests.collector import ENDPOINT, Kept, collecting
from tests.journeys.main_job import story_of

NUMBER = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.usefixtures("own_environment")
def test_an_approval_is_followed_from_the_form_to_the_confirmed_seat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting() as collector:
        whole = Whole(tmp_path / "home", more={ENDPOINT: collector.url, "BANGKOM_LOG_LEVEL": "info"})
        whole.start()
        try:
            whole.join()
            monkeypatch.setenv(ENDPOINT, collector.url)
            traces.start("portal")
            story = story_of(house.doors(whole), seed=1, patience=60)
            story.arrive(write(story.city, tmp_path / "files"))
            story.plan()
            cycle, batch_id = story.cycle, story.book.batches["first"]
            [seat] = cycle.nominate(batch_id, cycle.cast.others()[:1], "Kebutuhan tahun ini")
            above = cycle.cast.supervisor(str(seat["person_id"])) or cycle.cast.office
            browser = create_portal().test_client()
            with browser.session_transaction() as session:
                session.update(token=whole.token(above), name="", csrf="word")
            form = {"csrf_token": "word", "key": new_id().hex, "seats": str(seat["seat_id"]), "decision": "approve"}
            answer = browser.post("/approvals", data=form, headers={"X-Request-ID": NUMBER})
            assert (answer.status_code, answer.headers["X-Request-ID"]) == (303, NUMBER)
            assert cycle.settled(batch_id)["confirmed"] == 1
        finally:
            traces.stop()
            whole.stop()
        spans = [span for span in collector.spans if span.trace == NUMBER]
    assert {span.service for span in spans} >= {"portal", "enrolment", "budget", "bridge", "content", "surveys"}
    assert _way(spans, f"handle {SeatsEnrolled.TYPE}", "enrolment") == [
        ("portal", "POST /approvals"),
        ("portal", "call enrolment"),
        ("enrolment", "POST /v1/seats/approvals"),
        ("enrolment", f"publish {SeatsApproved.TYPE}"),
        ("budget", f"handle {SeatsApproved.TYPE}"),
        ("budget", f"publish {SeatsReserved.TYPE}"),
        ("enrolment", f"handle {SeatsReserved.TYPE}"),
        ("enrolment", f"publish {LmsEnrolmentRequested.TYPE}"),
        ("bridge", f"handle {LmsEnrolmentRequested.TYPE}"),
        ("bridge", "effect place"),
        ("bridge", f"publish {SeatsEnrolled.TYPE}"),
        ("enrolment", f"handle {SeatsEnrolled.TYPE}"),
    ]
    lines = [json.loads(line) for line in whole.log.read_text().splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("request_id") == NUMBER]
    assert {line["event"] for line in mine} >= {"web.request", "consumer.handled"}
    assert {line["service"] for line in mine} >= {"enrolment", "budget", "bridge"}


def _way(spans: list[Kept], name: str, service: str) -> list[tuple[str, str]]:
    """The spans from the first of the trace to this one."""
    by_id = {span.span: span for span in spans}
    at: Kept | None = next(span for span in spans if (span.name, span.service) == (name, service))
    way = []
    while at is not None:
        way.append((at.service, at.name))
        at = by_id.get(at.parent)
    return way[::-1]
