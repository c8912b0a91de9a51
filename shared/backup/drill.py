"""The rehearsal of a disaster: a backup put back into databases that are made for it and go away again."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from shared import migrate
from shared.audit import Fact, join
from shared.backup.create import Watch, unwatched
from shared.backup.manifest import Manifest
from shared.backup.place import Place
from shared.backup.restore import fill, fit
from shared.house import listeners
from shared.service import Service
from shared.unit import unit_of
from shared.web.internal import common_facts

_ELSEWHERE = frozenset({"event.unclaimed", "event.dead", "outbox.parked"})
"""What says nothing of a backup: whether an event lies with the dead letters only the broker knows, and a dead letter
or a parked event was there before."""

_LEFT = text("""
    SELECT datname FROM pg_database AS found
    WHERE datname ~ '^scratch_[0-9a-f]{12}7[0-9a-f]{19}$' AND pg_has_role(datdba, 'USAGE')
        AND NOT EXISTS (SELECT FROM pg_stat_activity AS inside WHERE inside.datid = found.oid)
""")


@dataclass(frozen=True)
class Drill:
    """What a drill found. `seconds` are those of each step; `broken` are rules of the audit that the restored databases
    break as of the moment of the backup."""

    name: str
    rows: int
    checked: int
    seconds: dict[str, float]
    broken: list[dict[str, Any]]

    @property
    def ok(self) -> bool:
        return not self.broken


def drill(
    manifest: Manifest, place: Place, services: Sequence[Service], server: str | URL, watch: Watch = unwatched
) -> Drill:
    """Restore into scratch databases on the server of this administrator, migrate, audit, drop. Raises what a restore
    would."""
    fit(manifest, services)
    began = time.monotonic()
    with ExitStack() as stack:
        engines = {service.name: stack.enter_context(migrate.scratch(server)) for service in services}
        made = time.monotonic()
        for service in services:
            with engines[service.name].begin() as connection:
                fill(connection, service, manifest, place, watch)
        filled = time.monotonic()
        for service in services:
            migrate.upgrade(engines[service.name], service)
        migrated = time.monotonic()
        facts = [fact for service in services for fact in _facts(service, engines[service.name])]
        report = join(facts, manifest.cut, listeners(services))
        audited = time.monotonic()
    seconds = {
        "databases": made - began,
        "rows": filled - made,
        "migrations": migrated - filled,
        "audit": audited - migrated,
        "all": audited - began,
    }
    broken = [row for row in report.broken if row["rule"] not in _ELSEWHERE]
    return Drill(manifest.name, manifest.rows, report.checked, seconds, broken)


def sweep(server: str | URL, before: datetime) -> list[str]:
    """Drop the scratch databases that a killed drill left before this moment; answers their names. Their time is in
    their names, which begin with a UUID's milliseconds; one that somebody is in is left alone."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    gone: list[str] = []
    try:
        with engine.connect() as connection:
            for name in connection.scalars(_LEFT).all():
                if datetime.fromtimestamp(int(name[8:20], 16) / 1000, UTC) < before:
                    with suppress(OperationalError):  # Somebody entered it just now.
                        connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
                        gone.append(name)
    finally:
        engine.dispose()
    return gone


def _facts(service: Service, engine: Engine) -> Iterator[Fact]:
    with unit_of(engine, service.name, None) as unit:
        for found in (service.audit(unit) if service.audit else (), common_facts(service, unit)):
            # As each service's own door tells them: text, not objects.
            for fact in found:
                yield {"service": service.name, **{name: _told(value) for name, value in fact.items()}}


def _told(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
