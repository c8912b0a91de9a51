"""A small service with one table, on a database of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from marshmallow import fields, validate
from sqlalchemy import BigInteger, Column, Engine, Identity, Table, Text, func, insert, select, text

from shared import migrate
from shared.auth import AUDITOR, OPERATOR, TRAINING_OFFICE, Principal
from shared.errors import UNAUTHENTICATED, Problem
from shared.ids import new_id
from shared.service import Service
from shared.tables import metadata
from shared.unit import Unit
from shared.web import Door
from shared.web.app import Context, create_app
from shared.web.door import ANYONE_SIGNED_IN
from shared.web.schemas import Page, Shape
from tests.town import who

METADATA = metadata("sample")
NOTE = Table("note", METADATA, Column("n", BigInteger, Identity(), primary_key=True), Column("text", Text))
TAKEN = Problem("sample.taken", 409, "Sudah ada {text}.", "There is {text} already.")

door = Door("notes", "Notes")


class Inner(Shape):
    present = fields.Boolean(required=True)


class NoteIn(Shape):
    text = fields.String(required=True, validate=validate.Length(1, 100))
    count = fields.Integer(validate=validate.Range(0))
    rows = fields.List(fields.Nested(Inner), validate=validate.Length(max=5))


class NoteOut(Shape):
    n = fields.Integer()
    text = fields.String()


class NotesOut(Shape):
    items = fields.List(fields.Nested(NoteOut))
    next = fields.String(allow_none=True)


@door.command("POST", "/v1/notes", body=NoteIn, answer=NoteOut, status=201, roles=(TRAINING_OFFICE,))
def write(unit: Unit, body: dict[str, Any]) -> Any:
    """Write a note."""
    match body["text"]:
        case "taken":
            raise TAKEN(text=body["text"])
        case "secret mistake":
            raise RuntimeError("secret mistake")
        case "too large a number":
            unit.db.execute(text("SELECT CAST(:n AS bigint)"), {"n": body["count"]})
    n = unit.db.scalar(insert(NOTE).values(text=body["text"]).returning(NOTE.c.n))
    return {"n": n, "text": body["text"]}


@door.query("/v1/notes", filters=Page, answer=NotesOut, roles=ANYONE_SIGNED_IN)
def read(unit: Unit, filters: dict[str, Any]) -> Any:
    """All notes."""
    rows = unit.db.execute(select(NOTE).order_by(NOTE.c.n).limit(filters["limit"])).mappings().all()
    return {"items": rows, "next": None}


@door.command("POST", "/v1/open/<token>", body=NoteIn, answer=NoteOut, roles=None)
def answer(unit: Unit, token: str, body: dict[str, Any]) -> Any:
    """Write without a sign-in."""
    return {"n": 0, "text": body["text"]}


def said_again(unit: Unit, kind: str, ids: Any) -> int:
    return len(ids)


def told(unit: Unit, thing_id: UUID) -> Iterator[dict[str, Any]]:
    yield {"at": "2026-01-01T00:00:00+00:00", "what": {"id": "Dibuat", "en": "Made"}}


def audited(unit: Unit) -> Iterator[dict[str, Any]]:
    yield {"fact": "notes", "count": unit.db.scalar(select(func.count()).select_from(NOTE))}


@dataclass
class Caller:
    """Sends as `by`, with a fresh key unless one is given."""

    http: FlaskClient
    by: Principal | None

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        headers = {"Idempotency-Key": str(new_id()), **self.headers, **more.pop("headers", {})}
        given = {"json": body} if "data" not in more else {}
        return self.http.post(path, **given, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Any:
        return self.http.get(path, headers={**self.headers, **more.pop("headers", {})}, **more)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.by.id}"} if self.by else {}


@pytest.fixture(scope="module")
def database(server_url: str) -> Iterator[Engine]:
    with migrate.scratch(server_url) as engine:
        METADATA.create_all(engine)
        yield engine


@pytest.fixture
def sample(database: Engine) -> Service:
    tables = ", ".join(table.name for table in METADATA.sorted_tables)
    with database.begin() as connection:
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY"))
    return Service(
        name="sample",
        title="Sample",
        metadata=METADATA,
        doors=[door],
        audit=audited,
        explain=told,
        say_again=said_again,
    )


@pytest.fixture
def people() -> dict[str, Principal]:
    made = {role: who(role) for role in (TRAINING_OFFICE, AUDITOR, OPERATOR)}
    return made | {"learner": who()}


@pytest.fixture
def context(database: Engine, people: dict[str, Principal]) -> Context:
    known = {person.id: person for person in people.values()}

    def authenticate(request: Any) -> Principal:
        try:
            return known[request.headers.get("Authorization", "").removeprefix("Bearer ")]
        except KeyError:
            raise UNAUTHENTICATED() from None

    return Context(database, authenticate)


@pytest.fixture
def http(sample: Service, context: Context) -> FlaskClient:
    return create_app(sample, context).test_client()


@pytest.fixture
def office(http: FlaskClient, people: dict[str, Principal]) -> Caller:
    return Caller(http, people[TRAINING_OFFICE])


@pytest.fixture
def auditor(http: FlaskClient, people: dict[str, Principal]) -> Caller:
    return Caller(http, people[AUDITOR])


@pytest.fixture
def operator(http: FlaskClient, people: dict[str, Principal]) -> Caller:
    return Caller(http, people[OPERATOR])


@pytest.fixture
def anyone(http: FlaskClient, people: dict[str, Principal]) -> Caller:
    return Caller(http, people["learner"])


@pytest.fixture
def stranger(http: FlaskClient) -> Caller:
    return Caller(http, None)
