"""The app factory of every service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Request, Response, current_app, g, request
from flask_smorest import Api
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from shared import metrics
from shared.auth import Principal
from shared.errors import MALFORMED
from shared.service import Service
from shared.web import health, internal, problems, trail, try_it
from shared.web.door import needs_sign_in
from shared.web.limits import Limit

_MOST_BYTES = 5 * 1024 * 1024
_WATCHERS = {"live", "ready", "metrics"}
_CSP = "default-src 'none'; frame-ancestors 'none'"
HSTS = "max-age=31536000"
"""A year in which a browser that came by https comes no other way."""
_KNOWN_BY = ("Authorization", "X-Bangkom-Signature")


@dataclass(frozen=True)
class Context:
    """What doors need of the app: `app.extensions["bangkom"]`. `checks` make up /ready."""

    engine: Engine
    authenticate: Callable[[Request], Principal]
    checks: Mapping[str, health.Check] = field(default_factory=dict)
    requests_a_minute: int = 0
    proxies: int = 0


def create_app(service: Service, context: Context) -> Flask:
    """The Flask app of one service."""
    app = Flask(service.name, static_folder=None)
    app.config.update(
        API_TITLE=f"Bangkom {service.title}",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=_MOST_BYTES,
        # Whatever goes wrong is answered in our own shape, under a test's client too.
        PROPAGATE_EXCEPTIONS=False,
    )
    app.extensions["bangkom"] = context
    api = _Api(app)
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    for door in [*service.doors, internal.door_of(service)]:
        api.register_blueprint(door.blueprint)
    internal.install(app, service)
    health.install(app, context.checks)
    try_it.install(app)
    problems.install(app)
    limit = Limit(context.requests_a_minute) if context.requests_a_minute else None
    app.before_request(lambda: _open(limit))
    app.after_request(_close)
    app.teardown_request(trail.forget)
    if context.proxies:
        hops = context.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops, x_prefix=hops)  # type: ignore[method-assign]
    return app


class _Api(Api):  # type: ignore[misc]
    ERROR_SCHEMA = problems.ProblemShape

    def handle_http_exception(self, error: Any) -> Response:
        return problems.of_http(error)

    def _register_responses(self) -> None:
        """Every error is documented with its own media type, which flask-smorest does not foresee."""
        super()._register_responses()
        for response in (
            *self.spec.components.responses_lazy.values(),
            *self.spec.components.responses.values(),
        ):
            content = response.get("content", {})
            if "application/json" in content:
                content["application/problem+json"] = content.pop("application/json")


def _open(limit: Limit | None) -> Response | None:
    # Who is not signed in is told of by nothing; a signed call of an LMS is nobody's but the LMS's.
    told = request.endpoint not in _WATCHERS and any(name in request.headers for name in _KNOWN_BY)
    trail.begin(current_app.name, told)
    if "\0" in request.path:
        return problems.answer(MALFORMED)
    if limit is not None and request.endpoint not in _WATCHERS and not limit.allows(_client()):
        return problems.answer(problems.TOO_MANY)
    return None


def _client() -> str:
    """Whom a request is counted for: a token where the view wants one, which tells a wrong one before it does anything;
    else an address, for a header that nobody reads may hold whatever one likes."""
    view = current_app.view_functions.get(request.endpoint or "")
    token = request.headers.get("Authorization") if needs_sign_in(view) else None
    return token or request.remote_addr or "-"


def _close(answer: Response) -> Response:
    answer.headers["X-Request-ID"] = request.environ.get("bangkom.request_id", "")
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Cache-Control", "no-store")
    answer.headers.setdefault("Content-Security-Policy", _CSP)
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", HSTS)
    watched = request.endpoint in _WATCHERS
    seconds = trail.close(answer, current_app.name, "principal" in g or "signed_by" in g, quiet=watched)
    if seconds is not None and not watched:
        rule = request.url_rule.rule if request.url_rule is not None else "-"
        method = request.method if request.url_rule is not None else "-"
        metrics.REQUEST_SECONDS.labels(current_app.name, method, rule, str(answer.status_code)).observe(seconds)
    return answer
