"""The embedded whole: every service with its worker, the pages and the database, in one process on one machine.

For development and demos. It needs nothing but a folder: PostgreSQL is embedded unless DATABASE_URL names a server,
the broker is kombu's memory transport unless AMQP_URL names one, and tokens come from the development issuer.
"""

import fcntl
import json
import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, jsonify
from sqlalchemy import Engine
from waitress.server import create_server
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from shared import memory, migrate, topology, traces
from shared.config import DEVELOPMENT, MEMORY, UpSettings
from shared.db import engine_of
from shared.embedded import Embedded
from shared.errors import Mendable
from shared.home import LOCK, NOTE, make_folder, running, secret_in, write_private
from shared.issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from shared.provision import kept_passwords, provision, setting_of
from shared.service import Service
from shared.services import services
from shared.tokens import Issuer, Keys, Verifier, lms_issuer
from shared.web import health
from shared.web.app import Context, create_app
from shared.work import Worker

_STOP_WITHIN = 20.0
_MOST_BYTES = 6 * 1024 * 1024

log = structlog.get_logger("bangkom.up")


class CannotStart(Mendable):
    """The whole does not start; the text says why and what to do."""


@dataclass
class Up:
    """Everything of one installation. `only` narrows the services."""

    home: Path
    settings: UpSettings
    only: Sequence[str] = ()
    address: str = ""
    _stack: ExitStack = field(default_factory=ExitStack)

    def start(self) -> None:
        """Start all of it and wait until it answers; the address is known then."""
        if self.settings.env != DEVELOPMENT:
            raise CannotStart(
                "bangkom up is for development: anybody can sign in as anybody. "
                "Elsewhere run `bangkom web NAME` and `bangkom work NAME`."
            )
        make_folder(self.home)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Finish what is in hand, then stop everything in the opposite order of the start."""
        self._stack.close()

    def _start(self) -> None:
        self._stack.callback(os.close, _only_one(self.home))
        os.environ.update({"BANGKOM_ENV": DEVELOPMENT, "BANGKOM_HOME": str(self.home)})
        os.environ.setdefault("BANGKOM_CLOCK_FILE", str(self.home / "clock"))
        found = services(self.only)
        self._stack.callback(traces.stop)
        for service in found:
            traces.start(service.name, "bangkom up")
        owners = [service for service in found if service.metadata is not None]
        urls = self._databases([service.name for service in owners])
        engines = {service.name: self._engine(urls[setting_of(service.name)], service.name) for service in owners}
        for service in owners:
            migrate.upgrade(engines[service.name], service)
        issuer = DevelopmentIssuer(self.home)
        told = {
            **urls,
            "AMQP_URL": self.settings.broker_url,
            "BANGKOM_JWKS": str(issuer.jwks),
            "BANGKOM_TOKEN_ISSUER": ISSUER,
            "BANGKOM_TOKEN_AUDIENCE": AUDIENCE,
            "BANGKOM_PORTAL_SECRET": secret_in(self.home / "portal.secret"),
        }
        os.environ.update(told)
        workers = self._workers(owners, urls)
        self._serve(found, engines, issuer, workers, told)

    def _databases(self, names: Sequence[str]) -> dict[str, str]:
        """The address of each service's database, by its variable."""
        admin = self.settings.admin_url
        if admin is None:
            server = Embedded(self.home)
            server.start()
            self._stack.callback(server.stop)
        passwords = kept_passwords(self.home / "passwords", names)
        made = provision(admin or server.url, passwords, whole_server=admin is None)
        return {setting_of(name): url.render_as_string(hide_password=False) for name, url in made.items()}

    def _engine(self, url: str, name: str, pool: int = 4) -> Engine:
        engine = engine_of(url, pool=pool, name=f"bangkom {name}")
        self._stack.callback(engine.dispose)
        return engine

    def _workers(self, owners: Sequence[Service], urls: Mapping[str, str]) -> list[Worker]:
        """Start them all: the queues are there before the first one speaks."""
        broker_url = self.settings.broker_url
        if broker_url == MEMORY:
            memory.declare(owners)
        else:
            topology.apply(broker_url, owners)
        workers = [
            Worker(service, self._engine(urls[setting_of(service.name)], f"{service.name} work"), broker_url)
            for service in owners
        ]
        self._stack.callback(_stop, workers)
        for worker in workers:
            worker.start()
        return workers

    def _serve(
        self,
        found: Sequence[Service],
        engines: Mapping[str, Engine],
        issuer: DevelopmentIssuer,
        workers: Sequence[Worker],
        told: dict[str, str],
    ) -> None:
        """Two listeners with the same routes: pages ask the services through the second, so that many open pages can't
        take all threads and then wait for each other."""
        routes = _Routes()
        pages = self._listen(routes, self.settings.listen)
        inner = self._listen(routes, ("127.0.0.1", 0))
        self.address = pages
        for service in found:
            os.environ[f"BANGKOM_{service.name.upper()}_URL"] = f"{inner}/api/{service.name}"
            told[f"BANGKOM_{service.name.upper()}_URL"] = f"{pages}/api/{service.name}"
        os.environ["BANGKOM_ISSUER_URL"] = f"{inner}/issuer"
        told["BANGKOM_PUBLIC_URL"] = os.environ.setdefault("BANGKOM_PUBLIC_URL", pages)
        issuers: tuple[Issuer, ...] = (Issuer(ISSUER, Keys(str(issuer.jwks))),)
        if "bridge" in engines:
            issuers += (lms_issuer(f"{inner}/api/bridge/jwks.json"),)
        verifier = Verifier(issuers, AUDIENCE)
        mounts: dict[str, Any] = {"/issuer": issuer.app()}
        front: Any = _front_page(found)
        for service in found:
            if service.app is not None:
                front = service.app()
            elif service.name in engines:
                engine = engines[service.name]
                checks = {"database": health.at_migration_head(engine, service)}
                mounts[f"/api/{service.name}"] = create_app(service, Context(engine, verifier, checks))
        routes.open(DispatcherMiddleware(front, mounts), _watched(workers))
        told["BANGKOM_ISSUER_URL"] = f"{pages}/issuer"
        self._stack.callback((self.home / NOTE).unlink, missing_ok=True)
        names = ("BANGKOM_ENV", "BANGKOM_HOME", "BANGKOM_CLOCK_FILE")
        environment = told | {name: os.environ[name] for name in names}
        note = {"pid": os.getpid(), "address": pages, "environment": environment}
        write_private(self.home / NOTE, json.dumps(note))

    def _listen(self, routes: "_Routes", place: tuple[str, int]) -> str:
        host, port = place
        try:
            server = create_server(
                routes,
                host=host,
                port=port,
                threads=self.settings.threads,
                max_request_body_size=_MOST_BYTES,
                ident=None,
                clear_untrusted_proxy_headers=True,
            )
        except OSError as error:
            raise CannotStart(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another --port.") from None
        thread = threading.Thread(target=server.run, name=f"http:{server.effective_port}", daemon=True)
        thread.start()

        def close() -> None:
            server.task_dispatcher.shutdown(cancel_pending=True, timeout=5)
            server.close()

        self._stack.callback(close)
        shown = f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
        return f"http://{shown}:{server.effective_port}"


class _Routes:
    """The one WSGI application, which can be given its routes once the port is known."""

    def __init__(self) -> None:
        self._app: Any = None
        self._watched: Any = None
        self._opened = threading.Event()

    def open(self, app: Any, watched: Any) -> None:
        self._app, self._watched = app, watched
        self._opened.set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        self._opened.wait()
        watched = environ.get("PATH_INFO") in ("/live", "/ready", "/metrics")
        return (self._watched if watched else self._app)(environ, start_response)


def _only_one(home: Path) -> int:
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        note = running(home) or {}
        where = f" at {note['address']} (process {note['pid']})" if note else ""
        raise CannotStart(
            f"Bangkom already runs on {home}{where}. Stop that one first, or set BANGKOM_HOME to another folder."
        ) from None
    return descriptor


def _stop(workers: Sequence[Worker]) -> None:
    for worker in workers:
        worker.stop()
    for worker in workers:
        if not worker.join(_STOP_WITHIN):
            log.warning("up.worker_still_busy", service=worker.service.name)


def _watched(workers: Sequence[Worker]) -> Flask:
    app = Flask("shared.up", static_folder=None)
    health.install(app, {worker.service.name: _ready(worker) for worker in workers})
    return app


def _ready(worker: Worker) -> health.Check:
    def check() -> None:
        if not all(worker.ready().values()):
            raise RuntimeError("not ready")

    return check


def _front_page(found: Sequence[Service]) -> Flask:
    """What stands at / where no service has pages."""
    app = Flask("shared.front", static_folder=None)

    @app.get("/")
    def front() -> Any:
        return jsonify(services={service.name: f"/api/{service.name}/docs" for service in found})

    return app
