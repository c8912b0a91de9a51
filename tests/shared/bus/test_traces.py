"""One trace over the bus, and a collector that is away."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from shared import traces
from shared.envelope import number_of
from tests.collector import ENDPOINT, Collector, collecting
from tests.house.code import ROOT
from tests.ports import free_port
from tests.shared.bus.fixtures import Toys
from tests.shared.bus.toys import Answered, Asked

LOADS = """
import sys
import shared.cli.run, shared.consumer, shared.http, shared.relay, shared.traces, shared.web.entry
shared.traces.start("any")
print(any(name.startswith("opentelemetry") for name in sys.modules))
"""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as made:
        monkeypatch.setenv(ENDPOINT, made.url)
        traces.start("toyask")
        yield made
        traces.stop()


def test_nothing_of_opentelemetry_is_loaded_where_no_collector_is_named() -> None:
    ran = subprocess.run([sys.executable, "-c", LOADS], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_a_trace_goes_from_the_request_over_relays_and_consumers(toys: Toys, collector: Collector) -> None:
    toys.both()
    with traces.span(traces.SERVER, "POST /v1/questions", service="toyask") as request:
        toys.ask("traced")
    toys.all_answered()
    toys.stop()
    traces.stop()
    mine = [span for span in collector.spans if span.trace == number_of(request.traceparent)]
    by_id = {span.span: span for span in mine}
    [last] = [span for span in mine if span.name == f"handle {Answered.TYPE}"]
    way = [last]
    while way[-1].parent:
        way.append(by_id[way[-1].parent])
    assert [(span.service, span.name) for span in reversed(way)] == [
        ("toyask", "POST /v1/questions"),
        ("toyask", f"publish {Asked.TYPE}"),
        ("toyanswer", f"handle {Asked.TYPE}"),
        ("toyanswer", f"publish {Answered.TYPE}"),
        ("toyask", f"handle {Answered.TYPE}"),
    ]
    named = [span.attributes["messaging.destination.name"] for span in way[:-1]]
    assert all(name.startswith(f"{toys.names.prefix}.") for name in named)


def test_what_began_untold_is_told_of_by_nobody(toys: Toys, collector: Collector) -> None:
    toys.both()
    untold = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
    with traces.within(untold):
        toys.ask("quiet")
    toys.all_answered()
    toys.stop()
    traces.stop()
    assert [span for span in collector.spans if span.trace == number_of(untold)] == []


def test_a_collector_that_is_away_is_waited_for_by_nobody(toys: Toys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENDPOINT, f"http://127.0.0.1:{free_port()}")
    traces.start("toyask")
    try:
        toys.both()
        for at in range(20):
            with traces.span(traces.SERVER, "POST /v1/questions", service="toyask"):
                toys.ask(f"topic-{at}")
        toys.all_answered()
    finally:
        traces.stop()
    assert not traces.on()
