"""The house of docker-compose.yml under a name of its own, and what may happen to one of its containers."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from demo.world import ROOT, HttpDoors
from shared.issuer import ISSUER, DevelopmentIssuer
from tests.ports import free_port
from tests.shared.bus import fixtures
from tests.town import WITH_DATA

PROJECT = "bangkom-test"
"""Not the name in docker-compose.yml: an installation on the same machine keeps its containers and its data."""

LONG_RUNNING = (
    "postgres",
    "rabbitmq",
    *(f"{name}-{kind}" for name in WITH_DATA for kind in ("web", "work")),
    "portal",
    "nginx",
    "backups",
)
FAULTS = ("kill", "pause", "restart", "disconnect")
RESULTS = ROOT / "build" / "containers"


def until(what: str, probe: Callable[[], bool], within: float = 180.0) -> None:
    """Wait until it is so; `within` seconds."""
    fixtures.until(probe, within, lambda: what)


@dataclass
class Containers:
    """Start it, use `doors`, take it down. `folder` is what the containers see as /test."""

    folder: Path
    seconds_to_healthy: float = 0.0
    _port: int = field(default_factory=free_port)
    _made_secrets: bool = False

    def __enter__(self) -> "Containers":
        self.folder.chmod(0o755)
        self._issuer = DevelopmentIssuer(self.folder.parent / "issuer")
        (self.folder / "jwks.json").write_text(self._issuer.jwks.read_text(encoding="utf-8"), encoding="utf-8")
        if not (ROOT / "secrets").exists():
            subprocess.run([sys.executable, "deploy/make_secrets.py"], cwd=ROOT, check=True, capture_output=True)
            self._made_secrets = True
        try:
            began = time.monotonic()
            self.compose("up", "-d", "--wait", "--pull", "never")
            self.seconds_to_healthy = time.monotonic() - began
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        RESULTS.mkdir(parents=True, exist_ok=True)
        with (RESULTS / "logs.txt").open("w", encoding="utf-8") as log:
            words = ["docker", "compose", "logs", "--no-color", "--timestamps"]
            subprocess.run(words, cwd=ROOT, env=self.environment, stdout=log, stderr=log, check=False)
        self.compose("--profile", "*", "down", "-v", "-t", "5")
        if self._made_secrets:
            shutil.rmtree(ROOT / "secrets")

    @property
    def environment(self) -> dict[str, str]:
        """What compose reads; the defaults are those of .env.example, not of an installation's .env."""
        return {
            **os.environ,
            "COMPOSE_FILE": "docker-compose.yml:tests/containers/compose.yml",
            "COMPOSE_PROJECT_NAME": PROJECT,
            "COMPOSE_ENV_FILES": ".env.example",
            "BANGKOM_TEST_FOLDER": str(self.folder),
            "BANGKOM_JWKS": "/test/jwks.json",
            "BANGKOM_TOKEN_ISSUER": ISSUER,
            "BANGKOM_HTTPS_PORT": str(self._port),
            "BANGKOM_HTTP_PORT": str(self._http_port),
            "BANGKOM_PUBLIC_URL": self.address,
            "BANGKOM_REQUESTS_A_MINUTE": "0",
        }

    _http_port: int = field(default_factory=free_port)

    @property
    def address(self) -> str:
        return f"https://localhost:{self._port}"

    @property
    def doors(self) -> HttpDoors:
        """Every service through nginx, and commands in a container of their own."""
        addresses = {name: f"{self.address}/api/{name}" for name in WITH_DATA}
        return HttpDoors(addresses, self._issuer.token, self.command, 60.0, _session=self.session())

    def session(self) -> requests.Session:
        """Trusts the door's certificate and nobody else's."""
        made = requests.Session()
        made.trust_env = False
        made.verify = str(ROOT / "secrets" / "tls.crt")
        return made

    def compose(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self._run(["docker", "compose", *words], check)

    def docker(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self._run(["docker", *words], check)

    def roll(self, name: str) -> str:
        """Replace a service's containers as an operator does; answers what the script said last."""
        return self._run(["deploy/roll.sh", name], check=True).stdout

    def command(self, words: Sequence[str]) -> None:
        """`bangkom` with these words, where files in the folder are known by their place in the container."""
        said = []
        for word in words:
            if word.startswith(f"{self.folder}/"):
                Path(word).chmod(0o644)
                word = f"/test/{Path(word).relative_to(self.folder)}"
            said.append(word)
        self.tools(*said)

    def tools(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return self.compose("run", "--rm", "--no-deps", "-T", "tools", *words, check=check)

    def wait_sound(self) -> dict[str, Any]:
        """Wait until the audit of a house at rest finds nothing; answers its report."""
        report: dict[str, Any] = {}

        def sound() -> bool:
            done = self.tools("audit", "--settled", "--json", check=False)
            report["said"] = done.stdout[-2000:] + done.stderr[-2000:]
            if done.returncode:
                return False
            report.update(json.loads(done.stdout))
            return True

        try:
            until("the audit is sound", sound)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{report['said']}") from None
        return report

    # --- one container ------------------------------------------------------------------------------------------------

    def strike(self, fault: str, name: str) -> None:
        """Take the one container of a service away; a restart brings it back by itself."""
        one = self.container(name)
        if fault == "restart":
            self.docker("restart", "-t", "40", one)
        elif fault == "disconnect":
            self.docker("network", "disconnect", f"{PROJECT}_inside", one)
        else:
            self.docker(fault, one)

    def mend(self, fault: str, name: str) -> None:
        """Bring it back."""
        one = self.container(name)
        if fault == "kill":
            self.docker("start", one)
        elif fault == "pause":
            self.docker("unpause", one)
        elif fault == "disconnect":
            self.docker("network", "connect", "--alias", name, f"{PROJECT}_inside", one)

    def ready(self, name: str) -> bool:
        """Whether its own health check passes now, what the engine remembers of it may be some seconds old; or whether
        it runs, where it has none."""
        one = self.container(name)
        test = json.loads(self.docker("inspect", "-f", "{{json .Config.Healthcheck.Test}}", one).stdout)
        if test == ["NONE"]:
            return self.docker("inspect", "-f", "{{.State.Running}}", one).stdout.strip() == "true"
        assert test[0] == "CMD"
        return self.docker("exec", one, *test[1:], check=False).returncode == 0

    def container(self, name: str) -> str:
        found = self.docker(
            "ps",
            "-aq",
            *("--filter", f"label=com.docker.compose.project={PROJECT}"),
            *("--filter", f"label=com.docker.compose.service={name}"),
        ).stdout.split()
        assert len(found) == 1, f"{name}: {found}"
        return found[0]

    def _run(self, words: list[str], check: bool) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(words, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"[-6000:])
        return done
