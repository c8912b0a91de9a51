"""`bangkom doctor`: everything the house stands on, and what to do."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from shared.doctor import BAD, OK, WARN, Finding, checks, look
from shared.doctor.finding import failed
from shared.services import names, service_named

WHAT = {
    "settings": ("Setelan", "Settings"),
    "database": ("Basis data", "Database"),
    "migrations": ("Migrasi", "Migrations"),
    "rights": ("Hak peran", "Role's rights"),
    "clock": ("Jam", "Clock"),
    "broker": ("Broker", "Broker"),
    "topology": ("Antrean", "Queues"),
    "dead letters": ("Surat mati", "Dead letters"),
    "service": ("Layanan", "Service"),
    "door": ("Pintu umum", "Public door"),
    "certificate": ("Sertifikat", "Certificate"),
    "sites": ("LMS", "LMS"),
    "disk": ("Disk", "Disk"),
    "backup": ("Cadangan", "Backup"),
}
STATES = {OK: ("baik", "ok", "green"), WARN: ("awas", "warn", "yellow"), BAD: ("buruk", "bad", "red")}


@click.command()
@click.option("--time-out", default=15.0, show_default=True, type=click.FloatRange(1, 300), help="Seconds for it all.")
@click.option("--certificate", type=click.Path(path_type=Path, dir_okay=False), help="A PEM file to look at as well.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.option("--english", is_flag=True, help="In English.")
def doctor(time_out: float, certificate: Path | None, as_json: bool, english: bool) -> None:
    """Look at settings, databases, broker, clocks, disk, LMSs, certificate and backups, and say what to do.

    Changes nothing, and works while things are down. Ends with 1 where something is bad.
    """
    services, unloaded = [], []
    for name in names():
        try:
            services.append(service_named(name))
        except Exception as error:  # noqa: BLE001 - a service that can't be loaded is what a doctor is for
            unloaded.append(failed("settings", name, error))
    found = unloaded + look(checks(services, certificate), time_out)
    bad = sum(one.state == BAD for one in found)
    if as_json:
        rows = [
            {"check": one.check, "subject": one.subject, "state": one.state, "seen": one.seen, "do": one.do(english)}
            for one in found
        ]
        click.echo(json.dumps({"ok": bad == 0, "findings": rows}, ensure_ascii=False))
    else:
        _show(found, english)
    sys.exit(1 if bad else 0)


def _show(found: list[Finding], english: bool) -> None:
    console = Console(highlight=False)
    for one in found:
        indonesian, word, colour = STATES[one.state]
        what = WHAT.get(one.check, (one.check, one.check))[english]
        line = f"{what} {one.subject}" + (f": {one.seen}" if one.seen else "")
        console.print(Text.assemble((f"{word if english else indonesian:<6}", colour), line), soft_wrap=True)
        if one.state != OK:
            console.print(Text(f"      -> {one.do(english)}"), soft_wrap=True)
    count = {state: sum(one.state == state for one in found) for state in STATES}
    click.echo(", ".join(f"{count[state]} {words[english]}" for state, words in STATES.items()))
