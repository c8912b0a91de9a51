"""The other services as one small WSGI app with fixed answers in the shapes of their schemas.

`Town` holds what was asked of it and which services are down; `transport` carries requests to it without a network, and
`serve` puts it behind a real address for the browser tests.
"""

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from services.portal.backend import Reply
from services.portal.issuer import Persona
from tests.services.portal import answers

PEOPLE = {
    "supervisor": (answers.SUPERVISOR, "Kepala Bidang Contoh", ("learner", "supervisor")),
    "officer": (answers.OFFICER, "Petugas Kepegawaian Contoh", ("learner", "agency_officer")),
    "office": (answers.OFFICE, "Petugas BKPSDM Contoh", ("learner", "training_office")),
    "evaluator": (answers.EVALUATOR, "Evaluator Contoh", ("learner", "evaluator")),
    "budget": (answers.BUDGET, "Pengelola Anggaran Contoh", ("learner", "budget_officer")),
    "learner": (answers.LEARNER, "Peserta Contoh", ("learner",)),
}


def token(who: str) -> str:
    """An unsigned token; the fake believes it."""
    person_id, name, roles = PEOPLE[who]
    claims = {"sub": person_id, "name": name, "roles": {"*": list(roles)}, "exp": 4102444800}
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{middle}.x"


class FakeIssuer:
    """Personas of the fake town."""

    def personas(self) -> list[Persona]:
        return [Persona(key, name, roles, "Kota Contoh") for key, (_, name, roles) in PEOPLE.items()]

    def token(self, key: str) -> str:
        return token(key)


@dataclass
class Town:
    """What the portal talks to. `down` names services that answer nothing; `refuse` maps (method, path ending) to a
    problem; `replace` maps a path to another answer."""

    down: set[str] = field(default_factory=set)
    refuse: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    replace: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, Any, Mapping[str, str]]] = field(default_factory=list)

    @cached_property
    def app(self) -> Flask:
        app = Flask("fake")

        @app.route("/<service>/<path:rest>", methods=["GET", "POST", "PUT"])
        def answer(service: str, rest: str) -> Any:
            if service in self.down:
                return "broken", 500
            path = "/" + rest
            body = request.get_json(silent=True)
            self.asked.append((request.method, service + path, body, dict(request.headers)))
            for (method, ending), problem in self.refuse.items():
                if method == request.method and path.endswith(ending):
                    return jsonify(problem), problem["status"]
            if service + path in self.replace:
                return jsonify(self.replace[service + path])
            if not request.headers.get("Authorization") and "/v1/answers/" not in path:
                return jsonify(code="auth.unauthenticated", status=401, detail="Masuk dahulu."), 401
            value = answers.find(request.method, service, path, body, request.args)
            if value is None:
                return jsonify(code="request.not_found", status=404, detail="Yang diminta tidak ada."), 404
            return jsonify(value)

        return app

    def transport(
        self, method: str, url: str, *, query: Mapping[str, Any], body: Any, headers: Mapping[str, str], time_out: float
    ) -> Reply:
        service = urlsplit(url).path.split("/")[1]
        if service in self.down:
            raise ConnectionRefusedError
        answer = self.app.test_client().open(
            urlsplit(url).path, method=method, query_string=query, json=body, headers=headers
        )
        return Reply(answer.status_code, answer.data)

    def commands(self) -> list[tuple[str, Any, Mapping[str, str]]]:
        """What the portal commanded: path, body, headers."""
        return [(path, body, headers) for method, path, body, headers in self.asked if method == "POST"]


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests of a test are no news."""


@contextmanager
def served(app: Any, port: int = 0) -> Iterator[str]:
    """The app behind a real address for as long as the block lasts."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
