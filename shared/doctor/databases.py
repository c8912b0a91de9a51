"""One service's database: does it answer, is it the right one, is its role no more than it must be."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import URL, Connection, text
from sqlalchemy.exc import SQLAlchemyError

from shared import migrate
from shared.config import BadSettings, DatabaseSettings, read
from shared.db import engine_of
from shared.doctor.finding import BAD, OK, WARN, Finding, first_line
from shared.service import Service

VERSIONS = range(15, 19)
_SKEW_WARN, _SKEW_BAD = 2.0, 30.0
_POWERS = ("rolsuper", "rolcreatedb", "rolcreaterole", "rolreplication", "rolbypassrls")


def database(service: Service, owners: Sequence[Service]) -> Iterator[Finding]:
    """Reach it as the service does, and ask it about itself."""
    url = _url(service)
    if url is None:
        return  # The settings say so already.
    engine = engine_of(url, pool=1, name="bangkom doctor")
    try:
        with engine.connect() as connection:
            connection.execute(text("SET statement_timeout = '5s'"))
            yield _version(service.name, connection)
            yield _migrations(service, connection)
            others = {other.database for other in map(_url, owners) if other is not None and other.host == url.host}
            yield from _rights(service.name, connection, {name for name in others if name and name != url.database})
            yield clock_of(f"PostgreSQL {service.name}", *_times(connection))
    except SQLAlchemyError as error:
        yield Finding(
            "database",
            service.name,
            BAD,
            first_line(error),
            "Apakah PostgreSQL hidup, alamat dan sandi benar? Buat dengan `bangkom provision`.",
            "Is PostgreSQL up, are address and password right? Made by `bangkom provision`.",
        )
    finally:
        engine.dispose()


def clock_of(subject: str, there: datetime, here: datetime) -> Finding:
    """How far a clock elsewhere is from ours."""
    off = (there - here).total_seconds()
    state = BAD if abs(off) >= _SKEW_BAD else WARN if abs(off) >= _SKEW_WARN else OK
    if state == OK:
        return Finding("clock", subject, OK, f"{off:+.1f} s")
    return Finding(
        "clock",
        subject,
        state,
        f"{off:+.1f} s",
        "Jam kedua mesin berbeda: hidupkan NTP (chrony, systemd-timesyncd) di keduanya.",
        "The clocks of the two machines differ: run NTP (chrony, systemd-timesyncd) on both.",
    )


def _url(service: Service) -> URL | None:
    try:
        return read(DatabaseSettings, service.name).database_url
    except BadSettings:
        return None


def _version(name: str, connection: Connection) -> Finding:
    number = int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    if number in VERSIONS:
        return Finding("database", name, OK, f"PostgreSQL {number}")
    return Finding(
        "database",
        name,
        BAD,
        f"PostgreSQL {number}",
        f"Yang didukung PostgreSQL {VERSIONS[0]} sampai {VERSIONS[-1]}: pindahkan basis datanya.",
        f"PostgreSQL {VERSIONS[0]} to {VERSIONS[-1]} are served: move the database there.",
    )


def _migrations(service: Service, connection: Connection) -> Finding:
    if migrate.at_head(connection, service):
        return Finding("migrations", service.name, OK, "")
    return Finding(
        "migrations",
        service.name,
        BAD,
        "not at head",
        f"Jalankan `bangkom migrate {service.name}`.",
        f"Run `bangkom migrate {service.name}`.",
    )


def _rights(name: str, connection: Connection, others: set[str]) -> Iterator[Finding]:
    asked = text(f"SELECT {', '.join(_POWERS)} FROM pg_roles WHERE rolname = current_user")  # noqa: S608
    powers = [power.removeprefix("rol") for power, has in connection.execute(asked).one()._mapping.items() if has]
    open_to_us = connection.scalars(
        text(
            "SELECT datname FROM pg_database WHERE datallowconn AND has_database_privilege(datname, 'CONNECT')"
            " AND datname <> current_database() ORDER BY datname"
        )
    ).all()
    entered = sorted(others.intersection(open_to_us))
    if not powers and not entered:
        yield Finding("rights", name, OK, "")
    if powers:
        yield Finding(
            "rights",
            name,
            BAD,
            ", ".join(powers),
            "Peran layanan ini boleh terlalu banyak: pakai peran dari `bangkom provision`.",
            "The service's role may do too much: use the role that `bangkom provision` makes.",
        )
    if entered:
        yield Finding(
            "rights",
            name,
            BAD,
            f"CONNECT {', '.join(entered)}",
            "Peran ini dapat masuk ke basis data layanan lain: jalankan `bangkom provision` lagi.",
            "The role can enter another service's database: run `bangkom provision` again.",
        )


def _times(connection: Connection) -> tuple[datetime, datetime]:
    """The server's moment, and ours in the middle of asking."""
    began = datetime.now(UTC)
    there = connection.scalar(text("SELECT clock_timestamp()"))
    assert isinstance(there, datetime)
    return there, began + (datetime.now(UTC) - began) / 2
