"""Every no of the HTTP side in one shape, RFC 9457, in Indonesian or English by Accept-Language."""

from typing import Any

import structlog
from flask import Flask, Response, request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from marshmallow import Schema, fields
from msgspec import json
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from shared.errors import (
    INVALID,
    MALFORMED,
    NOT_FOUND,
    TOO_LARGE,
    DomainError,
    Problem,
    problem,
)
from shared.observe import places
from shared.web.limits import RETRY_AFTER

METHOD = problem(
    "request.method",
    405,
    "Cara ini tidak berlaku untuk alamat tersebut.",
    "That address does not take this method.",
)
MEDIA_TYPE = problem(
    "request.media_type",
    415,
    "Kirim isinya sebagai application/json.",
    "Send the body as application/json.",
)
TOO_MANY = problem(
    "request.too_many",
    429,
    "Terlalu banyak permintaan. Coba lagi sebentar lagi.",
    "Too many requests. Try again in a moment.",
)
FAILED = problem(
    "server.failed",
    500,
    "Ada yang salah di pihak kami. Sebutkan nomor permintaan ini bila melapor.",
    "Something went wrong on our side. Quote the request id when you report it.",
)
UNAVAILABLE = problem(
    "server.unavailable",
    503,
    "Layanan sedang tidak tersedia. Coba lagi sebentar lagi.",
    "The service is not available right now. Try again in a moment.",
)
_BY_STATUS: dict[int, Problem] = {
    known.status: known for known in (MALFORMED, NOT_FOUND, METHOD, TOO_LARGE, MEDIA_TYPE, INVALID, TOO_MANY, FAILED)
}
_AWAY = ("08", "53", "57P", "25006")
"""SQLSTATE beginnings: no connection, no resources, shutting down, read-only."""
_BAD_VALUE = "22"

log = structlog.get_logger("bangkom.web")


class ProblemShape(Schema):
    """How a no looks. `fields` names what is wrong with which field, `facts` are the figures in the sentence."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    request_id = fields.String()
    facts = fields.Dict()
    fields_ = fields.Dict(data_key="fields")


def install(app: Flask) -> None:
    """Let the app answer every error in this shape."""
    app.register_error_handler(DomainError, _of_domain)
    app.register_error_handler(DBAPIError, _of_database)
    app.register_error_handler(PoolTimeout, _no_connection)
    app.register_error_handler(HTTPException, of_http)
    # A body in chunks that are none is found out only when it is read.
    app.register_error_handler(ParseException, lambda _error: answer(MALFORMED))
    app.register_error_handler(Exception, _unforeseen)


def answer(known: Problem, facts: dict[str, Any] | None = None, found: Any = None, status: int = 0) -> Response:
    """The answer for a problem. `found` is what is wrong, by field."""
    language = _language()
    body: dict[str, Any] = {
        "type": f"urn:bangkom:problem:{known.code}",
        "title": known.code,
        "status": status or known.status,
        "code": known.code,
        "detail": DomainError(known, **(facts or {})).sentence(language),
    }
    if facts:
        body["facts"] = facts
    if found:
        body["fields"] = found
    request_id = request.environ.get("bangkom.request_id")
    if request_id:
        body["request_id"] = request_id
    made = Response(json.encode(body, enc_hook=str), status=body["status"], content_type="application/problem+json")
    made.headers["Content-Language"] = language
    made.headers["Cache-Control"] = "no-store"
    made.vary.add("Accept-Language")
    if body["status"] == UNAUTHENTICATED_STATUS:
        made.headers["WWW-Authenticate"] = "Bearer"
    if body["status"] in (TOO_MANY.status, UNAVAILABLE.status):
        made.headers["Retry-After"] = RETRY_AFTER
    return made


UNAUTHENTICATED_STATUS = 401


def of_http(error: HTTPException) -> Response:
    """For what Flask, werkzeug and webargs say."""
    status = error.code or FAILED.status
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    known = _BY_STATUS.get(status) or (MALFORMED if status < FAILED.status else FAILED)
    data = getattr(error, "data", None) or {}
    made = answer(known, None, data.get("messages"), known.status if status not in _BY_STATUS else status)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        made.headers["Allow"] = ", ".join(allowed)
    return made


def _language() -> str:
    """The best wish that is Indonesian or English, in any of their regions."""
    for wish in request.accept_languages.values():
        if wish.partition("-")[0].lower() in ("id", "en"):
            return wish.partition("-")[0].lower()
    return "id"


def _of_domain(error: DomainError) -> Response:
    return answer(error.problem, error.facts)


def _of_database(error: DBAPIError) -> Response:
    state = getattr(error.orig, "sqlstate", None)
    if error.connection_invalidated or state is None or state.startswith(_AWAY):
        return _no_connection(error)
    if state.startswith(_BAD_VALUE):
        # A value the database has no room for, such as a number of thirty digits, that no shape has caught.
        return answer(INVALID)
    return _unforeseen(error)


def _no_connection(error: Exception) -> Response:
    log.warning("web.database_away", error=type(error).__name__)
    return answer(UNAVAILABLE)


def _unforeseen(error: Exception) -> Response:
    # Neither the answer nor the log repeats what the error says: it may quote what a person typed in.
    cause = getattr(error, "orig", None) or error
    log.error(
        "web.failed",
        error=type(cause).__name__,
        sqlstate=getattr(cause, "sqlstate", None),
        request_id=request.environ.get("bangkom.request_id"),
        where=places(error),
    )
    return answer(FAILED)
