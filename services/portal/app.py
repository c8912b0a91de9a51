"""Composition of the portal: `create_portal(settings)` makes the Flask app, which is mounted at `/`.

SERVICE is how the rest of the house knows the portal; it owns no data, so it has no metadata and no doors.
"""

import os
import time
from datetime import timedelta
from typing import Any

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext as _
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import BadRequest, HTTPException, TooManyRequests
from werkzeug.wrappers import Response

from services.portal import build, frame, frames, i18n, identity
from services.portal.backend import Backend, Down, Refusal, Transport, over_requests
from services.portal.issuer import Issuer, issuer_over_http
from services.portal.pages import BLUEPRINTS
from services.portal.settings import Settings, from_environment
from shared.metrics import REQUEST_SECONDS
from shared.service import Service
from shared.web import health, trail
from shared.web.app import HSTS
from shared.web.limits import RETRY_AFTER, Limit

_YEAR = 365 * 24 * 3600
_CSP = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'{form_action}",
        "base-uri 'none'",
        "frame-ancestors {ancestors}",
    ]
)
_PUBLIC = {"sign_in", "preferences", "answers", "installable", "card", "lti"}
"""Blueprints that need no sign-in."""
_NOBODYS = {"static", "live", "ready", "metrics"}
"""Endpoints that are the same for everybody."""
_OWN_PROOF = {"preferences", "answers", "lti"}
"""Blueprints whose forms carry no session: a preference harms nobody, an answer is let in by its link, a launch by what
the LMS signed (where content is chosen, the page checks its form itself)."""


def create_portal(
    settings: Settings | None = None, *, transport: Transport | None = None, issuer: Issuer | None = None
) -> Flask:
    """The portal. Without `settings` they are read from the environment; `transport` and `issuer` are for tests."""
    settings = settings or from_environment(os.environ)
    app = Flask("services.portal", static_folder="static", static_url_path="/static")
    app.config.update(
        SECRET_KEY=settings.secret,
        SESSION_COOKIE_NAME="bangkom",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=10),
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.session_interface = frames.Sessions()
    standing = build.read_manifest()
    app.extensions["portal"] = settings
    app.extensions["portal_backend"] = Backend(settings.urls, transport or over_requests(), settings.time_out)
    limit = Limit(settings.requests_a_minute) if settings.requests_a_minute else None
    app.extensions["portal_assets"] = standing.files if standing is not None else {}
    if issuer is None and settings.development:
        issuer = issuer_over_http(settings)
    app.extensions["portal_issuer"] = issuer if settings.development else None
    if not app.extensions["portal_assets"]:
        app.logger.warning("The portal's style is not built yet: python -m services.portal.build")
    i18n.install(app)
    frame.install(app)
    health.install(app, {"style": lambda: _built(app)})
    app.before_request(lambda: _open(limit))
    app.after_request(_headers)
    app.teardown_request(trail.forget)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(Down, _down)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ParseException, lambda _error: _http(BadRequest()))
    return app


def _built(app: Flask) -> None:
    """A check of /ready: pages can be shown as they are meant to be."""
    if not app.extensions["portal_assets"]:
        raise RuntimeError("the style is not built")


def _open(limit: Limit | None) -> Response | None:
    """Every request: who asks, how often, in which language, and whether the form is our own."""
    g.began = time.perf_counter()
    settings: Settings = frame.settings()
    public = request.blueprint in _PUBLIC or request.endpoint in {None, *_NOBODYS}
    person = None if request.endpoint in _NOBODYS else identity.signed_in()
    # Whoever is not signed in, or answers a survey, is told of by nothing.
    known = person is not None or "Authorization" in request.headers
    g.request_id = trail.begin("portal", known and request.blueprint != "answers")
    if limit is not None and request.endpoint not in _NOBODYS:
        # Everybody in an office may come from one address; and who answers a survey is known by no more than that. A
        # header would not do: whoever asks may write there what they like.
        known_by = person.token if person is not None and request.blueprint != "answers" else request.remote_addr
        if not limit.allows(known_by or "-"):
            abort(429)
    backend: Backend = frame.backend()
    # An answer is let in by its link alone: whoever is signed in here must not be told along with it.
    token = person.token if person is not None and request.blueprint != "answers" else None
    g.asker = backend.asker(token, i18n.language(), g.request_id, visitor=request.remote_addr)
    if person is None and not public:
        if request.method != "GET":
            abort(401)
        if frames.framed():
            return Response(frame.page("pages/lti_again.html"), 401, content_type="text/html; charset=utf-8")
        return redirect(url_for("sign_in.choose", next=request.full_path.rstrip("?")))
    if request.method == "POST" and request.blueprint not in _OWN_PROOF:
        identity.check_csrf()
    g.development = settings.development
    return None


def _headers(answer: Any) -> Any:
    _count(answer)
    ancestors = frames.ancestors() if request.endpoint != "static" else "'none'"
    to = f" {g.form_action}" if "form_action" in g else ""
    answer.headers.setdefault("Content-Security-Policy", _CSP.format(form_action=to, ancestors=ancestors))
    frames.forget_other(current_app, answer)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "no-referrer")
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", HSTS)
    answer.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    answer.headers.setdefault("Permissions-Policy", "geolocation=(), microphone=(), payment=()")
    answer.headers["X-Request-Id"] = g.get("request_id", "")
    told = g.get("person") is not None and request.blueprint != "answers"
    trail.close(answer, "portal", told, quiet=request.endpoint in _NOBODYS)
    if request.path.startswith("/static/dist/"):
        answer.cache_control.public = True
        answer.cache_control.max_age = _YEAR
        answer.cache_control.immutable = True
        answer.cache_control.no_cache = None
    elif request.endpoint != "static":
        answer.headers.setdefault("Cache-Control", "private, no-store")
        answer.vary.add("Cookie")
    return answer


def _count(answer: Any) -> None:
    if request.endpoint not in _NOBODYS and "began" in g:
        rule = request.url_rule.rule if request.url_rule is not None else "-"
        method = request.method if request.url_rule is not None else "-"
        took = time.perf_counter() - g.began
        REQUEST_SECONDS.labels("portal", method, rule, str(answer.status_code)).observe(took)


def _refused(error: Refusal) -> Any:
    if error.status == 401:
        identity.leave()
        if frames.framed():
            return frame.page("pages/lti_again.html"), 401
        return redirect(
            url_for("sign_in.choose", next=request.full_path.rstrip("?") if request.method == "GET" else "/")
        )
    return frame.page("pages/refused.html", refusal=error), error.status


def _down(error: Down) -> Any:
    return frame.page("pages/down.html", down=error), 503


def _http(error: HTTPException) -> Any:
    code = error.code or 500
    if isinstance(error, HTTPException) and error.response is not None:
        return error.response
    what = {
        400: (_("Formulir ini sudah tidak berlaku"), _("Buka lagi halamannya, lalu isi dan kirim kembali.")),
        401: (_("Anda belum masuk"), _("Waktu masuk Anda sudah habis. Masuk lagi, lalu ulangi.")),
        403: (_("Halaman ini bukan untuk peran Anda"), _("Hubungi BKPSDM bila menurut Anda ini keliru.")),
        404: (_("Halaman tidak ditemukan"), _("Alamatnya mungkin salah, atau yang diminta bukan untuk Anda.")),
        405: (_("Langkah ini tidak dapat dibuka langsung"), _("Mulai dari halaman depan.")),
        413: (_("Kiriman terlalu besar"), _("Perkecil isinya, lalu kirim kembali.")),
        429: (_("Terlalu banyak permintaan"), _("Tunggu beberapa detik, lalu muat ulang halaman ini.")),
    }.get(
        code,
        (_("Ada yang salah di pihak kami"), _("Coba lagi sebentar. Sebutkan nomor di bawah bila menghubungi kami.")),
    )
    wait = {"Retry-After": RETRY_AFTER} if code == TooManyRequests.code else {}
    return frame.page("pages/wrong.html", title=what[0], why=what[1], code=code), code, wait


SERVICE = Service(name="portal", title="Portal", app=create_portal)
