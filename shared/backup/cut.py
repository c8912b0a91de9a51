"""One moment of all databases together.

A service tells another something through its outbox, and the other hears it into its inbox. While both tables of every
database are closed to writers, nothing can be said or heard anywhere, so snapshots taken in that time agree: whatever
one of them shows as heard, another shows as said. The tables are closed for some milliseconds; who writes meanwhile
waits. Reading the rows happens afterwards, from the snapshots, and stops nobody.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError

from shared.backup.refusal import Refusal

TRIES = 10
_PAUSE = 0.5
_WAIT = text("SET LOCAL lock_timeout = '1s'")
# The consumer writes its inbox first and then its outbox: asked for in this order, no lock waits in a circle.
_CLOSE = (text("LOCK TABLE inbox IN SHARE MODE"), text("LOCK TABLE outbox IN SHARE MODE"))
_IN_THE_WAY = {"55P03", "40P01"}


class Busy(Refusal):
    """A transaction held its tables for so long that no moment was found."""


@dataclass(frozen=True)
class Cut:
    """`readers` each see their database as of the moment `at`, for as long as the block lasts."""

    at: datetime
    readers: Mapping[str, Connection]
    closed_for: float = field(default=0.0)
    """How long writers were kept waiting at the most, in seconds."""


@contextmanager
def cut(engines: Mapping[str, Engine], pause: Callable[[float], None] = time.sleep) -> Iterator[Cut]:
    """A read-only connection to each database, all as of one moment; Busy where none could be found."""
    with ExitStack() as stack:
        for attempt in range(1, TRIES + 1):
            with ExitStack() as trying:
                try:
                    found = _try(engines, trying)
                except OperationalError as error:
                    if getattr(error.orig, "sqlstate", None) not in _IN_THE_WAY:
                        raise
                else:
                    stack.push(trying.pop_all())
                    break
            pause(_PAUSE * attempt * random.uniform(0.5, 1.0))  # noqa: S311 - it spreads tries, it hides nothing
        else:
            raise Busy(
                "Ada transaksi yang menahan tabel terlalu lama. Ulangi saat lebih sepi; lihat pg_stat_activity.",
                "A transaction holds tables for too long. Try again at a quieter hour; look at pg_stat_activity.",
            )
        yield found


def _try(engines: Mapping[str, Engine], stack: ExitStack) -> Cut:
    still = {
        name: stack.enter_context(
            engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        )
        for name, engine in engines.items()
    }
    with ExitStack() as closing:
        gates = [closing.enter_context(engine.connect()) for engine in engines.values()]
        began = time.monotonic()
        for gate in gates:
            gate.execute(_WAIT)
            for close in _CLOSE:
                gate.execute(close)
        at = datetime.now(UTC)
        for reader in still.values():
            _hold(reader)
    return Cut(at, still, time.monotonic() - began)


def _hold(reader: Connection) -> None:
    """Take the snapshot, and keep a migration from changing a table that is not read yet, as pg_dump does."""
    tables = reader.scalars(
        text(
            "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p') ORDER BY relname"
        )
    ).all()
    reader.execute(text("SET LOCAL lock_timeout = '1s'"))
    reader.execute(text(f"LOCK TABLE {', '.join(tables)} IN ACCESS SHARE MODE"))
    reader.execute(text("SET LOCAL lock_timeout = 0"))
    # A database waits with its snapshot while the others are read.
    reader.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    reader.execute(text("SET LOCAL statement_timeout = 0"))
