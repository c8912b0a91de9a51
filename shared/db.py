"""Engines: how a process reaches its one database."""

from functools import partial
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import URL, Dialect, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

_CONNECT_WITHIN = 5
"""Seconds for a new connection; a database that is away must not hold a request longer."""
_TRUSTED_FOR = 1.0
"""Seconds that a connection may rest and still be handed out untried."""


def engine_of(url: str | URL, *, pool: int = 5, name: str = "bangkom") -> Engine:
    """An engine with `pool` steady connections and as many again under load. `name` is what the server's own lists
    show.

    A connection that rested for a second is tried before it is handed out, so that a database that was away for a
    moment costs hardly anybody an error, and a busy service no round trip a request.
    """
    engine = create_engine(
        driver_url(url),
        pool_size=pool,
        max_overflow=pool,
        pool_timeout=10,
        pool_recycle=1800,
        # What SQLAlchemy says of an error holds the statement, never the values that people typed in.
        hide_parameters=True,
        connect_args={"connect_timeout": _CONNECT_WITHIN, "application_name": name},
    )
    event.listen(engine, "checkin", _rested)
    event.listen(engine, "checkout", partial(_tried, engine.dialect))
    return engine


def _rested(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = monotonic()


def _tried(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _fairy: Any) -> None:
    now = monotonic()
    if now - record.info.get("rests_since", now) < _TRUSTED_FOR:
        return
    try:
        dialect.do_ping(connection)
    except psycopg.Error as error:
        # The pool takes this as a connection that is gone, and makes another.
        raise DisconnectionError from error


def driver_url(url: str | URL) -> URL:
    """The same address with our driver named, for `postgresql://` and `postgres://` as other tools write them.

    ValueError where it is not a PostgreSQL address.
    """
    made = make_url(url)
    if made.drivername.partition("+")[0] not in ("postgresql", "postgres"):
        raise ValueError("only postgresql:// addresses are served")
    return made.set(drivername="postgresql+psycopg")
