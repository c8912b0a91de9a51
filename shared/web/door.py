"""A door: routes that translate HTTP to a handler call inside one unit.

    door = Door("batches", "Batches and their sessions")

    @door.command("POST", "/v1/batches", body=OpenBatch, answer=BatchView, status=201, roles=(TRAINING_OFFICE,))
    def open_batch(unit: Unit, body: dict[str, Any]) -> Any:
        return handlers.open_batch(unit, **body)

    @door.query("/v1/batches/<uuid:batch_id>", answer=BatchView, roles=(TRAINING_OFFICE, AUDITOR))
    def show_batch(unit: Unit, batch_id: UUID) -> Any: ...

What a view returns is dumped by the answer schema. A command with the method POST needs an Idempotency-Key header:
the key is looked up after authorisation and before any rule, and the stored answer is given again to a repeat.
"""

import hashlib
import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any

from flask import Response, current_app, g, request
from flask_smorest import Blueprint
from marshmallow import Schema
from msgspec import json
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from shared.auth import ROLES, Principal
from shared.errors import FORBIDDEN, KEY_INVALID, KEY_MISMATCH, KEY_MISSING
from shared.tables import metadata
from shared.unit import Unit, unit_of
from shared.web.reading import Reader

View = Callable[..., Any]
_ANSWERS = metadata("any").tables["answer_once"]
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_TRIES = 3
_PASSING = ("40", "55P03")
"""SQLSTATE beginnings of deadlock, serialisation failure and lock time-out: a new try may go through."""
# The two statements that every command runs go to the driver as they are: compiling and binding them by SQLAlchemy
# would cost as much as they do.
_CLAIM = (
    "INSERT INTO answer_once (principal, route, key, body_hash, status, answer)"
    " VALUES (%(principal)s, %(route)s, %(key)s, %(body_hash)s, 0, '{}') ON CONFLICT DO NOTHING RETURNING status"
)
_SETTLE = (
    "UPDATE answer_once SET status = %(status)s, answer = CAST(%(answer)s AS jsonb)"
    " WHERE principal = %(principal)s AND route = %(route)s AND key = %(key)s"
)
SIGN_IN: list[dict[str, list[str]]] = [{"token": []}]
"""The security requirement of a route with roles, as OpenAPI says it."""

ANYONE_SIGNED_IN: tuple[str, ...] = ROLES
"""For a route whose handler itself decides whose record it is."""


class _Blueprint(Blueprint):  # type: ignore[misc]
    ARGUMENTS_PARSER = Reader()


@dataclass
class Door:
    """A named group of routes of one service."""

    name: str
    description: str
    blueprint: Blueprint = field(init=False)

    def __post_init__(self) -> None:
        self.blueprint = _Blueprint(self.name, self.name, description=self.description)

    def command(
        self,
        method: str,
        rule: str,
        *,
        roles: Sequence[str] | None,
        body: type[Schema] | Schema | None = None,
        answer: type[Schema] | Schema | None = None,
        status: int = HTTPStatus.OK,
    ) -> Callable[[View], View]:
        """A route that changes something. `roles` None means that no sign-in is needed (the view checks a link
        itself)."""

        def register(view: View) -> View:
            shape = _instance(answer)

            @wraps(view)
            def route(*args: Any, **path: Any) -> Any:
                # Where the command takes no body, flask-smorest passes none.
                values = {"body": args[0], **path} if body is not None else path
                made, code = _committed(
                    g.get("principal"), rule, g.get("key"), lambda unit: _dump(shape, view(unit, **values)), status
                )
                return Response(made, status=code, content_type="application/json")

            return self._add(method, rule, route, view, roles, body=body, answer=answer, status=status)

        return register

    def query(
        self,
        rule: str,
        *,
        roles: Sequence[str] | None,
        filters: type[Schema] | Schema | None = None,
        answer: type[Schema] | Schema | None = None,
    ) -> Callable[[View], View]:
        """A route that only reads; `filters` is the shape of the query string and reaches the view as `filters`."""

        def register(view: View) -> View:
            shape = _instance(answer)

            @wraps(view)
            def route(*args: Any, **path: Any) -> Any:
                values = {"filters": args[0], **path} if filters is not None else path
                with unit_of(_context().engine, current_app.name, g.get("principal")) as unit:
                    answered = view(unit, **values)
                    if shape is None:
                        return answered
                    made = _dump(shape, answered)
                return Response(made, content_type="application/json")

            return self._add("GET", rule, route, view, roles, filters=filters, answer=answer, status=HTTPStatus.OK)

        return register

    def _add(
        self,
        method: str,
        rule: str,
        route: View,
        view: View,
        roles: Sequence[str] | None,
        *,
        body: type[Schema] | Schema | None = None,
        filters: type[Schema] | Schema | None = None,
        answer: type[Schema] | Schema | None = None,
        status: int,
    ) -> View:
        route.__doc__ = inspect.getdoc(view)
        if answer is not None:
            route = self.blueprint.alt_response(status, schema=answer)(route)
        if body is not None:
            route = self.blueprint.arguments(_instance(body), location="json")(route)
        if filters is not None:
            route = self.blueprint.arguments(filters, location="query")(route)
        if roles is not None:
            route = self.blueprint.doc(security=SIGN_IN)(_guarded(route, method, tuple(roles)))
        self.blueprint.route(rule, methods=[method])(route)
        return view


def principal_with(roles: Sequence[str]) -> Principal:
    """Who asks; DomainError where nobody does or none of the roles is theirs."""
    by: Principal = _context().authenticate(request)
    if set(roles) != set(ROLES) and not any(by.has(role) for role in roles):
        raise FORBIDDEN(who=", ".join(roles))
    g.principal = by
    return by


def _guarded(route: View, method: str, roles: tuple[str, ...]) -> View:
    """Who may not, learns nothing about what a right request looks like: this comes before the body is read."""

    @wraps(route)
    def guarded(*args: Any, **path: Any) -> Any:
        principal_with(roles)
        if method != "GET":
            g.key = _idempotency_key(method)
        return route(*args, **path)

    guarded.needs_sign_in = True  # type: ignore[attr-defined]
    return guarded


def needs_sign_in(view: Callable[..., Any] | None) -> bool:
    """Whether a view of a door is for those alone who have a token."""
    return getattr(view, "needs_sign_in", False)


def _context() -> Any:
    return current_app.extensions["bangkom"]


def _instance(shape: type[Schema] | Schema | None) -> Schema | None:
    return shape() if isinstance(shape, type) else shape


def _dump(shape: Schema | None, value: Any) -> bytes:
    return b"{}" if shape is None else json.encode(shape.dump(value), enc_hook=str)


def _idempotency_key(method: str) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if not key:
        if method == "POST":
            raise KEY_MISSING()
        return None
    if not _KEY.fullmatch(key):
        raise KEY_INVALID()
    return key


def _committed(
    by: Principal | None, rule: str, key: str | None, run: Callable[[Unit], bytes], status: int
) -> tuple[bytes, int]:
    for attempt in range(1, _TRIES + 1):
        try:
            with unit_of(_context().engine, current_app.name, by) as unit:
                if key is None or by is None:
                    return run(unit), int(status)
                return _once(unit, f"{request.method} {rule}", key, run, int(status))
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None) or ""
            if attempt == _TRIES or not state.startswith(_PASSING):
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _once(unit: Unit, route: str, key: str, run: Callable[[Unit], bytes], status: int) -> tuple[bytes, int]:
    """Give the stored answer to a repeat, else run and store.

    The row is written first and without its answer: a simultaneous repeat waits on its key for the commit, then finds
    the answer in it. Where the rule says no, the row goes with everything else.
    """
    body_hash = hashlib.sha256(request.full_path.encode() + b"\0" + request.get_data()).digest()
    mine = {"principal": unit.by.id, "route": route, "key": key}
    first = unit.db.exec_driver_sql(_CLAIM, {**mine, "body_hash": body_hash}).one_or_none()
    if first is None:
        stored = unit.db.execute(
            select(_ANSWERS.c.body_hash, _ANSWERS.c.status, _ANSWERS.c.answer).where(
                *(_ANSWERS.c[name] == value for name, value in mine.items())
            )
        ).one()
        if stored.body_hash != body_hash:
            raise KEY_MISMATCH()
        return json.encode(stored.answer), stored.status
    answer = run(unit)
    unit.db.exec_driver_sql(_SETTLE, {**mine, "status": status, "answer": answer.decode()})
    return answer, status
