"""`token`: sign in at the command line, in development or with the installation's own key."""

from uuid import UUID

import click

from shared.auth import EVERYWHERE, ROLES, Principal
from shared.config import SignSettings, read
from shared.home import home
from shared.ids import new_id
from shared.issuer import DevelopmentIssuer
from shared.operator_key import operator_token


@click.command()
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), help="May be given several times.")
@click.option("--agency", type=click.UUID, help="Where the roles hold; everywhere without it.")
@click.option("--person", type=click.UUID, help="Who it is for; somebody new without it.")
@click.option("--minutes", type=click.IntRange(1, 60 * 24 * 30), default=60 * 8, show_default=True)
def token(roles: tuple[str, ...], agency: UUID | None, person: UUID | None, minutes: int) -> None:
    """Print a token, signed with BANGKOM_OPERATOR_KEY where that is set, else by the development issuer."""
    principal = Principal(str(person or new_id()), {str(agency or EVERYWHERE): frozenset(roles)})
    key = read(SignSettings, process="bangkom token").operator_key
    if key:
        click.echo(operator_token(key, principal, minutes * 60))
        return
    click.echo(DevelopmentIssuer(home()).token(principal, minutes * 60))
