"""The embedded whole as a process of its own, for demos and journeys: started, killed and started again like a real
one.

    whole = Whole(folder)
    whole.start()
    requests.get(f"{whole.address}/api/budget/v1/lines", headers={"Authorization": f"Bearer {whole.token(somebody)}"})
    whole.stop()
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.auth import Principal
from shared.config import DEVELOPMENT, MEMORY
from shared.home import make_folder, running
from shared.issuer import DevelopmentIssuer

_UP_WITHIN = 120.0
_DOWN_WITHIN = 60.0
_ROOT = Path(__file__).resolve().parent.parent


class CannotStart(Exception):
    """The process ended before it was up; the text is what it said last."""


@dataclass
class Whole:
    """`bangkom up` on the data in `home`. `port` 0 takes any free one; once taken it is kept over restarts.
    `services` narrows the list; `database_url` names a server to use instead of the embedded one; `more` are further
    environment variables."""

    home: Path
    port: int = 0
    broker_url: str = MEMORY
    services: Sequence[str] = ()
    database_url: str = ""
    more: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    _process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        """Start it and wait until it answers. `address` and `environment` (what commands need) are known then."""
        make_folder(self.home)
        words = [sys.executable, "-m", "shared.cli", "up", "--port", str(self.port)]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                words, cwd=_ROOT, env=self._environ(), stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        until = time.monotonic() + _UP_WITHIN
        while True:
            note = running(self.home)
            if note is not None and note["pid"] == self._process.pid:
                break
            if self._process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise CannotStart("\n".join(self.log.read_text(errors="replace").splitlines()[-15:]))
            time.sleep(0.05)
        self.address = note["address"]
        self.environment = note["environment"]
        self.port = int(self.address.rsplit(":", 1)[1])

    def stop(self) -> None:
        """Ask it to finish what is in hand, and wait; kill it where that takes longer than a minute."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_DOWN_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._gone()

    def kill(self) -> None:
        """kill -9; the embedded database goes down with it by itself."""
        if self._process is not None:
            self._process.kill()
        self._gone()

    @property
    def log(self) -> Path:
        """Where it writes what it has to say."""
        return self.home / "up.log"

    @property
    def addresses(self) -> dict[str, str]:
        """Where the routes of each service begin."""
        ending = "_URL"
        return {
            name.removeprefix("BANGKOM_").removesuffix(ending).lower(): value
            for name, value in self.environment.items()
            if name.endswith(ending) and f"{self.address}/api/" in value
        }

    def join(self) -> None:
        """Make this process one of the installation's: same clock, same issuer, same addresses."""
        os.environ.update(self.environment)

    def token(self, principal: Principal) -> str:
        """A token for anybody; call `join` first."""
        return DevelopmentIssuer(self.home).token(principal)

    def command(self, *words: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run `bangkom WORDS` against this installation, as from another shell."""
        return subprocess.run(
            [sys.executable, "-m", "shared.cli", *words],
            cwd=_ROOT,
            env=self._environ() | dict(self.environment),
            capture_output=True,
            text=True,
            check=check,
        )

    def _environ(self) -> dict[str, str]:
        ours = ("BANGKOM_", "AMQP_URL", "DATABASE_URL", "PROMETHEUS_")
        environ: dict[str, Any] = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        environ |= {"BANGKOM_ENV": DEVELOPMENT, "BANGKOM_HOME": str(self.home), "AMQP_URL": self.broker_url}
        if self.services:
            environ["BANGKOM_SERVICES"] = ",".join(self.services)
        if self.database_url:
            environ["DATABASE_URL"] = self.database_url
        return environ | dict(self.more)

    def _gone(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None
