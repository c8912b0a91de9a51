"""The keys with which a site signs, and sealing everything anew."""

import click

from services.bridge.commands.opened import opened, unit
from services.bridge.handlers import keys as handlers
from services.bridge.handlers import sign_in


@click.command("key")
@click.argument("code")
@click.option("--retire", metavar="KEY", help="Let this key count no more, instead of making one.")
@click.option("--list", "listing", is_flag=True, help="Show the keys without their secrets.")
def key(code: str, retire: str | None, listing: bool) -> None:
    """Make a key with which the LMS CODE signs its calls; its secret is shown once. Two keys may count at once."""
    with unit(opened("lms key")) as made:
        if listing:
            for one in handlers.keys_of(made, code):
                state = f"- {one['retired_at']:%Y-%m-%d}" if one["retired_at"] else ""
                click.echo(f"{one['key_id']}  {one['created_at']:%Y-%m-%d} {state}".rstrip())
            return
        if retire:
            handlers.retire_key(made, code, retire)
            click.echo(f"{retire}: mati / retired")
            return
        key_id, secret = handlers.make_key(made, code)
    click.echo(f"Kunci / key:      {key_id}")
    click.echo(f"Rahasia / secret: {secret}")
    click.echo("Isi keduanya di LMS sekarang; rahasia tidak ditampilkan lagi.", err=True)
    click.echo("Enter both in the LMS now; the secret is not shown again.", err=True)


@click.command("rotate")
def rotate() -> None:
    """Seal the settings and secrets of all LMSs anew with the first of BANGKOM_LMS_KEYS."""
    with unit(opened("lms rotate")) as made:
        count = handlers.rotate(made) + sign_in.reseal(made)
    click.echo(f"{count} rahasia disegel ulang / secrets sealed anew")
