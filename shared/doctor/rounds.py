"""Which checks there are."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from shared.doctor import bus, databases, machine, processes, web
from shared.doctor.finding import Check
from shared.service import Service


def checks(services: Sequence[Service], certificate: Path | None = None) -> list[Check]:
    """Everything there is to look at for these services, in the order to tell it."""
    owners = [service for service in services if service.metadata is not None]
    return [
        *(Check("settings", one.name, partial(processes.settings, one)) for one in services),
        *(Check("database", one.name, partial(databases.database, one, owners)) for one in owners),
        Check("broker", "AMQP_URL", partial(bus.broker, services)),
        *(Check("service", one.name, partial(web.service, one)) for one in owners),
        Check("door", "BANGKOM_PUBLIC_URL", web.door),
        Check("certificate", "TLS", partial(web.certificate, certificate)),
        *(Check("sites", one.name, web.sites) for one in owners if one.name == web.BRIDGE),
        Check("disk", "disk", machine.disk),
        Check("backup", "BANGKOM_BACKUP", machine.backup),
    ]
