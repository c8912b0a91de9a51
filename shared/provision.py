"""One database and one role per service, `bangkom_<service>` both, on a server whose administrator we are.

A role enters its own database and no other: the right to connect that PostgreSQL gives everybody is taken back.
Running it again changes nothing, except passwords when new ones are given.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from psycopg import pq
from sqlalchemy import URL, Connection, Engine, create_engine, text

from shared.db import driver_url
from shared.home import make_folder, secret_in, write_private

_PREFIX = "bangkom_"


def provision(admin: str | URL, passwords: Mapping[str, str], *, whole_server: bool = False) -> dict[str, URL]:
    """Make database and role of every service named in `passwords`; answers the address each service connects to.

    `whole_server` also closes the databases `postgres` and `template1`: for a server that is ours alone.
    """
    engine = _engine(admin)
    try:
        with engine.connect() as connection:
            for service, password in passwords.items():
                _role(connection, name_of(service), password)
                _database(connection, name_of(service))
            if whole_server:
                for database in ("postgres", "template1"):
                    connection.execute(text(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC"))
        return {
            service: engine.url.set(username=name_of(service), password=password, database=name_of(service))
            for service, password in passwords.items()
        }
    finally:
        engine.dispose()


def drop(admin: str | URL, services: Iterable[str]) -> None:
    """Remove databases and roles of these services, with everything in them. Tests only."""
    engine = _engine(admin)
    try:
        with engine.connect() as connection:
            for service in services:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name_of(service)} WITH (FORCE)"))
                connection.execute(text(f"DROP ROLE IF EXISTS {name_of(service)}"))
    finally:
        engine.dispose()


def kept_passwords(folder: Path, services: Iterable[str]) -> dict[str, str]:
    """A password for each service, made once and kept in files below `folder` that only their owner may read."""
    make_folder(folder)
    return {service: secret_in(folder / f"{service}.password") for service in services}


def write_settings(path: Path, urls: Mapping[str, URL]) -> None:
    """Write the addresses as lines of an environment file, private to its owner."""
    lines = [f"{setting_of(service)}={_shown(url)}" for service, url in urls.items()]
    write_private(path, "\n".join(lines) + "\n")


def setting_of(service: str) -> str:
    """The environment variable that tells a service its database."""
    return f"BANGKOM_{service.upper()}_DATABASE_URL"


def name_of(service: str) -> str:
    """The name of a service's database and role; ValueError for a name that could not be one."""
    if not (service.isascii() and service.replace("_", "a").isalnum() and service.islower()):
        raise ValueError(f"{json.dumps(service)} cannot be the name of a service")
    return f"{_PREFIX}{service}"


def _engine(admin: str | URL) -> Engine:
    return create_engine(driver_url(admin), isolation_level="AUTOCOMMIT")


def _role(connection: Connection, name: str, password: str) -> None:
    known = connection.scalar(text("SELECT true FROM pg_roles WHERE rolname = :name"), {"name": name})
    verb = "ALTER" if known else "CREATE"
    # The server gets a verifier, not the password, so its logs can't hold one.
    driver = connection.connection.driver_connection
    assert driver is not None
    raw: pq.abc.PGconn = driver.pgconn
    verifier = raw.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    # Without INHERIT the owner of a database may not use its schema public on PostgreSQL 15.
    connection.exec_driver_sql(f"{verb} ROLE {name} LOGIN INHERIT PASSWORD '{verifier}'")
    if not connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        # An administrator who is no superuser may give a database only to a role that it belongs to.
        connection.execute(text(f"GRANT {name} TO CURRENT_USER"))


def _database(connection: Connection, name: str) -> None:
    if not connection.scalar(text("SELECT true FROM pg_database WHERE datname = :name"), {"name": name}):
        connection.execute(text(f"CREATE DATABASE {name} OWNER {name} TEMPLATE template0 ENCODING 'UTF8'"))
    connection.execute(text(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC"))


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)
