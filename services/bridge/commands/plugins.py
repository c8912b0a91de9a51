"""`bangkom lms plugins`: which plugins there are, what they can do, and which can't be loaded."""

import json
import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.bridge.commands.sites import harmless
from services.bridge.contract import Capability
from services.bridge.domain import PLUGIN_NOT_LOADED
from services.bridge.plugins import capabilities, places, why_not


@click.command("plugins")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def plugins(as_json: bool) -> None:
    """List the plugins that are installed; 1 where one can't be loaded."""
    rows: list[dict[str, Any]] = []
    for name, place in sorted(places().items()):
        why = why_not(name)
        able = [] if why else [one.name.lower() for one in Capability if one.name and one in capabilities(name)]
        rows.append({"name": name, "place": place, "capabilities": able, "problem": why})
    if as_json:
        click.echo(json.dumps({"items": rows}))
    else:
        table = Table("Plugin", "Dapat / can", box=None)
        for row in rows:
            words = " ".join(row["capabilities"])
            if row["problem"]:
                words = PLUGIN_NOT_LOADED(plugin=row["name"], why=row["problem"]).sentence()
            table.add_row(Text(harmless(row["name"])), Text(harmless(words)))
        Console().print(table)
    sys.exit(1 if any(row["problem"] for row in rows) else 0)
