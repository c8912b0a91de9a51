"""What gunicorn itself says, and the spans of its processes when they end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import requests

from tests.collector import ENDPOINT, collecting
from tests.house.code import ROOT
from tests.ports import free_port

NIP = "198503302003121002"
APP = """
from shared import traces
traces.start("budget")
def app(environ, start_response):
    with traces.span(traces.SERVER, "GET /v1/lines"):
        pass
    if environ["PATH_INFO"] == "/live":
        start_response("200 OK", [("Content-Length", "0")])
        return []
    raise ValueError(environ["PATH_INFO"])
"""


def test_gunicorn_writes_lines_without_paths_and_sends_its_spans_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "raising.py").write_text(APP)
    port, log = free_port(), tmp_path / "log"
    with collecting() as collector:
        environ = {**os.environ, ENDPOINT: collector.url, "BANGKOM_LISTEN": f"127.0.0.1:{port}"}
        environ |= {"BANGKOM_WEB_WORKERS": "1", "PYTHONPATH": f"{ROOT}:{tmp_path}"}
        words = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "deploy/gunicorn.conf.py"), "-n", "budget"]
        with log.open("wb") as output:
            server = subprocess.Popen([*words, "raising:app"], env=environ, cwd=ROOT, stderr=output, stdout=output)
        try:
            _answers(f"http://127.0.0.1:{port}/live", server)
            assert requests.get(f"http://127.0.0.1:{port}/people/{NIP}?q={NIP}", timeout=30).status_code == 500
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
        assert {span.service for span in collector.spans} == {"budget"}
    said = log.read_text()
    assert NIP not in said
    [line] = [json.loads(line) for line in said.splitlines() if "ValueError" in line]
    assert (line["service"], line["error"], line["logger"]) == ("budget", "ValueError", "gunicorn.error")
    assert all(line.startswith("{") for line in said.splitlines())


def _answers(address: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while True:
        assert server.poll() is None
        assert time.monotonic() < until
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.ConnectionError:
            time.sleep(0.05)
