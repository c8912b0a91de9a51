"""Registering LMSs, listing them, and making a course in one."""

import json
import sys
from functools import partial
from typing import Any

import click
from marshmallow import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.bridge.commands.opened import asked, connector_of, opened, sentence, site_of, unit
from services.bridge.contract import Capability, Course, Result
from services.bridge.domain import NOT_CAPABLE, PLUGIN_NOT_LOADED
from services.bridge.handlers import sites
from services.bridge.handlers.diagnosis import lacking
from services.bridge.plugins import why_not
from services.bridge.schemas import SiteIn
from shared.ids import id_of


@click.command("add")
@click.argument("code")
@click.option("--name", default="", help="What people call it; the code without this.")
@click.option("--plugin", required=True, help="The plugin that speaks to it: moodle, lti, csv, null, ...")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting of the plugin.")
@click.option("--agency", "agencies", multiple=True, type=click.UUID, help="Only for this agency; may be repeated.")
@click.option("--change", is_flag=True, help="Change one that is registered already.")
def add(code: str, name: str, plugin: str, settings: tuple[str, ...], agencies: tuple[Any, ...], change: bool) -> None:
    """Register the LMS CODE. A value of `-` is read from standard input, so that a token is in no history."""
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
    with unit(opened("lms add")) as made:
        site = (sites.change_site if change else sites.add_site)(made, **body)
    click.echo(f"{code}: {plugin}")
    why = why_not(plugin)
    if why:
        click.echo(PLUGIN_NOT_LOADED(plugin=plugin, why=why).sentence(), err=True)
        return
    for language, begin in (("id", "LMS ini tidak dapat"), ("en", "This LMS cannot")):
        cannot = lacking(site, language)
        if cannot:
            click.echo(f"{begin}: {', '.join(cannot)}", err=True)


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def list_sites(as_json: bool) -> None:
    """List them with their health."""
    with unit(opened("lms list")) as made:
        views = sites.site_views(made)
    keys = ("code", "name", "plugin", "agencies", "capabilities", "health")
    if as_json:
        click.echo(json.dumps({"items": [{key: one[key] for key in keys} for one in views]}, default=str))
        return
    table = Table("LMS", "Nama", "Plugin", "Keadaan", "Menunggu", box=None)
    for one in views:
        health = one["health"]
        rest = f" ({health['resting_until']:%H:%M:%S} UTC)" if health["resting_until"] else ""
        state = f"{health['state']}{rest} {health['detail']}".strip()
        # Text, not markup: a name such as [red] must appear as it was given.
        words = (one["code"], one["name"], one["plugin"], state, str(health["waiting"]))
        table.add_row(*(Text(harmless(word)) for word in words))
    Console().print(table)


@click.command("course")
@click.argument("code")
@click.argument("course")
@click.argument("name")
@click.option("--category", default="", help="Where the LMS is to put it, by its own name for it.")
def course(code: str, course: str, name: str, category: str) -> None:
    """Make the empty course COURSE, called NAME, in the LMS CODE."""
    with unit(opened("lms course")) as made:
        site = site_of(made, code)
    connector = connector_of(site)
    if Capability.COURSES not in connector.capabilities:
        raise click.ClickException(NOT_CAPABLE().sentence())
    wish = Course(key=str(id_of("course", code, course, name, category)), course=course, name=name, category=category)
    answers = asked(partial(connector.create_courses, [wish]))
    (answer,) = answers
    if answer.result is not Result.DONE:
        raise click.ClickException(sentence(answer.code or "lms.refused"))
    click.echo(f"{code}: {course}")


def harmless(word: str) -> str:
    """A word that a terminal only shows: without control characters, which could move its cursor or retitle it."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in word)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter("NAME=VALUE", param_hint="--set")
    if value == "-":
        value = sys.stdin.readline().strip()
    return name.strip(), value
