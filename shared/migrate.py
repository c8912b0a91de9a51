"""Schema changes: alembic with two bases in each database, one for the shared tables and one of the service's own.

`bangkom migrate` runs them as a step before the new code starts; each must work with the previous release's code too,
so a table or column is added in one release and an unused one removed in a later one, and there is no way back but
forward. A statement that would have to wait longer than four seconds for a lock gives up rather than stall everybody
behind it.

`python -m shared.migrate revision SERVICE "what changes"` writes the next one from the difference between the migrated
database and the metadata; SERVICE is `shared` for the tables in shared/tables.py.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.operations.ops import ExecuteSQLOp
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import DDL, URL, Connection, Dialect, Engine, MetaData, create_engine, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError

from shared.embedded import any_server
from shared.ids import new_id
from shared.service import Service
from shared.services import service_named
from shared.tables import metadata

SHARED = "shared"
_HERE = Path(__file__).resolve().parent / "migrations"
_ONE_AT_A_TIME = 0x62616E676B6F6D
_TRIES = 5
_LOCK_NOT_AVAILABLE = "55P03"
_DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]


def upgrade(engine: Engine, service: Service) -> None:
    """Bring the database of `service` to both heads. Two callers at once take turns."""
    for attempt in range(1, _TRIES + 1):
        try:
            with _alone(engine) as connection:
                _to_heads(service, connection)
        except OperationalError as error:
            # Only a lock that others hold for long passes by itself; each migration is a transaction, so go on from
            # there.
            if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE or attempt == _TRIES:
                raise
        else:
            return


def upgrade_within(connection: Connection, service: Service, revisions: Sequence[str]) -> None:
    """Bring an empty database to exactly these migrations, within the transaction that is open on `connection`."""
    connection.execute(text("SELECT 1"))  # alembic joins a transaction only once it has begun.
    for each in sorted(revisions, key=lambda name: not name.startswith(f"{SHARED}_")):
        command.upgrade(_config(service, connection), each)


def knows(service: Service, applied: str) -> bool:
    """Whether this code has the migration with this name."""
    return any(_covers(head, applied) for head in _heads(*_folders(service)))


def at_head(connection: Connection, service: Service) -> bool:
    """Whether the database has every migration this code knows. One from a newer release is no hindrance."""
    applied = MigrationContext.configure(connection).get_current_heads()
    return all(any(_covers(mine, wanted) for mine in applied) for wanted in _heads(*_folders(service)))


def revision(server: str | URL, service: Service | None, message: str) -> list[Path]:
    """Write the next migration of `service` (None: of the shared tables) from what its metadata has and the
    migrations don't.

    Works on a scratch database of the server, which it removes again. Answers the files written; none when nothing
    differs.
    """
    name = service.name if service else SHARED
    folder = _versions(service) if service else _HERE / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    number = len(list(folder.glob("*.py"))) + 1
    target = service.metadata if service else None
    empty: list[Any] = []

    def only_with_changes(_context: Any, _revision: Any, directives: list[Any]) -> None:
        if number == 1 and target is not None:
            directives[0].upgrade_ops.ops += [ExecuteSQLOp(statement) for statement in _after_create(target)]
        if directives[0].upgrade_ops.is_empty():
            empty.append(directives.pop())

    with scratch(server) as engine:
        if service is None or any(folder.glob("*.py")) or any((_HERE / "versions").glob("*.py")):
            with _alone(engine) as connection:
                _to_heads(service, connection)
        with _alone(engine) as connection:
            command.revision(
                _config(service, connection),
                message,
                autogenerate=True,
                head="base" if number == 1 else f"{name}@head",
                branch_label=name if number == 1 else None,
                version_path=folder,
                rev_id=f"{name}_{number:04d}",
                process_revision_directives=only_with_changes,
            )
    written = [] if empty else [next(folder.glob(f"{name}_{number:04d}_*.py"))]
    for path in written:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.lstrip().startswith("# ###")), encoding="utf-8")
    for tidy in ("check --fix --quiet --select I,F401,RUF100,UP", "format --quiet"):
        if written:
            subprocess.run([sys.executable, "-m", "ruff", *tidy.split(), *map(str, written)], check=False)
    _heads.cache_clear()
    return written


def _to_heads(service: Service | None, connection: Connection) -> None:
    """The shared tables first: a service's migration may change rows in them."""
    for wanted in (f"{SHARED}@head", "heads"):
        # alembic's own look at the versions begins a transaction, which it would then take for the caller's.
        connection.commit()
        command.upgrade(_config(service, connection), wanted)


def _after_create(target: MetaData) -> Iterator[str]:
    """What is attached to the tables beside themselves, such as triggers: alembic does not look for it."""
    for thing in (*target.sorted_tables, target):
        for listener in thing.dispatch.after_create:
            if isinstance(listener, DDL):
                made = listener.against(thing).compile(dialect=_DIALECT)
                yield str(made).replace("%%", "%")  # The driver's doubling; running the statement doubles it again.


@contextmanager
def scratch(server: str | URL) -> Iterator[Engine]:
    """An empty database on the server, gone at the end of the block."""
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"scratch_{new_id().hex}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    engine = create_engine(admin.url.set(database=name))
    try:
        yield engine
    finally:
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ONE_AT_A_TIME})
        connection.execute(text("SET lock_timeout = '4s'"))
        connection.commit()
        try:
            yield connection
        finally:
            connection.rollback()
            connection.invalidate()  # Ends the session, and with it the lock and the setting.


def _config(service: Service | None, connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    folders = "\n".join(str(folder) for folder in _folders(service))
    config.set_main_option("version_locations", folders.replace("%", "%%"))
    shared_tables = set(metadata("any").tables)
    target: MetaData | None = metadata(SHARED) if service is None else service.metadata

    def include(thing: Any, name: str | None, kind: str, *_: Any) -> bool:
        """Each line minds its own tables only."""
        return kind != "table" or (name in shared_tables) == (service is None)

    config.attributes.update(connection=connection, metadata=target, include=include)
    return config


@cache
def _heads(*folders: Path) -> tuple[str, ...]:
    script = ScriptDirectory(_HERE, version_locations=[str(folder) for folder in folders])
    return tuple(script.get_heads())


def _covers(applied: str, wanted: str) -> bool:
    """Names are `<line>_<number>`: the same line, as far or farther."""
    line, _, number = applied.rpartition("_")
    wanted_line, _, least = wanted.rpartition("_")
    return line == wanted_line and int(number) >= int(least)


def _folders(service: Service | None) -> list[Path]:
    return [_HERE / "versions"] if service is None else [_HERE / "versions", _versions(service)]


def _versions(service: Service) -> Path:
    if service.migrations is None:
        raise ValueError(f"{service.name} owns no data, so it has no migrations")
    folder = Path(service.migrations)
    return (folder if folder.is_absolute() else _HERE.parent.parent / folder) / "versions"


def _main(words: list[str]) -> None:
    match words:
        case ["revision", name, message]:
            with any_server() as server:
                for path in revision(server, None if name == SHARED else service_named(name), message):
                    print(path)  # noqa: T201
        case _:
            sys.exit('Usage: python -m shared.migrate revision SERVICE "what changes"')


if __name__ == "__main__":
    _main(sys.argv[1:])
