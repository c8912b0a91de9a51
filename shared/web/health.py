"""/live, /ready and /metrics: for whoever watches over the process, so without sign-in and without a word about the
data."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, Response, jsonify
from sqlalchemy import Engine

from shared import migrate
from shared.metrics import exposition
from shared.service import Service

_FRESH_FOR = 2.0

Check = Callable[[], None]
"""Raises where the thing it looks at is not well."""

log = structlog.get_logger("bangkom.health")


@dataclass
class Readiness:
    """Named checks, asked at most every two seconds however often the question comes."""

    checks: Mapping[str, Check]
    _found: dict[str, bool] = field(default_factory=dict)
    _at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def found(self) -> dict[str, bool]:
        """What each check said last."""
        with self._lock:
            if time.monotonic() - self._at > _FRESH_FOR:
                self._found = {name: _passes(name, check) for name, check in self.checks.items()}
                self._at = time.monotonic()
            return self._found


def install(app: Flask, checks: Mapping[str, Check]) -> None:
    """Add the three routes."""
    readiness = Readiness(checks)

    @app.get("/live")
    def live() -> Any:
        return jsonify(live=True)

    @app.get("/ready")
    def ready() -> Any:
        found = readiness.found()
        well = all(found.values())
        return jsonify(ready=well, checks=found), 200 if well else 503

    @app.get("/metrics")
    def metrics() -> Any:
        body, content_type = exposition()
        return Response(body, content_type=content_type)


def at_migration_head(engine: Engine, service: Service) -> Check:
    """The check of a service's database: it answers, and has every migration this code knows."""

    def check() -> None:
        with engine.connect() as connection:
            if not migrate.at_head(connection, service):
                raise RuntimeError("migrations are missing")

    return check


def _passes(name: str, check: Check) -> bool:
    try:
        check()
    except Exception as error:  # noqa: BLE001 (whatever it is, the answer is no)
        log.warning("health.not_ready", check=name, error=type(error).__name__)
        return False
    return True
