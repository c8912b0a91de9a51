"""The app factory of every service."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from flask import Flask, Request, Response, current_app, g, request
from flask_smorest import Api
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from shared import observe
from shared.auth import Principal
from shared.envelope import TRACEPARENT, child, new_trace
from shared.errors import MALFORMED
from shared.ids import new_id
from shared.service import Service
from shared.web import health, internal, problems, try_it
from shared.web.limits import Limit

_MOST_BYTES = 5 * 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_WATCHERS = {"live", "ready", "metrics"}

log = structlog.get_logger("bangkom.web")


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
    app.teardown_request(_forget)
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
    g.began = time.perf_counter()
    sent = request.headers.get("X-Request-ID", "")
    request_id = sent if _REQUEST_ID.fullmatch(sent) else str(new_id())
    request.environ["bangkom.request_id"] = request_id
    structlog.contextvars.bind_contextvars(request_id=request_id)
    # A trace begins here unless the caller has begun one.
    TRACEPARENT.set(child(request.headers.get("traceparent")) or new_trace())
    if "\0" in request.path:
        return problems.answer(MALFORMED)
    if limit is not None and request.endpoint not in _WATCHERS and not limit.allows(request):
        return problems.answer(problems.TOO_MANY)
    return None


def _close(answer: Response) -> Response:
    answer.headers["X-Request-ID"] = request.environ.get("bangkom.request_id", "")
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Cache-Control", "no-store")
    if request.endpoint in _WATCHERS or "began" not in g:
        return answer
    seconds = time.perf_counter() - g.began
    # The rule, never the path: a path may hold a survey's link. Who asked is not written down either.
    rule = request.url_rule.rule if request.url_rule is not None else "-"
    method = request.method if request.url_rule is not None else "-"
    observe.REQUEST_SECONDS.labels(current_app.name, method, rule, str(answer.status_code)).observe(seconds)
    if "principal" in g:
        # Without a sign-in it may be an answer to a survey, and those leave no line with a time.
        log.info(
            "web.request",
            service=current_app.name,
            method=method,
            route=rule,
            status=answer.status_code,
            milliseconds=round(seconds * 1000, 1),
        )
    return answer


def _forget(_error: BaseException | None) -> None:
    # The same thread serves others after this.
    TRACEPARENT.set(None)
    structlog.contextvars.unbind_contextvars("request_id")
