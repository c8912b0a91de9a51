"""What the bridge adds to the command line: LMS sites."""

import json
from typing import Any

import click
from marshmallow import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.bridge.handlers import sites
from services.bridge.schemas import SiteIn
from shared.config import DatabaseSettings, read
from shared.db import engine_of
from shared.errors import DomainError
from shared.unit import unit_of

COMMANDS = click.Group("bridge")


@COMMANDS.group("lms")
def lms_group() -> None:
    """The LMSs that Bangkom speaks to."""


@lms_group.command("add")
@click.argument("code")
@click.option("--name", default="", help="What people call it; the code without this.")
@click.option("--plugin", required=True, help="The plugin that speaks to it: null, csv, ...")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of the plugin.")
@click.option("--agency", "agencies", multiple=True, type=click.UUID, help="Only for this agency; may be repeated.")
@click.option("--change", is_flag=True, help="Change one that is registered already.")
def add(code: str, name: str, plugin: str, settings: tuple[str, ...], agencies: tuple[Any, ...], change: bool) -> None:
    """Register the LMS CODE."""
    given = {
        "code": code,
        "name": name or code,
        "plugin": plugin,
        "settings": dict(_pair(one) for one in settings),
        "agencies": [str(agency) for agency in agencies],
    }
    try:
        body = SiteIn().load(given)
    except ValidationError as error:
        raise click.ClickException(json.dumps(error.messages, ensure_ascii=False)) from error
    engine = engine_of(read(DatabaseSettings, "bridge", process="lms add").database_url)
    try:
        with unit_of(engine, "bridge") as unit:
            (sites.change_site if change else sites.add_site)(unit, **body)
    except DomainError as no:
        raise click.ClickException(no.sentence()) from no
    click.echo(f"{code}: {plugin}")


@lms_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def list_sites(as_json: bool) -> None:
    """List them with their health."""
    engine = engine_of(read(DatabaseSettings, "bridge", process="lms list").database_url)
    with unit_of(engine, "bridge") as unit:
        views = sites.site_views(unit)
    keys = ("code", "name", "plugin", "agencies", "capabilities", "health")
    if as_json:
        click.echo(json.dumps({"items": [{key: one[key] for key in keys} for one in views]}, default=str))
        return
    table = Table("LMS", "Nama", "Plugin", "Keadaan", "Menunggu", box=None)
    for one in views:
        health = one["health"]
        state = f"{health['state']} {health['detail']}".strip()
        # Text, not markup: a name such as [red] must appear as it was given.
        words = (one["code"], one["name"], one["plugin"], state, str(health["waiting"]))
        table.add_row(*(Text(word) for word in words))
    Console().print(table)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter("NAME=VALUE", param_hint="--set")
    return name.strip(), value
