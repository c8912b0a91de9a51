"""`topology` and `dead`: what concerns the broker."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine

from shared import rights, topology
from shared.cli.run import service_name
from shared.config import BrokerSettings, DatabaseSettings, read
from shared.db import engine_of
from shared.dead import list_dead, replay_dead, show_dead
from shared.home import home, make_folder, write_private
from shared.provision import kept_passwords
from shared.service import Service
from shared.services import service_named, services


@click.group("topology")
def topology_group() -> None:
    """Exchanges and queues on the broker."""


@topology_group.command("apply")
def apply() -> None:
    """Declare everything; harmless when repeated."""
    topology.apply(read(BrokerSettings).broker_url, services())
    click.echo("declared")


@topology_group.command("check")
def check() -> None:
    """Say what is missing or different; ends with 1 where anything is."""
    found = topology.check(read(BrokerSettings).broker_url, services())
    for sentence in found:
        click.echo(sentence)
    sys.exit(1 if found else 0)


@click.command("broker-users")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write the files to."
)
def broker_users(out: Path) -> None:
    """Write users of the broker with least rights, one a service.

    For the broker and virtual host in AMQP_URL: definitions.json for `rabbitmqctl import_definitions`, and for each
    user the address to give to its worker. Passwords are made once and kept in BANGKOM_HOME/broker-passwords.
    """
    broker_url = read(BrokerSettings).broker_url
    owners = [service for service in services() if service.metadata is not None]
    passwords = kept_passwords(home() / "broker-passwords", [*(service.name for service in owners), rights.TOPOLOGY])
    make_folder(out)
    made = rights.definitions(owners, passwords, rights.vhost_of(broker_url))
    write_private(out / "definitions.json", json.dumps(made, indent=2) + "\n")
    for name, password in passwords.items():
        write_private(out / f"{name}.AMQP_URL", rights.address_for(broker_url, name, password) + "\n")
    click.echo(f"{len(passwords)} users in {out}; next: rabbitmqctl import_definitions {out / 'definitions.json'}")


@click.group("dead")
def dead_group() -> None:
    """Events that a service could not handle."""


_service = click.option("--service", required=True, callback=service_name, help="Whose dead letters.")


@dead_group.command("list")
@_service
def list_command(service: str) -> None:
    """The dead letters of a service, oldest first."""
    with _reach(service) as (one, engine, broker_url):
        for letter in list_dead(one, engine, broker_url):
            click.echo(f"{letter.letter_id}  {letter.type}  {letter.attempts} tries  {letter.error}")


@dead_group.command("show")
@_service
@click.argument("letter_id")
def show_command(service: str, letter_id: str) -> None:
    """One dead letter with its data."""
    with _reach(service) as (one, engine, broker_url):
        letter = show_dead(one, engine, broker_url, letter_id)
    if letter is None:
        sys.exit(f"{service} has no dead letter {letter_id}")
    click.echo(f"{letter.type}\nfailed first: {letter.first_failed_at}\ntries: {letter.attempts}\nwhy: {letter.error}")
    click.echo(letter.data.decode("utf-8", "replace"))


@dead_group.command("replay")
@_service
@click.argument("letter_ids", nargs=-1)
def replay_command(service: str, letter_ids: tuple[str, ...]) -> None:
    """Give dead letters (all without an id) to the service again."""
    with _reach(service) as (one, engine, broker_url):
        count = replay_dead(one, engine, broker_url, list(letter_ids) or None)
    click.echo(f"{count} given to {service} again")


@contextmanager
def _reach(name: str) -> Iterator[tuple[Service, Engine, str]]:
    engine = engine_of(read(DatabaseSettings, name).database_url, pool=1, name="bangkom dead")
    try:
        yield service_named(name), engine, read(BrokerSettings).broker_url
    finally:
        engine.dispose()
