"""The command `bangkom`: what every installation needs, and what the services add.

The house's own commands load no service, so that they work while one is broken, and each loads its own code only: a
process that starts needn't wait for what backups and tables on a terminal are made with. A service adds commands with
Service.commands; a group that two of them name alike (`import`) becomes one.
"""

import importlib
import os
import sys
from collections.abc import Mapping, MutableMapping
from functools import cached_property

import click

from shared.config import BadSettings
from shared.embedded import CannotStart as DatabaseCannotStart
from shared.errors import DomainError, Mendable
from shared.home import home, running
from shared.observe import logs
from shared.services import services

OWN: Mapping[str, str] = {
    "up": "run:up",
    "web": "run:web",
    "work": "run:work",
    "setup": "data:setup_command",
    "migrate": "data:migrate_command",
    "provision": "data:provision_command",
    "replay": "data:replay_command",
    "topology": "bus:topology_group",
    "broker-users": "bus:broker_users",
    "dead": "bus:dead_group",
    "backup": "backup:backup_group",
    "doctor": "doctor:doctor",
    "audit": "house:audit",
    "explain": "house:explain",
    "reconcile": "house:reconcile",
    "watch": "watch:watch",
    "token": "sign:token",
}
"""The house's own commands: the module beside this one that has it, and its name there."""


class Commands(click.Group):
    """The commands of the house, then those of the services, each loaded when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*sorted(OWN), *super().list_commands(ctx), *sorted(self._added)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in OWN:
            return super().get_command(ctx, cmd_name) or self._added.get(cmd_name)
        module, _, attribute = OWN[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"shared.cli.{module}"), attribute)
        return command

    @cached_property
    def _added(self) -> dict[str, click.Command]:
        made: dict[str, click.Command] = {}
        for service in services():
            if service.commands is not None:
                merge(made, service.commands.commands, service.name)
        for name in made:
            if name in OWN:
                raise ValueError(f"a service adds the command {name!r}, which the house has itself")
        return made


def merge(into: MutableMapping[str, click.Command], added: Mapping[str, click.Command], owner: str) -> None:
    """Add commands; groups of one name become one group, and two commands of one name are a mistake in the code."""
    for name, command in added.items():
        known = into.get(name)
        if known is None:
            into[name] = _copy(command) if isinstance(command, click.Group) else command
        elif isinstance(known, click.Group) and isinstance(command, click.Group):
            merge(known.commands, command.commands, owner)
        else:
            raise ValueError(f"{owner} adds the command {name!r}, which another service has already")


def _copy(group: click.Group) -> click.Group:
    """A group of its own, so that merging does not write into a service's."""
    made = click.Group(group.name, help=group.help, callback=group.callback, params=group.params)
    merge(made.commands, group.commands, group.name or "")
    return made


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="bangkom")
def bangkom() -> None:
    """Competence development beside the LMS you already use."""
    logs(os.environ.get("BANGKOM_LOG_LEVEL", "warning"), pretty=sys.stderr.isatty())
    note = running(home())
    if note is not None:
        # A whole runs here: commands from another shell work on it. What was set by hand goes first.
        for name, value in note["environment"].items():
            os.environ.setdefault(name, value)


def main() -> None:
    """Run the command line; what a person can mend ends with a sentence instead of a trace."""
    try:
        bangkom(prog_name="bangkom")
    except (BadSettings, DatabaseCannotStart, Mendable) as error:
        sys.exit(str(error))
    except DomainError as error:
        english = not os.environ.get("LANG", "").startswith("id")
        sys.exit(f"{error.code}: {error.sentence('en' if english else 'id')}")
