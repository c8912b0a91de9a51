"""The rehearsal of a disaster: a backup put back into databases that are made for it and go away again."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from sqlalchemy import URL, Engine

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
