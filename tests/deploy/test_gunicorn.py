"""Metrics under gunicorn: processes come and go, what they counted stays, and their files don't grow in number."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.house.code import ROOT
from tests.ports import free_port

_WITHIN = 60.0


@dataclass
class Served:
    address: str
    folder: Path

    def count(self) -> int:
        """Ask once; answers the process that did it."""
        until = time.monotonic() + _WITHIN
        while True:
            try:
                # Whoever gives up a request that is counted after all has counted wrong, so nobody gives up soon.
                answer = requests.get(f"{self.address}/count", timeout=_WITHIN)
                answer.raise_for_status()
                return int(answer.text)
            except requests.RequestException:
                # While a process is on its way down a connection may end without an answer; nothing was counted then.
                assert time.monotonic() < until

    def counted(self) -> float:
        text = requests.get(f"{self.address}/metrics", timeout=5).text
        found = re.search(r'^bangkom_sweeps_total\{service="counting",sweep="requests"\} (\S+)$', text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def files(self) -> set[str]:
        return {path.name for path in self.folder.glob("*.db")}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    port, folder = free_port(), tmp_path / "metrics"
    folder.mkdir()
    environ = {
        **os.environ,
        "BANGKOM_LISTEN": f"127.0.0.1:{port}",
        "BANGKOM_WEB_WORKERS": "2",
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
    }
    words = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "tests.deploy.counting:app()"]
    server = subprocess.Popen(words, cwd=ROOT, env=environ)
    try:
        made = Served(f"http://127.0.0.1:{port}", folder)
        made.count()
        yield made
    finally:
        server.terminate()
        server.wait(30)


def test_a_process_that_is_replaced_leaves_its_counts_and_no_file_more(served: Served) -> None:
    asked, seen = 1, set[int]()
    files: set[str] = set()
    until = time.monotonic() + _WITHIN
    while len(seen) < 5:
        assert time.monotonic() < until, f"only {len(seen)} processes answered"
        pid = served.count()
        asked += 1
        if pid not in seen:
            seen.add(pid)
            os.kill(pid, signal.SIGTERM)
        files |= served.files()
    assert served.counted() == asked
    assert {name.rpartition("_")[2] for name in files} <= {"0.db", "1.db", "2.db"}
    assert served.files() == files


def test_the_port_opens_once_the_code_is_loaded(served: Served) -> None:
    """A replica that has just begun keeps nobody waiting while it loads."""
    assert requests.get(f"{served.address}/listened-while-loading", timeout=5).text == "False"
