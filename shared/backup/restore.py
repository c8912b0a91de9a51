"""Putting a backup back.

Every database is emptied, brought to the migrations it had, and filled in one transaction; all of them are committed
one after the other at the end. Killed at any moment before that, nothing has changed. What comes after can be done
again: the newest migrations, the files, and the replay of what the services had said.
"""

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from shared import migrate
from shared.backup import tables
from shared.backup.create import Watch, unwatched
from shared.backup.files import hold_files, put_back
from shared.backup.manifest import Database, Manifest
from shared.backup.packing import unpacked
from shared.backup.place import Place
from shared.backup.refusal import Refusal, Unusable
from shared.replay import replay
from shared.service import Service

_BEFORE = timedelta(hours=1)
_GONE_WITHIN = 3.0
_ALL_OF_IT = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Restored:
    """What was put back: rows, files, and events that will be said again by each service."""

    name: str
    cut: datetime
    rows: int
    files: int
    replayed: Mapping[str, int]


def restore(
    manifest: Manifest,
    place: Place,
    services: Sequence[Service],
    engines: Mapping[str, Engine],
    folders: Mapping[str, Path],
    *,
    replace: bool = False,
    watch: Watch = unwatched,
) -> Restored:
    """Put back `services`. `engines` may hold more than those: these others say again what they said since the moment
    of the backup, for the restored ones have forgotten it. Refusal, with nothing changed, where a database has rows
    (unless they may be replaced), something is connected to it, or the backup is not fit."""
    fit(manifest, services)
    if manifest.files and not replace and hold_files(folders):
        raise _not_empty(", ".join(str(folder) for folder in folders.values()))
    with ExitStack() as stack:
        opened: list[Connection] = []
        for service in services:
            engines[service.name].dispose()  # Resting connections of our own would look like somebody else's.
            connection = stack.enter_context(engines[service.name].connect())
            opened.append(connection)
            _refuse(connection, service.name, replace)
        for service, connection in zip(services, opened, strict=True):
            fill(connection, service, manifest, place, watch)
        for connection in opened:
            connection.commit()
    for service in services:
        migrate.upgrade(engines[service.name], service)
    count = put_back(place, manifest.name, manifest.files, folders) if manifest.files and folders else 0
    restored = {service.name for service in services}
    replayed = {
        name: replay(engine, _ALL_OF_IT if name in restored else manifest.cut - _BEFORE)
        for name, engine in engines.items()
        if name in restored or _has_said_something(engine)
    }
    rows = sum(table.rows.lines for name in restored for table in manifest.databases[name].tables)
    return Restored(manifest.name, manifest.cut, rows, count, replayed)


def fit(manifest: Manifest, services: Sequence[Service]) -> None:
    """Refusal where this version can't put that backup back."""
    ours = version("bangkom")
    newer = _number(manifest.product) > _number(ours)
    for service in services:
        database = manifest.databases.get(service.name)
        if database is None:
            raise Refusal(
                f"Cadangan {manifest.name} tidak memuat {service.name}; ada: {', '.join(manifest.databases)}.",
                f"Backup {manifest.name} does not hold {service.name}; it holds {', '.join(manifest.databases)}.",
            )
        newer = newer or not all(migrate.knows(service, one) for one in database.revisions)
    if newer:
        raise Refusal(
            f"Cadangan {manifest.name} dibuat oleh Bangkom {manifest.product}, lebih baru daripada {ours}. "
            "Pasang versi itu dahulu.",
            f"Backup {manifest.name} was made by Bangkom {manifest.product}, which is newer than {ours}. "
            "Install that version first.",
        )


def fill(connection: Connection, service: Service, manifest: Manifest, place: Place, watch: Watch) -> None:
    """Make this database what it was, in the transaction that is open. Unusable where the backup is damaged."""
    database: Database = manifest.databases[service.name]
    tables.drop_everything(connection)
    migrate.upgrade_within(connection, service, database.revisions)
    tables.empty(connection)
    for table in database.tables:
        what = f"{service.name}.{table.name}"
        blocks = unpacked(place, manifest.name, table.rows)
        count = tables.write_rows(
            connection,
            table.name,
            table.columns,
            blocks,
            lambda more, what=what: watch(what, more),  # type: ignore[misc]
        )
        if count != table.rows.lines:
            raise Unusable(
                f"{what}: {count} baris masuk, {table.rows.lines} diharapkan.",
                f"{what}: {count} rows went in, {table.rows.lines} were expected.",
            )
        tables.set_numbers(connection, table.name, table.numbers)


def _refuse(connection: Connection, name: str, replace: bool) -> None:
    connection.execute(text("SET LOCAL lock_timeout = '4s'"))
    until = time.monotonic() + _GONE_WITHIN
    while (found := tables.others(connection)) and time.monotonic() < until:
        time.sleep(0.1)  # The server notices a process that has just ended only a moment later.
    if found:
        raise Refusal(
            f"Basis data {name} sedang dipakai ({', '.join(found)}). Hentikan `bangkom web` dan `bangkom work` dahulu.",
            f"The database of {name} is in use ({', '.join(found)}). Stop `bangkom web` and `bangkom work` first.",
        )
    if not replace and tables.holds_rows(connection):
        raise _not_empty(name)


def _has_said_something(engine: Engine) -> bool:
    """A database that is still to be restored itself may be all empty."""
    with engine.connect() as connection:
        return connection.scalar(text("SELECT to_regclass('public.outbox') IS NOT NULL")) is True


def _not_empty(what: str) -> Refusal:
    return Refusal(
        f"{what} sudah berisi data. Dengan --replace data itu dibuang dan diganti dengan isi cadangan.",
        f"{what} already holds data. With --replace it is thrown away and the backup takes its place.",
    )


def _number(product: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", product)[:3])
