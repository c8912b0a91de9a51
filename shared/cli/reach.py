"""What the commands of `bangkom backup` reach: the services' databases, a server for rehearsals, the broker."""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from sqlalchemy import URL, Engine

from shared.backup import Refusal
from shared.config import DEVELOPMENT, MEMORY, PRODUCTION, BadSettings, BrokerSettings, DatabaseSettings, read, value_of
from shared.db import driver_url, engine_of
from shared.embedded import Embedded, any_server
from shared.home import home
from shared.provision import kept_passwords, provision
from shared.service import Service
from shared.services import services


def _in_development() -> bool:
    return os.environ.get("BANGKOM_ENV", PRODUCTION) == DEVELOPMENT


def broker() -> str:
    """The broker whose queues are emptied; the one in memory has none left when it is stopped."""
    try:
        return read(BrokerSettings, process="bangkom backup restore").broker_url
    except BadSettings:
        if _in_development():
            return MEMORY
        raise


def owners_here() -> list[Service]:
    """The services of this installation that have a database."""
    return [service for service in services() if service.metadata is not None]


def none_unknown(names: Sequence[str], owners: Sequence[Service]) -> None:
    """Refusal where a name is none of these services'."""
    unknown = sorted(set(names) - {one.name for one in owners})
    if unknown:
        raise Refusal(
            f"Layanan tidak dikenal di sini: {', '.join(unknown)}. Periksa --only dan BANGKOM_SERVICES.",
            f"Services that are not known here: {', '.join(unknown)}. Look at --only and BANGKOM_SERVICES.",
        )


@contextmanager
def engines_of(owners: Sequence[Service]) -> Iterator[dict[str, Engine]]:
    """The databases that the environment names; on a laptop where nothing runs, those of its embedded server."""
    urls: dict[str, URL] = {}
    missing: dict[str, str] = {}
    for one in owners:
        try:
            urls[one.name] = read(DatabaseSettings, one.name).database_url
        except BadSettings as error:
            missing |= dict.fromkeys(error.names, "is missing or wrong")
    with ExitStack() as stack:
        if not urls and _in_development():
            server = Embedded(home())
            server.start()
            stack.callback(server.stop)
            kept = kept_passwords(home() / "passwords", [one.name for one in owners])
            urls = provision(server.url, kept, whole_server=True)
        elif missing:
            raise BadSettings("bangkom backup", missing)
        made = {name: engine_of(url, pool=2, name="bangkom backup") for name, url in urls.items()}
        for engine in made.values():
            stack.callback(engine.dispose)
        yield made


@contextmanager
def drill_server() -> Iterator[URL]:
    """The server for scratch databases: the one in DATABASE_URL, else an embedded one that is started from nothing."""
    try:
        given = value_of("DATABASE_URL", os.environ)
    except ValueError as error:
        raise BadSettings("bangkom backup", {"DATABASE_URL": str(error)}) from None
    if given:
        yield driver_url(given)
        return
    with any_server() as server:
        yield server
