"""Whether an attack changed anything: every row of every table of the bridge, before and after."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select

from services.bridge.store import METADATA
from tests.town import Town

CALLED = ("signature", "site.heard_at")
"""What a rightly signed call leaves, whatever becomes of its rows."""


def rows(town: Town, *but: str) -> dict[str, list[str]]:
    """Every row of every table, without tables and columns (`table.column`) that may change."""
    with town.unit("bridge") as unit:
        return {
            table.name: sorted(
                repr([value for name, value in row._mapping.items() if f"{table.name}.{name}" not in but])
                for row in unit.db.execute(select(table))
            )
            for table in METADATA.sorted_tables
            if table.name not in but
        }


@contextmanager
def untouched(town: Town, *but: str) -> Iterator[None]:
    """Whatever happens in this block changes no row."""
    before = rows(town, *but)
    yield
    assert rows(town, *but) == before
