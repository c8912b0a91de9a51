"""How the demo and the journeys reach the services: over HTTP with a token, and by the commands that a city would type.

`Doors` is all that a cycle needs. `HttpDoors` speaks to running services; tests have others.
"""

import io
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import requests

from shared import clock
from shared.auth import Principal
from shared.ids import new_id

Json = dict[str, Any]
ROOT = Path(__file__).resolve().parent.parent

_CLOCK_SEEN_WITHIN = 0.1

_AGAIN = frozenset({429, 502, 503, 504})
"""Answers after which the same request, under the same key, is sent again."""


class Refused(Exception):
    """A service said no: its status and its problem answer."""

    def __init__(self, status: int, answer: Json, call: str) -> None:
        super().__init__(f"{call}: {status} {answer}")
        self.status = status
        self.code = str(answer.get("code", ""))
        self.answer = answer


class Doors(Protocol):
    """What a cycle needs of the world."""

    def call(
        self,
        method: str,
        service: str,
        path: str,
        by: Principal | None,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Json:
        """One request; Refused where the answer is a no."""
        ...

    def command(self, *words: str) -> None:
        """One `bangkom` command; raises where it fails."""
        ...

    def travel(self, by: timedelta) -> None:
        """Let time pass."""
        ...

    def rest(self) -> None:
        """Give the services a moment before a state is looked at again."""
        ...


@dataclass
class HttpDoors:
    """Running services: `addresses` maps a service to where its routes begin, `token` signs a principal in. A request
    that can't be delivered is sent again under its key until `patience` seconds are over: a service may restart."""

    addresses: Mapping[str, str]
    token: Callable[[Principal], str]
    run: Callable[[Sequence[str]], None]
    patience: float = 30.0
    pause: float = 0.02
    _session: requests.Session = field(default_factory=requests.Session)
    _tokens: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        service: str,
        path: str,
        by: Principal | None,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Json:
        headers = {"Accept-Language": "id"}
        if by is not None:
            headers["Authorization"] = f"Bearer {self._token(by)}"
        if method == "POST":
            headers["Idempotency-Key"] = str(new_id())
        url = self.addresses[service].rstrip("/") + path
        until = time.monotonic() + self.patience
        while True:
            try:
                answer = self._session.request(method, url, json=body, params=query, headers=headers, timeout=(5, 60))
            except requests.ConnectionError:
                if time.monotonic() > until:
                    raise
            else:
                if answer.status_code not in _AGAIN or time.monotonic() > until:
                    return _read(answer, f"{method} {service}{path}")
            time.sleep(0.2)

    def command(self, *words: str) -> None:
        self.run(words)

    def travel(self, by: timedelta) -> None:
        clock.travel(by)
        # Every process looks at the clock's file again after a moment; before it, a request would see the old time.
        time.sleep(_CLOCK_SEEN_WITHIN)

    def rest(self) -> None:
        time.sleep(self.pause)

    def _token(self, by: Principal) -> str:
        # The roles may change with what was imported since, so they are part of what is remembered.
        key = f"{by.id} {sorted((agency, sorted(held)) for agency, held in by.roles.items())}"
        if key not in self._tokens:
            self._tokens[key] = self.token(by)
        return self._tokens[key]


def in_process(words: Sequence[str]) -> None:
    """Runs `bangkom` with these words in this process, which belongs to the installation: the same command without the
    seconds that a new interpreter takes. What it said is in the error when it fails."""
    from shared.cli import bangkom  # The command line reads which services there are from the environment.

    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        try:
            bangkom.main(list(words), prog_name="bangkom", standalone_mode=False)
        except SystemExit as end:
            if end.code:
                raise RuntimeError(f"bangkom {' '.join(words)} ended with {end.code}:\n{said.getvalue()}") from end


def by_subprocess(environment: Mapping[str, str]) -> Callable[[Sequence[str]], None]:
    """Runs `bangkom` as a person at a shell does. What the command said is in the error when it fails."""

    def run(words: Sequence[str]) -> None:
        command = [sys.executable, "-m", "shared.cli", *words]
        ran = subprocess.run(command, env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False)
        if ran.returncode:
            said = f"{ran.stdout[-4000:]}{ran.stderr[-4000:]}"
            raise RuntimeError(f"bangkom {' '.join(words)} ended with {ran.returncode}:\n{said}")

    return run


def _read(answer: requests.Response, call: str) -> Json:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        body = {"detail": answer.text[:500]}
    if answer.status_code >= 400:
        raise Refused(answer.status_code, body, call)
    return body if isinstance(body, dict) else {"items": body}
