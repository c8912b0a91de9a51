"""The Celery worker that bench.peers starts: inbox and effect in one transaction, acknowledged afterwards."""

import os
from functools import cache
from typing import Any
from uuid import UUID

import psycopg

from bench.peers import celery_app
from bench.stage import INSERT_EFFECT

app = celery_app(os.environ["BENCH_QUEUE"])


@cache
def _connection() -> "psycopg.Connection[Any]":
    return psycopg.connect(os.environ["BENCH_DATABASE"])


@app.task(name="bench.said")  # type: ignore[untyped-decorator]
def said(event_id: str, body: dict[str, Any]) -> None:
    connection = _connection()
    with connection.transaction():
        done = connection.execute("INSERT INTO inbox (event_id) VALUES (%s) ON CONFLICT DO NOTHING", (UUID(event_id),))
        if done.rowcount:
            connection.execute(INSERT_EFFECT, (UUID(body["said_id"]), body["amount"]))
