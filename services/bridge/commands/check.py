"""`bangkom lms check`: how the bridge gets on with an LMS, and what to do where it doesn't."""

import json
import sys

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.bridge.commands.opened import asked, connector_of, opened, sentence, site_of, unit
from services.bridge.commands.sites import harmless
from services.bridge.contract import Finding, Health
from services.bridge.handlers.diagnosis import lacking, own_findings
from shared.errors import CATALOGUE

WHAT = {
    "address": ("Alamat", "Address"),
    "moodle": ("Moodle", "Moodle"),
    "plugin": ("Plugin di LMS", "Plugin in the LMS"),
    "rights": ("Hak", "Rights"),
    "clock": ("Jam", "Clock"),
    "cron": ("Cron", "Cron"),
    "block_list": ("Daftar blokir cURL", "cURL block list"),
    "lti": ("Alat LTI", "LTI tool"),
    "outbox": ("Fakta menunggu", "Facts waiting"),
    "calls": ("Panggilan menunggu", "Calls waiting"),
    "courses": ("Kursus", "Courses"),
    "drift": ("Selisih", "Differences"),
    "id_number": ("Nomor ID", "ID number"),
    "key": ("Kunci", "Key"),
    "heard": ("Terakhir terdengar", "Last heard"),
}


@click.command("check")
@click.argument("code")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", help="What to say it in.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def check(code: str, language: str, as_json: bool) -> None:
    """Look at the LMS CODE from both sides; 1 where something is to be done."""
    with unit(opened("lms check")) as made:
        site = site_of(made, code)
        own = own_findings(made, site)
    health = asked(connector_of(site).check)
    findings = [*_theirs(health, language), *own]
    well = health.ok and all(one.ok for one in findings)
    if as_json:
        rows = [{"what": one.what, "ok": one.ok, "seen": one.seen, "do": _do(one, language)} for one in findings]
        click.echo(json.dumps({"site": code, "ok": well, "findings": rows, "cannot": lacking(site, language)}))
    else:
        _show(findings, lacking(site, language), language)
    sys.exit(0 if well else 1)


def _theirs(health: Health, language: str) -> list[Finding]:
    """The plugin's findings; of one that has none, its health as one."""
    if health.findings:
        return list(health.findings)
    words = sentence(health.detail, language) if health.detail in CATALOGUE else health.detail
    return [Finding(what="address", ok=health.ok, indonesian=words, english=words)]


def _show(findings: list[Finding], cannot: list[str], language: str) -> None:
    english = language == "en"
    heads = ("", "What", "Seen", "To do") if english else ("", "Apa", "Terlihat", "Lakukan")
    table = Table(*heads, box=None)
    for one in findings:
        words = ("ok" if one.ok else "!!", WHAT.get(one.what, (one.what,) * 2)[english], one.seen, _do(one, language))
        table.add_row(*(Text(harmless(word)) for word in words))
    console = Console()
    console.print(table)
    if cannot:
        console.print(Text(("This LMS cannot: " if english else "LMS ini tidak dapat: ") + ", ".join(cannot)))


def _do(finding: Finding, language: str) -> str:
    return "" if finding.ok else finding.english if language == "en" else finding.indonesian
