"""`audit`, `explain` and `reconcile`: the house looks at itself, tells what happened, and mends by saying things
again."""

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.audit import RULES, Fact, Report
from shared.auth import AUDITOR, EVERYWHERE, OPERATOR, Principal
from shared.config import BadSettings, HouseSettings, read, value_of
from shared.dead import list_dead
from shared.home import home
from shared.house import House, Unanswered, listeners, remedies, without_remedy
from shared.house import audit as audit_house
from shared.issuer import DevelopmentIssuer
from shared.memory import is_memory
from shared.operator_key import operator_token
from shared.service import Service
from shared.services import services

_MOST_SHOWN = 50
_MENDED_WITHIN = 60.0
_LOOK_EVERY = 1.0

_settled = click.option("--settled", is_flag=True, help="Nothing should be on its way: no grace, empty outboxes.")
_as_json = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
_english = click.option("--english", is_flag=True, help="In English.")


@click.command()
@_settled
@_as_json
@_english
def audit(settled: bool, as_json: bool, english: bool) -> None:
    """Ask every service and join what they say; ends with 1 where a rule is broken."""
    report = _audited(settled)
    if as_json:
        click.echo(json.dumps({"ok": report.ok, "checked": report.checked, "broken": report.broken}, default=str))
    else:
        _show(report, english)
    sys.exit(0 if report.ok else 1)


@click.command()
@click.argument("thing_id", type=click.UUID)
@_as_json
@_english
def explain(thing_id: UUID, as_json: bool, english: bool) -> None:
    """Tell what happened to a seat, batch, line or finding, and why."""
    try:
        found = _house().explain(thing_id)
    except Unanswered as error:
        sys.exit(str(error))
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    if not found:
        sys.exit("No service knows it." if english else "Tidak ada layanan yang mengenalnya.")
    table = Table(box=None, header_style="bold")
    for title in ("When", "Service", "What") if english else ("Kapan", "Layanan", "Apa"):
        table.add_column(title)
    for item in found:
        table.add_row(item["at"], item["service"], Text(item["what"]["en" if english else "id"]))
    Console().print(table)


@click.command()
@click.option("--fix", is_flag=True, help="Let the services say it again, and wait until it is mended.")
@_settled
@_english
def reconcile(fix: bool, settled: bool, english: bool) -> None:
    """Show what has come apart past its deadline and who should say what again; with --fix they do.

    Ends with 1 where something stays broken.
    """
    report = _audited(settled)
    if report.ok or not fix:
        _show(report, english)
        for remedy in remedies(report):
            click.echo(f"{remedy.service}: say again {remedy.kind} x {len(remedy.ids)}")
        sys.exit(0 if report.ok else 1)
    until = time.monotonic() + _MENDED_WITHIN
    tried: set[str] = set()
    while not report.ok and time.monotonic() < until:
        for remedy in remedies(report):
            # Said once; what mends takes its time, and saying it again at each look would only add to the queue.
            if repr(remedy) not in tried:
                tried.add(repr(remedy))
                click.echo(f"{remedy.service}: said again {_house().say_again(remedy)} ({remedy.kind})")
        if without_remedy(report) and not remedies(report):
            break
        time.sleep(_LOOK_EVERY)
        report = _audited(settled)
    _show(report, english)
    sys.exit(0 if report.ok else 1)


def _house() -> House:
    missing: dict[str, str] = {}
    addresses: dict[str, str] = {}
    token = key = None
    for service in _owners():
        try:
            settings = read(HouseSettings, service.name)
            addresses[service.name] = settings.url
            token, key = settings.token, settings.operator_key
        except BadSettings as error:
            missing |= dict.fromkeys(error.names, "is missing or wrong")
    if missing:
        raise BadSettings("This command", missing)
    if token is None:
        asking = Principal("service:command", {EVERYWHERE: frozenset({AUDITOR, OPERATOR})})
        token = operator_token(key, asking, 600) if key else DevelopmentIssuer(home()).token(asking, seconds=600)
    return House(addresses, token)


def _owners() -> list[Service]:
    return [service for service in services() if service.metadata is not None]


def _audited(settled: bool) -> Report:
    try:
        return audited(settled)
    except Unanswered as error:
        sys.exit(str(error))


def audited(settled: bool) -> Report:
    """What all services say, joined; Unanswered where one could not be asked."""
    return audit_house(_house(), listeners(_owners()), settled=settled, buried=_in_the_broker)


def _in_the_broker() -> Iterator[Fact]:
    """Dead letters in the queues of a real broker; in memory mode they are rows that each service's audit names."""
    broker_url = value_of("AMQP_URL", os.environ)
    if not broker_url or is_memory(broker_url):
        return
    for service in _owners():
        for letter in list_dead(service, None, broker_url):
            yield {"fact": "dead", "service": service.name, "event_id": letter.letter_id}


def _show(report: Report, english: bool) -> None:
    console = Console()
    if report.ok:
        console.print(f"{'sound' if english else 'sehat'}: {report.checked} {'facts' if english else 'fakta'}")
        return
    table = Table(box=None, header_style="bold")
    for title in ("Rule", "What it means", "Row") if english else ("Aturan", "Artinya", "Baris"):
        table.add_column(title)
    for row in report.broken[:_MOST_SHOWN]:
        table.add_row(row["rule"], _meaning(row["rule"], english), Text(_told(row)))
    console.print(table)
    console.print(f"{len(report.broken)} {'broken of' if english else 'rusak dari'} {report.checked}")


def _meaning(rule: str, english: bool) -> str:
    indonesian, in_english = RULES.get(rule, (rule, rule))
    return in_english if english else indonesian


def _told(row: dict[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in row.items() if name != "rule")
