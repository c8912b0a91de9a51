import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, Index, MetaData, Table, Text, create_engine, text
from sqlalchemy.exc import OperationalError

from shared import migrate
from shared.service import Service
from shared.tables import metadata
from tests.schema import schema_of


def service_with(folder: Path, *columns: str) -> Service:
    """A service with one table, so many columns, and its migrations in `folder`."""
    mine: MetaData = metadata("sample")
    Table("thing", mine, *(Column(name, Text) for name in columns), Index("ix_thing", *columns))
    return Service(name="sample", title="Sample", metadata=mine, migrations=str(folder))


@pytest.fixture
def empty(server_url: str) -> Iterator[Engine]:
    with migrate.scratch(server_url) as engine:
        yield engine


def test_a_services_first_migration_is_written_from_its_tables(server_url: str, empty: Engine, tmp_path: Path) -> None:
    service = service_with(tmp_path, "one")
    (written,) = migrate.revision(server_url, service, "first tables")
    assert written == tmp_path / "versions" / "sample_0001_first_tables.py"
    migrate.upgrade(empty, service)
    with empty.connect() as connection:
        assert migrate.at_head(connection, service)
        assert "thing" in str(schema_of(connection))


def test_the_next_migration_holds_only_what_changed(server_url: str, empty: Engine, tmp_path: Path) -> None:
    migrate.revision(server_url, service_with(tmp_path, "one"), "first")
    migrate.upgrade(empty, service_with(tmp_path, "one"))
    grown = service_with(tmp_path, "one", "two")
    (written,) = migrate.revision(server_url, grown, "second")
    assert written.name == "sample_0002_second.py"
    assert "create_table" not in written.read_text()
    with empty.connect() as connection:
        assert not migrate.at_head(connection, grown)
    migrate.upgrade(empty, grown)
    with empty.connect() as connection:
        assert migrate.at_head(connection, grown)


def test_where_nothing_changed_nothing_is_written(server_url: str, tmp_path: Path) -> None:
    migrate.revision(server_url, service_with(tmp_path, "one"), "first")
    assert migrate.revision(server_url, service_with(tmp_path, "one"), "again") == []


def test_a_database_that_is_ahead_of_this_code_is_ready(server_url: str, empty: Engine, tmp_path: Path) -> None:
    service = service_with(tmp_path, "one")
    migrate.revision(server_url, service, "first")
    migrate.upgrade(empty, service)
    with empty.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = 'sample_0009' WHERE version_num = 'sample_0001'")
        )
        assert migrate.at_head(connection, service)


def test_an_empty_database_is_not_ready(server_url: str, empty: Engine, tmp_path: Path) -> None:
    service = service_with(tmp_path, "one")
    migrate.revision(server_url, service, "first")
    with empty.connect() as connection:
        assert not migrate.at_head(connection, service)


def test_two_migrations_at_once_take_turns(server_url: str, empty: Engine, tmp_path: Path) -> None:
    service = service_with(tmp_path, "one")
    migrate.revision(server_url, service, "first")
    failed: list[BaseException] = []

    def run() -> None:
        try:
            migrate.upgrade(empty, service)
        except BaseException as error:  # noqa: BLE001 (a thread has nobody else to tell)
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_lock_that_is_held_makes_it_give_up_after_four_seconds(
    server_url: str, empty: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "_TRIES", 1)
    migrate.revision(server_url, service_with(tmp_path, "one"), "first")
    migrate.upgrade(empty, service_with(tmp_path, "one"))
    grown = service_with(tmp_path, "one", "two")
    migrate.revision(server_url, grown, "second")
    other = create_engine(empty.url)
    with other.connect() as reader:
        reader.execute(text("SELECT * FROM thing"))
        began = time.monotonic()
        with pytest.raises(OperationalError, match="lock timeout"):
            migrate.upgrade(empty, grown)
        assert 3.5 < time.monotonic() - began < 8
    migrate.upgrade(empty, grown)
    other.dispose()
