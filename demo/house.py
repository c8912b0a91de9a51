"""The house that the demo runs in: the embedded whole, its doors, and its audit."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from demo.world import HttpDoors, in_process
from shared.audit import Report
from shared.auth import AUDITOR, EVERYWHERE, OPERATOR, Principal
from shared.house import House, audit, listeners
from shared.services import services
from shared.whole import CannotStart, Whole

ASKING = Principal("service:demo", {EVERYWHERE: frozenset({AUDITOR, OPERATOR})})


@contextmanager
def up(home: Path, port: int) -> Iterator[Whole]:
    """The whole, running on this home; this process shares its clock and its issuer."""
    whole = Whole(home, port)
    try:
        whole.start()
        whole.join()
        yield whole
    except CannotStart as error:
        raise click.ClickException(str(error)) from error
    finally:
        whole.stop()


def doors(whole: Whole) -> HttpDoors:
    """Its services over HTTP, and its commands."""
    return HttpDoors(whole.addresses, whole.token, in_process)


def look_at(whole: Whole) -> Mapping[str, Any]:
    """What the audit finds when everything has come to rest: ok, how many facts were checked, the broken rows."""
    return shown(settled_report(House(owned(whole.addresses), whole.token(ASKING))))


def owned(addresses: Mapping[str, str]) -> dict[str, str]:
    """The addresses of the services that own data."""
    return {service.name: addresses[service.name] for service in services() if service.metadata is not None}


def settled_report(house: House, tries: int = 10) -> Report:
    """An audit that allows nothing to be on its way; asked again while the last events are still being heard."""
    heard = listeners(services())
    report = audit(house, heard, settled=True)
    while not report.ok and tries > 0:
        tries -= 1
        report = audit(house, heard, settled=True)
    return report


def shown(report: Report) -> Mapping[str, Any]:
    """A report as data."""
    return {"ok": report.ok, "checked": report.checked, "broken": [dict(row) for row in report.broken]}
