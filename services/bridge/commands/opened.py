"""What every command of the bridge begins with: units, and a site with the object of its plugin."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import Engine, Row

from services.bridge.contract import Connector, Site, SiteFailed
from services.bridge.domain import PLUGIN_NOT_LOADED
from services.bridge.plugins import connect, why_not
from services.bridge.sealing import open_settings
from services.bridge.store import sites
from shared.config import DatabaseSettings, read
from shared.db import engine_of
from shared.errors import CATALOGUE, DomainError
from shared.unit import Unit, unit_of


def opened(process: str) -> Engine:
    """The bridge's database."""
    return engine_of(read(DatabaseSettings, "bridge", process=process).database_url)


@contextmanager
def unit(engine: Engine) -> Iterator[Unit]:
    """One transaction; a rule's no becomes a sentence at the terminal."""
    try:
        with unit_of(engine, "bridge") as made:
            yield made
    except DomainError as no:
        raise click.ClickException(no.sentence()) from no


def site_of(made: Unit, code: str) -> Row[Any]:
    """The site with this code."""
    found = sites.site(made.db, code)
    if found is None:
        raise click.ClickException(f"{code}: LMS ini belum terdaftar / no such LMS")
    return found


def connector_of(site: Row[Any]) -> Connector:
    """The plugin's object for a site; a sentence where it can't be made. What the plugin says is not repeated."""
    why = why_not(site.plugin)
    if why:
        raise click.ClickException(PLUGIN_NOT_LOADED(plugin=site.plugin, why=why).sentence())
    try:
        return connect(site.plugin, Site(code=site.code, settings=open_settings(site.settings)))
    except DomainError as no:
        raise click.ClickException(no.sentence()) from no
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
        raise click.ClickException(f"{site.plugin}: {type(error).__name__}") from None


def asked(call: Callable[[], Any]) -> Any:
    """What a plugin answers; a sentence where it fails."""
    try:
        return call()
    except SiteFailed as no:
        raise click.ClickException(sentence(no.code)) from None
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything
        raise click.ClickException(f"lms.plugin_failed {type(error).__name__}") from None


def sentence(code: str, language: str = "id") -> str:
    """A code word with what it means."""
    known = CATALOGUE.get(code)
    return f"{code}: {known().sentence(language)}" if known else code
