"""`python -m bench.scrape [--json] [--runs N]`: how long one scrape of a web process takes under gunicorn.

Two processes, as without a setting. Each has counted something of every route of the largest service under three
statuses, and its place was taken twice before, as gunicorn replaces its processes. The client asks as Prometheus does:
whole, one after the other, on a connection that is kept.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import requests
from flask import Flask

from bench.report import Bar, machine, median, note, report
from bench.stage import until
from shared import metrics
from shared.services import service_named
from shared.web import health
from shared.web.app import Context, create_app

PROCESSES = 2
SCRAPES = 50
LARGEST = "enrolment"
STATUSES = ("200", "403", "422")
_CONFIG = Path(__file__).resolve().parent.parent / "deploy" / "gunicorn.conf.py"


def app() -> Flask:
    """What each process serves: /metrics, with everything in it that such a process can have counted."""
    served = Flask("scrape")
    health.install(served, {})
    of = create_app(service_named(LARGEST), Context(None, lambda _: None))  # type: ignore[arg-type,return-value]
    for rule in of.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            for status in STATUSES:
                metrics.REQUEST_SECONDS.labels(LARGEST, method, rule.rule, status).observe(0.02)
    metrics.OUTGOING_SECONDS.labels("localhost", "200").observe(0.02)

    @served.get("/pid")
    def pid() -> str:
        return str(os.getpid())

    return served


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.scrape", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--runs", type=int, default=3, help="the medians are over that many runs")
    chosen = parser.parse_args()
    on_what = machine()
    medians, worst, sizes, series = [], [], [], []
    for run in range(chosen.runs):
        taken, text = measured()
        medians.append(median(taken))
        worst.append(max(taken))
        sizes.append(len(text))
        series.append(sum(not line.startswith("#") for line in text.splitlines()))
        note(f"run {run + 1} of {chosen.runs}: {medians[-1]:.1f} ms, at worst {worst[-1]:.1f} ms")
    figures = {
        "series": max(series),
        "kilobytes": round(max(sizes) / 1024),
        "processes": PROCESSES,
        "worst ms": round(median(worst), 1),
        "runs": chosen.runs,
    }
    return report(on_what, {"scrape_ms": Bar(median(medians), most=100)}, figures, chosen.json)


def measured() -> tuple[list[float], str]:
    """Milliseconds of each scrape, and what the last one read."""
    with tempfile.TemporaryDirectory() as folder:
        port = _free_port()
        environ = {
            **os.environ,
            "BANGKOM_ENV": "development",
            "BANGKOM_LISTEN": f"127.0.0.1:{port}",
            "BANGKOM_WEB_WORKERS": str(PROCESSES),
            "PROMETHEUS_MULTIPROC_DIR": folder,
        }
        words = [sys.executable, "-m", "gunicorn", "-c", str(_CONFIG), "bench.scrape:app()"]
        server = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            address = f"http://127.0.0.1:{port}"
            pids = set[int]()
            for generation in (1, 2, 3):
                until(lambda: len(_more(address, pids)) >= PROCESSES * generation, 0.02)  # noqa: B023
                if generation < 3:
                    for pid in sorted(pids)[-PROCESSES:]:
                        os.kill(pid, signal.SIGTERM)
            taken, text = [], ""
            with requests.Session() as session:
                session.get(f"{address}/metrics", timeout=10)
                for _ in range(SCRAPES):
                    began = time.perf_counter()
                    text = session.get(f"{address}/metrics", timeout=10).text
                    taken.append(1000 * (time.perf_counter() - began))
            return taken, text
        finally:
            server.terminate()
            server.wait(30)


def _more(address: str, pids: set[int]) -> set[int]:
    """The processes that have answered so far, one more question later."""
    with suppress(requests.RequestException, ValueError):
        pids.add(int(requests.get(f"{address}/pid", timeout=5).text))
    return pids


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
