"""Making a backup."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, text

from shared.backup import tables
from shared.backup.cut import cut
from shared.backup.files import bundling
from shared.backup.manifest import FORMAT, Database, Manifest, Packed, TableRows
from shared.backup.packing import packing
from shared.backup.place import Place
from shared.backup.refusal import Refusal

Watch = Callable[[str, int], None]
"""Hears what is worked on and how many more rows of it are done."""


def unwatched(what: str, rows: int) -> None:
    """For who does not look."""


def create(
    engines: Mapping[str, Engine], place: Place, folders: Mapping[str, Path], watch: Watch = unwatched
) -> Manifest:
    """Back up these databases and folders; answers the manifest, which is written last. An engine needs two connections
    for it. Whatever goes wrong, nothing is left behind that could be taken for a backup."""
    started = datetime.now(UTC)
    name = place.begin(started)
    files: list[Packed] = []
    try:
        with bundling(place, name, folders, files) as bundle:
            bundle.collect()
            with cut(engines) as moment:
                bundle.collect()
                databases = {
                    service: _database(place, name, service, reader, watch)
                    for service, reader in moment.readers.items()
                }
        made = Manifest(
            format=FORMAT,
            name=name,
            product=version("bangkom"),
            started=started,
            cut=moment.at,
            ended=datetime.now(UTC),
            databases=databases,
            files=files[0] if files else None,
            closed_seconds=round(moment.closed_for, 4),
        )
        place.finish(made)
    except BaseException:
        with suppress(Refusal):
            place.remove(name)
        raise
    return made


def _database(place: Place, name: str, service: str, reader: Connection, watch: Watch) -> Database:
    found: list[TableRows] = []
    for shape in tables.shapes(reader):
        rows: list[Packed] = []
        seen = 0
        with packing(place, name, f"{service}/{shape.name}.copy.gz", rows) as packer:
            for block in tables.read_rows(reader, shape.name, shape.columns):
                packer.write(block)
                if packer.lines - seen >= 1000:
                    watch(f"{service}.{shape.name}", packer.lines - seen)
                    seen = packer.lines
        watch(f"{service}.{shape.name}", packer.lines - seen)
        found.append(
            TableRows(name=shape.name, columns=shape.columns, rows=rows[0], numbers=tables.numbers(reader, shape))
        )
    return Database(
        revisions=tuple(sorted(MigrationContext.configure(reader).get_current_heads())),
        server=reader.scalar(text("SHOW server_version")) or "",
        tables=tuple(found),
    )
