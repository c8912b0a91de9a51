"""One transaction of one service: what a handler gets. The door opens and closes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine

from shared import clock
from shared.auth import Principal, system


@dataclass(frozen=True)
class Unit:
    """`db` is the open transaction, `now` the one moment of this unit (aware, UTC), `by` who acts."""

    db: Connection
    now: datetime
    by: Principal


@contextmanager
def unit_of(engine: Engine, service: str, by: Principal | None = None) -> Iterator[Unit]:
    """A unit that commits when its block ends and rolls back when it raises."""
    with engine.begin() as db:
        yield Unit(db, clock.now(), by or system(service))
