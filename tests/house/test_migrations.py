"""Every database as migrations make it is the database its metadata describes."""

import pytest

from shared import migrate
from shared.services import services
from tests.schema import schema_of

WITH_DATA = [service for service in services() if service.metadata is not None]


@pytest.mark.parametrize("service", WITH_DATA, ids=lambda service: service.name)
def test_migrations_make_what_the_metadata_describe(service, server_url: str) -> None:  # type: ignore[no-untyped-def]
    with migrate.scratch(server_url) as engine:
        migrate.upgrade(engine, service)
        with engine.connect() as connection:
            migrated = schema_of(connection)
    with migrate.scratch(server_url) as engine:
        service.metadata.create_all(engine)
        with engine.connect() as connection:
            described = schema_of(connection)
    assert migrated == described
