"""What the bus measurements share: one event of about 1 KiB, one service that hears it, databases and queues of their
own."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Engine, Integer, Table, Uuid, create_engine, insert, make_url, text

from shared import topology
from shared.codec import encode
from shared.events import Event
from shared.ids import new_id
from shared.service import Service
from shared.tables import metadata
from shared.topology import Names, broker
from shared.unit import Unit
from tests.broker import take_down

NOTE = "n" * 930
ADMIN_URL = os.environ.get("DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
AMQP_URL = os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/")
_WITHIN = 120.0


@dataclass(frozen=True, kw_only=True)
class Said(Event, name="bench.said", key="said_id"):
    said_id: UUID
    amount: int
    note: str = NOTE


META = metadata("bench")
EFFECT_ROW = Table(
    "bench_effect", META, Column("said_id", Uuid, primary_key=True), Column("amount", Integer, nullable=False)
)
INSERT_EFFECT = "INSERT INTO bench_effect (said_id, amount) VALUES (%s, %s)"


def on_said(unit: Unit, event: Said) -> None:
    """An ordinary handler: one statement of SQLAlchemy Core."""
    unit.db.execute(insert(EFFECT_ROW), {"said_id": event.said_id, "amount": event.amount})


SERVICE = Service(name="bench", title="Bench", metadata=META, subscriptions={Said: on_said})


@dataclass(frozen=True)
class Stage:
    """`says` and `hears` are two databases of one server: what two services have."""

    says: Engine
    hears: Engine
    names: Names

    @property
    def queue(self) -> str:
        return self.names.queue(SERVICE.name)

    def clear(self) -> None:
        for engine in (self.says, self.hears):
            with engine.begin() as connection:
                connection.execute(text("TRUNCATE outbox, inbox, bench_effect RESTART IDENTITY"))
        with broker(AMQP_URL) as connection:
            connection.channel().queue_purge(self.queue)

    def fill_outbox(self, count: int) -> None:
        """Rows as emit() writes them, written fast."""
        rows = [(new_id(), Said.TYPE, str(said.said_id), 1, encode(said)) for said in messages(count)]
        with self.says.begin() as connection:
            cursor: Any = connection.connection.cursor()
            with cursor.copy("COPY outbox (event_id, type, key, items, data) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        with self.says.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE outbox"))

    def depth(self) -> int:
        with broker(AMQP_URL) as connection:
            channel = connection.channel()
            return int(channel.queue_declare(queue=self.queue, passive=True).message_count)

    def effects(self) -> int:
        with self.hears.connect() as connection:
            return connection.scalar(text("SELECT count(*) FROM bench_effect")) or 0

    def unsent(self) -> int:
        with self.says.connect() as connection:
            return connection.scalar(text("SELECT count(*) FROM outbox WHERE sent_at IS NULL")) or 0


def messages(count: int) -> list[Said]:
    return [Said(said_id=new_id(), amount=at) for at in range(count)]


@contextmanager
def stage() -> Iterator[Stage]:
    """Databases, exchanges and queues, gone afterwards."""
    admin = create_engine(make_url(ADMIN_URL), isolation_level="AUTOCOMMIT")
    names = Names(prefix=f"bench-{os.getpid()}")
    databases = [f"bench_{os.getpid()}_{side}" for side in ("says", "hears")]
    engines = []
    try:
        for database in databases:
            with admin.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{database}"'))
            engines.append(create_engine(admin.url.set(database=database), pool_size=10))
            META.create_all(engines[-1])
        topology.apply(AMQP_URL, [SERVICE], names)
        yield Stage(engines[0], engines[1], names)
    finally:
        take_down(AMQP_URL, [SERVICE], names)
        for engine in engines:
            engine.dispose()
        for database in databases:
            with admin.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
        admin.dispose()


def until(what: Callable[[], bool], every: float = 0.01) -> None:
    deadline = time.monotonic() + _WITHIN
    while not what():
        if time.monotonic() > deadline:
            raise RuntimeError(f"did not come about within {_WITHIN:g} s")
        time.sleep(every)
