"""The two applications that bench.http compares: one write route through shared.web, and the same SQL in a bare
view."""

import os
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg_pool
from flask import Flask, request
from marshmallow import fields, validate
from sqlalchemy import Column, Integer, Table, Text, Uuid, insert

from bench.stage import Said
from shared.auth import TRAINING_OFFICE
from shared.codec import encode
from shared.db import engine_of
from shared.ids import new_id
from shared.issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from shared.observe import logs
from shared.outbox import emit
from shared.service import Service
from shared.tables import metadata
from shared.tokens import Issuer, Keys, Verifier
from shared.unit import Unit
from shared.web import Door
from shared.web.app import Context, create_app
from shared.web.schemas import Shape

META = metadata("bench")
NOTE = Table(
    "bench_note",
    META,
    Column("note_id", Uuid, primary_key=True),
    Column("title", Text, nullable=False),
    Column("amount", Integer, nullable=False),
)
ROUTE = "/v1/notes"
_SHORT = "short"


class NoteIn(Shape):
    title = fields.String(required=True, validate=validate.Length(1, 200))
    amount = fields.Integer(required=True, validate=validate.Range(0, 10**9))
    line_id = fields.UUID(required=True)


class NoteOut(Shape):
    note_id = fields.UUID()
    title = fields.String()
    amount = fields.Integer()


DOOR = Door("notes", "Notes")


@DOOR.command("POST", ROUTE, body=NoteIn, answer=NoteOut, status=201, roles=(TRAINING_OFFICE,))
def write_note(unit: Unit, body: dict[str, Any]) -> Any:
    """Write a note and say so."""
    note_id = new_id()
    unit.db.execute(insert(NOTE), {"note_id": note_id, "title": body["title"], "amount": body["amount"]})
    emit(unit.db, Said(said_id=note_id, amount=body["amount"], note=_SHORT))
    return {"note_id": note_id, "title": body["title"], "amount": body["amount"]}


SERVICE = Service(name="bench", title="Bench", metadata=META, doors=(DOOR,))


def issuer() -> DevelopmentIssuer:
    return DevelopmentIssuer(Path(os.environ["BENCH_HOME"]))


def door() -> Flask:
    """The route as every route of the house is served: sign-in, idempotency, shapes, logs, metrics."""
    logs("info")
    engine = engine_of(os.environ["BENCH_DATABASE"], pool=8)
    return create_app(SERVICE, Context(engine, Verifier((Issuer(ISSUER, Keys(str(issuer().jwks))),), AUDIENCE)))


@cache
def _pool() -> "psycopg_pool.ConnectionPool[Any]":
    url = os.environ["BENCH_DATABASE"].replace("postgresql+psycopg://", "postgresql://")
    return psycopg_pool.ConnectionPool(url, min_size=8, max_size=16, open=True)


def bare() -> Flask:
    """The same statements by hand; nobody is asked who they are and nothing is checked."""
    app = Flask("bare")

    @app.post(ROUTE)
    def write() -> Any:
        body = request.get_json()
        note_id = new_id()
        mine = ("nobody", ROUTE, request.headers["Idempotency-Key"])
        answer = {"note_id": str(note_id), "title": body["title"], "amount": body["amount"]}
        with _pool().connection() as connection:
            connection.execute(
                "INSERT INTO answer_once (principal, route, key, body_hash, status, answer)"
                " VALUES (%s, %s, %s, '', 0, '{}') ON CONFLICT DO NOTHING RETURNING status",
                mine,
            ).fetchone()
            connection.execute(
                "INSERT INTO bench_note (note_id, title, amount) VALUES (%s, %s, %s)",
                (note_id, body["title"], body["amount"]),
            )
            said = Said(said_id=UUID(str(note_id)), amount=body["amount"], note=_SHORT)
            connection.execute(
                "INSERT INTO outbox (event_id, type, key, items, data) VALUES (%s, %s, %s, 1, %s)",
                (new_id(), Said.TYPE, str(note_id), encode(said)),
            )
            connection.execute(
                "UPDATE answer_once SET status = 201, answer = %s::jsonb WHERE (principal, route, key) = (%s, %s, %s)",
                (app.json.dumps(answer), *mine),
            )
        return answer, 201

    return app
