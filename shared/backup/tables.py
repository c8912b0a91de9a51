"""The tables of one database: what there is, rows out, rows in."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from psycopg import sql
from sqlalchemy import Connection, text

_COLUMNS = text(
    "SELECT c.relname, a.attname, a.attidentity <> '' AS counts FROM pg_class c"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
    " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    " ORDER BY c.relname, a.attnum"
)
_REFERS = text(
    "SELECT f.relname AS table, t.relname AS to FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid"
    " JOIN pg_class t ON t.oid = k.confrelid WHERE k.contype = 'f' AND k.connamespace = 'public'::regnamespace"
)
_LAST = text(
    "SELECT s.last_value FROM pg_sequences s WHERE format('%I.%I', s.schemaname, s.sequencename)"
    " = pg_get_serial_sequence(format('public.%I', CAST(:table AS text)), :column)"
)
_SET = text("SELECT setval(pg_get_serial_sequence(format('public.%I', CAST(:table AS text)), :column), :value)")
_THINGS = text(
    "SELECT format('DROP %s IF EXISTS public.%I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW'"
    " WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname) FROM pg_class c"
    " WHERE relnamespace = 'public'::regnamespace AND NOT relispartition AND (relkind IN ('r', 'p', 'v', 'm')"
    "  OR relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid"
    "   AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')))"
    " UNION ALL SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc p"
    " WHERE pronamespace = 'public'::regnamespace AND NOT EXISTS"
    "  (SELECT FROM pg_depend WHERE objid = p.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')"
    " UNION ALL SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', typname) FROM pg_type t"
    " WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd') AND NOT EXISTS"
    "  (SELECT FROM pg_depend WHERE objid = t.oid AND classid = 'pg_type'::regclass AND deptype = 'e')"
)
_KINDS = ("DROP TABLE", "DROP VIEW", "DROP MATERIALIZED", "DROP SEQUENCE", "DROP ROUTINE", "DROP TYPE")
_READABLE = ("SET LOCAL datestyle = 'ISO'", "SET LOCAL intervalstyle = 'postgres'", "SET LOCAL extra_float_digits = 1")
VERSIONS = "alembic_version"


@dataclass(frozen=True)
class TableShape:
    """A table and its columns, without those that the database computes. `counts` are the identity columns."""

    name: str
    columns: tuple[str, ...]
    counts: tuple[str, ...]


def shapes(connection: Connection) -> list[TableShape]:
    """Every table of the database, what is referred to before what refers to it."""
    found: dict[str, list[Any]] = {}
    for row in connection.execute(_COLUMNS):
        found.setdefault(row.relname, []).append(row)
    order: TopologicalSorter[str] = TopologicalSorter({name: set() for name in sorted(found)})
    for row in connection.execute(_REFERS):
        # Rows that refer to their own table come in with one statement, after which the reference is checked.
        if row.table != row.to:
            order.add(row.table, row.to)
    return [
        TableShape(
            name,
            tuple(row.attname for row in found[name]),
            tuple(row.attname for row in found[name] if row.counts),
        )
        for name in order.static_order()
    ]


def numbers(connection: Connection, shape: TableShape) -> dict[str, int]:
    """Where the identity columns of a table got to; those that never counted are left out."""
    found = {one: connection.scalar(_LAST, {"table": shape.name, "column": one}) for one in shape.counts}
    return {column: value for column, value in found.items() if value is not None}


def read_rows(connection: Connection, name: str, columns: Sequence[str]) -> Iterator[memoryview | bytes]:
    """The rows as PostgreSQL's COPY writes them, a line each."""
    for wish in _READABLE:
        connection.execute(text(wish))
    with _cursor(connection) as cursor, cursor.copy(_copy(name, columns, "TO STDOUT")) as copy:
        yield from copy


def write_rows(
    connection: Connection, name: str, columns: Sequence[str], blocks: Iterable[bytes], told: Callable[[int], None]
) -> int:
    """Fill a table; answers how many rows it got. `told` hears how many more lines went in."""
    with _cursor(connection) as cursor:
        with cursor.copy(_copy(name, columns, "FROM STDIN")) as copy:
            for block in blocks:
                copy.write(block)
                told(block.count(b"\n"))
        return int(cursor.rowcount)


def set_numbers(connection: Connection, name: str, values: dict[str, int]) -> None:
    """Let identity columns go on after these numbers."""
    for column, value in values.items():
        connection.execute(_SET, {"table": name, "column": column, "value": value})


def holds_rows(connection: Connection) -> bool:
    """Whether any table but that of the migrations has a row."""
    for shape in shapes(connection):
        name = connection.dialect.identifier_preparer.quote(shape.name)
        if shape.name != VERSIONS and connection.scalar(text(f"SELECT EXISTS (SELECT FROM {name})")):  # noqa: S608
            return True
    return False


def drop_everything(connection: Connection) -> None:
    """Leave the schema as a new database has it."""
    found = list(connection.scalars(_THINGS))
    for kind in _KINDS:
        for statement in found:
            if statement.startswith(kind):
                connection.exec_driver_sql(statement)


def empty(connection: Connection) -> None:
    """Take out what the migrations themselves wrote, their own table's rows among it."""
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(quote(shape.name) for shape in shapes(connection))
    connection.execute(text(f"TRUNCATE {names}"))


def others(connection: Connection) -> list[str]:
    """What else is connected to this database with our role."""
    asked = text(
        "SELECT DISTINCT coalesce(nullif(application_name, ''), 'pid ' || pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend' ORDER BY 1"
    )
    # Within a transaction the list would stay as it was when first asked for.
    connection.execute(text("SELECT pg_stat_clear_snapshot()"))
    return list(connection.scalars(asked))


def _cursor(connection: Connection) -> Any:
    driver = connection.connection.driver_connection
    assert driver is not None
    return driver.cursor()


def _copy(name: str, columns: Sequence[str], direction: str) -> sql.Composed:
    return sql.SQL("COPY {} ({}) {}").format(
        sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(direction)
    )
