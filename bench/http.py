"""`python -m bench.http [--json] [--runs N]`: one write route of a door against a bare Flask view with the same SQL.

Both under the same gunicorn settings (deploy/gunicorn.conf.py); the door signs in, checks, keeps the key, logs and
counts, the bare view does not.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from bench.http_apps import META, ROUTE, issuer
from bench.report import Bar, machine, median, note, report
from bench.stage import ADMIN_URL, until
from shared.auth import EVERYWHERE, TRAINING_OFFICE, Principal
from shared.ids import new_id

CLIENTS = 8
ANSWERS = 20
"""How many a connection brings before the next is made."""
WARM, MEASURED = 2.0, 6.0
_CONFIG = Path(__file__).resolve().parent.parent / "deploy" / "gunicorn.conf.py"


class Client(threading.Thread):
    """Asks, waits for the answer and asks again: raw, so that it costs the servers little. A connection belongs to one
    of the server's processes, so after some answers another one is made: else a run would measure how the first few
    fell."""

    def __init__(self, port: int, token: str, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.socket = self._connected()
        body = f'{{"title": "Catatan", "amount": 1500000, "line_id": "{new_id()}"}}'
        self.head = (
            f"POST {ROUTE} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nIdempotency-Key: "
        )
        self.tail = f"\r\n\r\n{body}"
        self.ended = ended
        self.count = 0
        self.error = ""

    def run(self) -> None:
        data = b""
        while not self.ended.is_set():
            self.socket.sendall(f"{self.head}{new_id()}{self.tail}".encode())
            while b"\r\n\r\n" not in data:
                data += self._more()
            head, _, data = data.partition(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 201"):
                self.error = (head + data)[:600].decode(errors="replace")
                return
            size = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
            )
            while len(data) < size:
                data += self._more()
            data = data[size:]
            self.count += 1
            if self.count % ANSWERS == 0:
                self.socket.close()
                self.socket = self._connected()
        self.socket.close()

    def _connected(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def _more(self) -> bytes:
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("the server closed the connection")
        return more


@contextmanager
def served(app: str, environment: dict[str, str]) -> Iterator[int]:
    """The application under gunicorn on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "-c", str(_CONFIG), f"bench.http_apps:{app}()"],
        env={**environment, "BANGKOM_LISTEN": f"127.0.0.1:{port}"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: _answers(port), 0.05)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def rate(app: str, token: str, environment: dict[str, str]) -> float:
    """Requests answered a second."""
    with served(app, environment) as port:
        ended = threading.Event()
        clients = [Client(port, token, ended) for _ in range(CLIENTS)]
        for client in clients:
            client.start()
        # gunicorn listens before its workers can answer.
        until(lambda: all(client.count > 5 or client.error for client in clients), 0.05)
        time.sleep(WARM)
        began, before = time.perf_counter(), sum(client.count for client in clients)
        time.sleep(MEASURED)
        done, seconds = sum(client.count for client in clients) - before, time.perf_counter() - began
        ended.set()
        for client in clients:
            client.join(30)
        for client in clients:
            if client.error:
                raise RuntimeError(f"{app}: {client.error}")
        return done / seconds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.http", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--runs", type=int, default=3, help="the medians are over that many runs")
    chosen = parser.parse_args()
    admin = create_engine(make_url(ADMIN_URL), isolation_level="AUTOCOMMIT")
    database = f"bench_{os.getpid()}_http"
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{database}"'))
    engine = create_engine(admin.url.set(database=database))
    got: dict[str, list[float]] = {"door": [], "bare": []}
    try:
        META.create_all(engine)
        with tempfile.TemporaryDirectory() as home:
            environment = {
                **os.environ,
                "BANGKOM_ENV": "development",
                "BENCH_HOME": home,
                "BENCH_DATABASE": engine.url.render_as_string(hide_password=False),
            }
            os.environ.update(BANGKOM_ENV="development", BENCH_HOME=home)
            token = issuer().token(Principal(str(new_id()), {EVERYWHERE: frozenset({TRAINING_OFFICE})}))
            on_what = machine()
            for run in range(chosen.runs):
                for app in ("bare", "door"):
                    got[app].append(rate(app, token, environment))
                note(f"run {run + 1} of {chosen.runs}: bare {got['bare'][-1]:.0f}/s, door {got['door'][-1]:.0f}/s")
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
        admin.dispose()
    ratios = [ours / bare for ours, bare in zip(got["door"], got["bare"], strict=True)]
    figures = {f"{name} requests /s": round(median(values), 1) for name, values in got.items()}
    return report(
        on_what,
        {"door_vs_bare": Bar(median(ratios), least=0.5)},
        {**figures, "clients": CLIENTS, "runs": chosen.runs},
        chosen.json,
    )


if __name__ == "__main__":
    sys.exit(main())
