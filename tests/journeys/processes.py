"""The house as separate processes over a real RabbitMQ: `bangkom web NAME` and `bangkom work NAME` for each service.

Databases are provisioned and migrated by the same commands as in production, on a PostgreSQL server of its own. Queues
have a prefix of their own on the broker and are removed afterwards.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import requests
from sqlalchemy import URL

from demo.world import ROOT, HttpDoors, by_subprocess
from shared.dead import DeadLetter, list_dead
from shared.embedded import Embedded
from shared.ids import new_id
from shared.issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from shared.provision import kept_passwords, provision, setting_of
from shared.services import services
from shared.topology import PREFIX, Names
from tests.broker import take_down
from tests.ports import free_port
from tests.town import WITH_DATA

KINDS = ("web", "work")


@dataclass
class Processes:
    """Start it, use `doors`, stop it. `kill` and `start` of single processes are there to disturb."""

    home: Path
    broker_url: str
    prefix: str = field(default_factory=lambda: f"journey-{new_id().hex[-12:]}")
    doors_to_database: Callable[[URL], URL] = lambda url: url
    """Where the processes reach the database instead: a test puts a door in between that it can shut."""
    _environment: dict[str, str] = field(default_factory=dict)
    _ports: dict[tuple[str, str], int] = field(default_factory=dict)
    _running: dict[tuple[str, str], "subprocess.Popen[bytes]"] = field(default_factory=dict)
    _server: Embedded | None = None

    def __enter__(self) -> "Processes":
        try:
            self._prepare()
            for name in WITH_DATA:
                for kind in KINDS:
                    self.start(kind, name)
            self.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._running.values():
            process.send_signal(signal.SIGTERM)
        for process in self._running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
        if self._server is not None:
            self._server.stop()
        take_down(self.broker_url, services(), Names(self.prefix))

    @property
    def doors(self) -> HttpDoors:
        issuer = DevelopmentIssuer(self.home)
        addresses = {name: f"http://127.0.0.1:{self._ports['web', name]}" for name in WITH_DATA}
        return HttpDoors(addresses, issuer.token, by_subprocess(self._environment))

    @property
    def environment(self) -> dict[str, str]:
        return dict(self._environment)

    def dead(self) -> list[DeadLetter]:
        """The dead letters of all services."""
        having = [service for service in services() if service.metadata is not None]
        return [one for service in having for one in list_dead(service, None, self.broker_url, Names(self.prefix))]

    def start(self, kind: str, name: str) -> None:
        """Start one process; it is ready some time later."""
        port = self._ports.setdefault((kind, name), free_port())
        listen = "BANGKOM_LISTEN" if kind == "web" else "BANGKOM_WORK_LISTEN"
        log = (self.home / f"{kind}-{name}.log").open("ab")
        with log:
            self._running[kind, name] = subprocess.Popen(
                [sys.executable, "-m", "shared.cli", kind, name],
                env={**self._environment, listen: f"127.0.0.1:{port}"},
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def kill(self, kind: str, name: str) -> None:
        """kill -9, and wait until it is gone."""
        process = self._running.pop((kind, name))
        process.kill()
        process.wait()

    def wait_ready(self, within: float = 300.0) -> None:
        """Wait until every process says that it is ready; one that ended says why."""
        until = time.monotonic() + within
        for (kind, name), process in self._running.items():
            while True:
                if process.poll() is not None:
                    said = (self.home / f"{kind}-{name}.log").read_text(encoding="utf-8", errors="replace")
                    raise AssertionError(f"bangkom {kind} {name} ended with {process.returncode}:\n{said[-4000:]}")
                if _ready(self._ports[kind, name]):
                    break
                if time.monotonic() > until:
                    said = (self.home / f"{kind}-{name}.log").read_text(encoding="utf-8", errors="replace")
                    raise AssertionError(f"bangkom {kind} {name} is not ready after {within} s:\n{said[-4000:]}")
                time.sleep(0.1)

    def _prepare(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._server = Embedded(self.home / "server", durable=False)
        self._server.start()
        made = provision(self._server.url, kept_passwords(self.home / "passwords", WITH_DATA))
        urls = {name: self.doors_to_database(url) for name, url in made.items()}
        issuer = DevelopmentIssuer(self.home)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("BANGKOM_")},
            **{setting_of(name): url.render_as_string(hide_password=False) for name, url in urls.items()},
            "BANGKOM_ENV": "development",
            "BANGKOM_HOME": str(self.home),
            "BANGKOM_CLOCK_FILE": os.environ["BANGKOM_CLOCK_FILE"],
            PREFIX: self.prefix,
            "BANGKOM_JWKS": str(issuer.jwks),
            "BANGKOM_TOKEN_ISSUER": ISSUER,
            "BANGKOM_TOKEN_AUDIENCE": AUDIENCE,
            "BANGKOM_WEB_WORKERS": "1",
            "BANGKOM_REQUESTS_A_MINUTE": "0",
            "AMQP_URL": self.broker_url,
        }
        self._ports = {(kind, name): free_port() for name in WITH_DATA for kind in KINDS}
        self._environment |= {
            f"BANGKOM_{name.upper()}_URL": f"http://127.0.0.1:{self._ports['web', name]}" for name in WITH_DATA
        }
        run = by_subprocess(self._environment)
        run(["migrate"])
        run(["topology", "apply"])


def _ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/ready", timeout=2).status_code == 200
    except requests.RequestException:
        return False
