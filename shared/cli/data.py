"""`provision`, `migrate` and `replay`: what concerns databases."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from amqp.exceptions import AccessRefused, NotAllowed
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from shared import migrate, topology
from shared.cli.run import service_name
from shared.config import BadSettings, BrokerSettings, DatabaseSettings, ProvisionSettings, read
from shared.db import engine_of
from shared.home import home
from shared.provision import kept_passwords, name_of, provision, setting_of, write_settings
from shared.replay import replay
from shared.service import Service
from shared.services import services

_AGO = re.compile(r"(\d{1,5})([mhd])")
_NOT_IN = (
    "the server does not let us in. See that it is up, that its name and port are right, and that the user has this "
    "password and may do this; then run the command again, it goes on from where it stopped"
)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@click.command("migrate")
@click.argument("only", nargs=-1)
def migrate_command(only: tuple[str, ...]) -> None:
    """Bring the databases of all services (or the ones named) to the newest schema."""
    _migrate("bangkom migrate", _addresses("bangkom migrate", only))


@click.command("setup")
def setup_command() -> None:
    """Prepare or upgrade an installation: databases and roles, schemas, exchanges and queues. Harmless when repeated.

    For a server and a broker that belong to this installation: DATABASE_URL is the administrator's, the roles get the
    passwords that stand in the services' own addresses.
    """
    admin = read(ProvisionSettings, process="bangkom setup").admin_url
    broker_url = read(BrokerSettings, process="bangkom setup").broker_url
    urls = _addresses("bangkom setup", ())
    wrong = {
        setting_of(service.name): f"must name role and database {name_of(service.name)}, and a password"
        for service, url in urls
        if (url.username, url.database) != (name_of(service.name),) * 2 or not url.password
    }
    if wrong:
        raise BadSettings("bangkom setup", wrong)
    with _let_in("bangkom setup", "DATABASE_URL"):
        provision(admin, {service.name: str(url.password) for service, url in urls})
    _migrate("bangkom setup", urls)
    with _let_in("bangkom setup", "AMQP_URL"):
        topology.apply(broker_url, services())
    click.echo("broker: declared")


def _addresses(process: str, only: Sequence[str]) -> list[tuple[Service, URL]]:
    """Each service that has a database, with its address."""
    owners = [service for service in services(only) if service.metadata is not None]
    urls: dict[str, URL] = {}
    missing: dict[str, str] = {}
    for service in owners:
        try:
            urls[service.name] = read(DatabaseSettings, service.name).database_url
        except BadSettings as error:
            missing |= dict.fromkeys(error.names, "is missing or wrong")
    if missing:
        raise BadSettings(process, missing)
    return [(service, urls[service.name]) for service in owners]


def _migrate(process: str, urls: Sequence[tuple[Service, URL]]) -> None:
    for service, url in urls:
        engine = engine_of(url, pool=1, name="bangkom migrate")
        try:
            with _let_in(process, setting_of(service.name)):
                migrate.upgrade(engine, service)
        finally:
            engine.dispose()
        click.echo(f"{service.name}: at the newest schema")


@contextmanager
def _let_in(process: str, setting: str) -> Iterator[None]:
    """BadSettings where the server that the setting names does not let us in; what it says itself holds its address."""
    try:
        yield
    except OperationalError as error:
        # While a connection is made the driver knows no SQLSTATE.
        if (getattr(error.orig, "sqlstate", None) or "08").startswith(("08", "28", "57P")):
            raise BadSettings(process, {setting: _NOT_IN}) from None
        raise
    except (AccessRefused, NotAllowed, OSError):
        raise BadSettings(process, {setting: _NOT_IN}) from None


@click.command("provision")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the addresses into this file.")
def provision_command(out: Path | None) -> None:
    """Make each service's database and role on the server in DATABASE_URL.

    Passwords are made once and kept in BANGKOM_HOME/passwords. The addresses go to the file, or to standard output.
    """
    settings = read(ProvisionSettings, process="bangkom provision")
    owners = [service.name for service in services() if service.metadata is not None]
    urls = provision(settings.admin_url, kept_passwords(home() / "passwords", owners))
    if out is not None:
        write_settings(out, urls)
        click.echo(f"{len(urls)} addresses in {out}")
        return
    for name, url in urls.items():
        click.echo(f"{setting_of(name)}={url.render_as_string(hide_password=False)}")


@click.command("replay")
@click.option("--service", required=True, callback=service_name, help="Whose events to send again.")
@click.option("--since", required=True, callback=lambda *args: moment(args[2]), help='As "2h", "7d" or a time.')
def replay_command(service: str, since: datetime) -> None:
    """Send again what a service said since then; receivers drop what they have."""
    engine = engine_of(read(DatabaseSettings, service).database_url, pool=1, name="bangkom replay")
    try:
        click.echo(f"{replay(engine, since)} events of {service} will be sent again")
    finally:
        engine.dispose()


def moment(text: str) -> datetime:
    """A moment from "90m", "2h", "7d" (ago) or ISO 8601; without a zone it is UTC."""
    ago = _AGO.fullmatch(text)
    if ago:
        return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is neither like 2h or 7d nor a time like 2026-01-31T08:00+07:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
