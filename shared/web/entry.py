"""What gunicorn loads: the WSGI application of one service with the settings of this process."""

from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

from shared import traces
from shared.config import PageSettings, WebSettings, read
from shared.db import engine_of
from shared.observe import logs
from shared.services import service_named
from shared.tokens import Issuer, Keys, Verifier, lms_issuer, operator_issuer
from shared.web import health
from shared.web.app import Context, create_app


def app_of(name: str) -> Any:
    """The application of the service; BadSettings where its settings are not complete."""
    service = service_named(name)
    if service.app is not None:
        page = read(PageSettings, name)
        logs(page.log_level, service=name)
        traces.start(name)
        app = service.app()
        hops = page.proxies
        return ProxyFix(app, hops, hops, hops, x_prefix=hops) if hops else app
    settings = read(WebSettings, name)
    logs(settings.log_level, service=name)
    traces.start(name)
    engine = engine_of(settings.database_url, pool=settings.pool, name=f"bangkom web {name}")
    issuers: tuple[Issuer, ...] = (Issuer(settings.token_issuer, Keys(settings.jwks)),)
    if settings.lms_jwks:
        issuers += (lms_issuer(settings.lms_jwks),)
    if settings.operator_jwks:
        issuers += (operator_issuer(settings.operator_jwks),)
    context = Context(
        engine,
        Verifier(issuers, settings.token_audience),
        {"database": health.at_migration_head(engine, service)},
        settings.requests_a_minute,
        settings.proxies,
    )
    return create_app(service, context)
