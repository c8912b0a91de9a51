"""`python -m bench.bus [--json] [--runs N]`: relay, consumer, whole chain and one hop against the limits and the
peers."""

import argparse
import random
import subprocess
import sys
import time
from functools import partial
from typing import Any

from sqlalchemy import text

from bench import peers, raw
from bench.limits import chain_by_hand, hop_by_hand
from bench.report import Bar, machine, median, note, report
from bench.stage import AMQP_URL, SERVICE, Said, Stage, messages, stage, until
from shared import metrics
from shared.batch import Batches, Letter, Result
from shared.codec import encode
from shared.consumer import Consumer
from shared.line import Line
from shared.observe import logs
from shared.outbox import emit
from shared.publisher import Publisher
from shared.relay import Relay
from shared.unit import unit_of

PUBLISHED, RELAYED, PEERS, CONSUMED, CHAINED, HOPS = 30_000, 15_000, 2_000, 10_000, 8_000, 150


def relay_rate(on: Stage, count: int) -> float:
    """Rows a second from outbox to marked as sent."""
    on.clear()
    on.fill_outbox(count)
    sent = metrics.RELAY_SENT.labels("bench")
    before = sent._value.get()
    relay = Relay("bench", on.says, partial(Publisher, AMQP_URL, on.names))
    began = time.perf_counter()
    relay.start()
    until(lambda: sent._value.get() - before >= count, 0.002)
    seconds = time.perf_counter() - began
    relay.stop()
    relay.join(20)
    return count / seconds


def consumer_rate(on: Stage, count: int) -> float:
    """Messages a second from the queue to inbox and effect row, with an ordinary handler."""
    on.clear()
    on.fill_outbox(count)
    relay = Relay("bench", on.says, partial(Publisher, AMQP_URL, on.names))
    relay.start()
    until(lambda: on.unsent() == 0, 0.05)
    relay.stop()
    relay.join(20)
    with subprocess.Popen(_part("consume", on)) as consumer:
        rate = peers._drain(on, count)
        consumer.terminate()
    return rate


def chain_rate(on: Stage, count: int) -> float:
    """Messages a second from outbox row to committed effect: a relay and a consumer, each a process."""
    on.clear()
    on.fill_outbox(count)
    with subprocess.Popen(_part("consume", on)) as consumer, subprocess.Popen(_part("relay", on)) as relay:
        rate = peers._drain(on, count)
        relay.terminate()
        consumer.terminate()
    return rate


def hop_times(on: Stage, count: int) -> list[float]:
    """Seconds from the commit of one outbox row to the commit of its effect, with nothing else to do."""
    on.clear()
    done: list[float] = []

    class Timed(Batches):
        def run(self, letters: Any) -> Result:
            result = super().run(letters)
            done.append(time.perf_counter())
            return result

    relay = Relay("bench", on.says, partial(Publisher, AMQP_URL, on.names))
    consumer = Consumer(SERVICE, on.hears, partial(Line, AMQP_URL, SERVICE, on.names))
    relay.start()
    consumer.start()
    until(lambda: relay.broker_up and consumer.broker_up)
    consumer._batches = Timed(SERVICE, on.hears)
    times = []
    for at, said in enumerate(messages(count + 20)):
        expected = len(done) + 1
        with unit_of(on.says, "bench") as unit:
            emit(unit.db, said)
        began = time.perf_counter()
        until(lambda expected=expected: len(done) >= expected, 0.0002)  # type: ignore[misc]
        if at >= 20:
            times.append(done[-1] - began)
        time.sleep(random.uniform(0.002, 0.006))
    for loop in (relay, consumer):
        loop.stop()
        loop.join(20)
    return times


def _part(part: str, on: Stage) -> list[str]:
    engine = on.says if part == "relay" else on.hears
    url = engine.url.render_as_string(hide_password=False)
    return [sys.executable, "-m", "bench.part", part, url, on.names.prefix]


def measure(on: Stage, runs: int) -> dict[str, list[float]]:
    """The figures of each run; in a run every measurement follows its peers at once, since machines drift."""
    got: dict[str, list[float]] = {}

    def keep(name: str, value: float) -> None:
        got.setdefault(name, []).append(value)

    body = encode(messages(1)[0])
    for run in range(runs):
        for _ in range(3):
            on.clear()
            keep("raw publish /s", PUBLISHED / raw.publish(AMQP_URL, on.names.events, Said.TYPE, body, PUBLISHED))
            keep("relay /s", relay_rate(on, RELAYED))
        for name, peer in (("celery", peers.celery), ("faststream", peers.faststream)):
            published, consumed = peer(on, PEERS)
            keep(f"{name} publish /s", published)
            keep(f"{name} consume /s", consumed)
        keep("consumer /s", consumer_rate(on, CONSUMED))
        for _ in range(3):
            keep("chain limit /s", chain_by_hand(on, CHAINED, _part("relay", on)))
            keep("chain /s", chain_rate(on, CHAINED))
        keep("direct hop ms", 1000 * median(hop_by_hand(on, HOPS)))
        keep("hop ms", 1000 * median(hop_times(on, HOPS)))
        note(f"run {run + 1} of {runs}: " + ", ".join(f"{name} {values[-1]:.1f}" for name, values in got.items()))
    return got


def bars(got: dict[str, list[float]]) -> dict[str, Bar]:
    """Limits and what is held against them follow each other within seconds, so it is their ratio that a median is
    taken of; a peer is taken at the median of its runs, and the better of the two counts."""

    def ratio(name: str, limit: str) -> float:
        return median(value / other for value, other in zip(got[name], got[limit], strict=True))

    publish, consume = (
        max(median(got[f"{peer} {what} /s"]) for peer in ("celery", "faststream")) for what in ("publish", "consume")
    )
    return {
        "relay_vs_raw": Bar(ratio("relay /s", "raw publish /s"), least=0.40),
        "relay_vs_peer": Bar(median(got["relay /s"]) / publish, least=10),
        "consumer_vs_peer": Bar(median(got["consumer /s"]) / consume, least=3),
        "chain_vs_limit": Bar(ratio("chain /s", "chain limit /s"), least=0.45),
        "hop_vs_direct": Bar(ratio("hop ms", "direct hop ms"), most=2.0),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.bus", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--runs", type=int, default=3, help="the medians are over that many runs")
    chosen = parser.parse_args()
    logs("error")
    with stage() as on:
        with on.says.connect() as connection:
            server = connection.scalar(text("SHOW server_version")) or ""
        on_what = machine(postgresql=server)
        got = measure(on, chosen.runs)
    figures = {name: round(median(values), 2) for name, values in got.items()}
    return report(on_what, bars(got), {**figures, "runs": chosen.runs}, chosen.json)


__all__ = ["Letter", "main"]

if __name__ == "__main__":
    sys.exit(main())
