"""LMSs that open Bangkom over LTI 1.3: the link with which one registers, what is registered, rosters, keys."""

import json
from collections import Counter
from typing import Any
from uuid import UUID

import click

from services.bridge.commands.opened import opened, site_of, unit
from services.bridge.contract import MOST_ROWS
from services.bridge.handlers import launches, registration, sign_in, sites
from services.bridge.launching import CallFailed
from services.bridge.store import launches as store
from services.bridge.store import sites as site_store
from services.bridge.tools.signing import LTI, TOKEN
from shared.http import Outside

_MOST = 20 * 1024 * 1024


@click.command("lti-link")
@click.argument("code")
@click.option("--name", default="", help="What people call it, where it is not registered yet.")
@click.option("--agency", "agencies", multiple=True, type=click.UUID, help="Only for this agency; may be repeated.")
@click.option("--trainers", is_flag=True, help="Whoever teaches there is a trainer of their agency here.")
@click.option("--email", is_flag=True, help="Find people by e-mail where the LMS gives no NIP.")
@click.option(
    "--custom-nip",
    is_flag=True,
    help="Believe the parameter nip of a link. Only where no teacher can write it.",
)
def link(code: str, name: str, agencies: tuple[UUID, ...], trainers: bool, email: bool, custom_nip: bool) -> None:
    """Print the address with which the LMS CODE registers Bangkom: good once, for a day."""
    options = {"trainers": trainers, "email": email, "nip": "custom" if custom_nip else ""}
    with unit(opened("lms lti-link")) as made:
        if site_store.site(made.db, code) is None:
            sites.add_site(made, code, name or code, "lti", {}, agencies)
        elif agencies:
            raise click.UsageError(f"{code}: the agencies of a registered LMS are changed with `lms add --change`")
        click.echo(registration.link(made, code, options))
    if email:
        click.echo("Siapa pun yang dapat mengubah surelnya di LMS dapat masuk sebagai orang lain.", err=True)
        click.echo("Whoever can change their e-mail in the LMS can enter as somebody else.", err=True)


@click.command("lti-list")
@click.argument("code")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def platforms(code: str, as_json: bool) -> None:
    """What is registered for the LMS CODE."""
    with unit(opened("lms lti-list")) as made:
        site_of(made, code)
        rows = store.platforms_of(made.db, code)
    names = ("issuer", "client_id", "deployments", "options", "created_at")
    items = [{name: getattr(row, name) for name in names} for row in rows]
    if as_json:
        click.echo(json.dumps({"items": items}, default=str))
        return
    for row in rows:
        click.echo(f"{row.issuer}  {row.client_id}  {', '.join(row.deployments) or '-'}  {row.created_at:%Y-%m-%d}")


@click.command("lti-remove")
@click.argument("code")
@click.argument("client_id")
def remove(code: str, client_id: str) -> None:
    """Believe a registration of the LMS CODE no more."""
    with unit(opened("lms lti-remove")) as made:
        if not store.forget_platform(made.db, code, client_id):
            raise click.ClickException(f"{client_id}: tidak terdaftar / not registered")
    click.echo(f"{client_id}: dihapus / removed")


@click.command("lti-roster")
@click.argument("code")
@click.argument("course")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def roster(code: str, course: str, as_json: bool) -> None:
    """Count who is in COURSE (its label) at the LMS CODE, and whom of them Bangkom knows."""
    engine = opened("lms lti-roster")
    with unit(engine) as made:
        site_of(made, code)
        where = store.course(made.db, code, course)
        rows = store.platform_rows(made.db, where.issuer, where.client_id) if where is not None else []
        if where is None or not rows:
            raise click.ClickException(f"{course}: belum ada yang membuka dari kursus ini / nobody came from it yet")
        key = sign_in.tool_key(made)
    found: Counter[str] = Counter()
    nips: list[str] = []
    try:
        outside = Outside(whole=60.0, most=_MOST)
        for member in launches.launcher().roster(outside, store.platform_of(rows[0]), key, where.roster_url):
            found["active" if member.active else "inactive"] += 1
            found["teaching"] += member.teaches
            found["without_nip"] += not member.nip
            if member.nip:
                nips.append(member.nip)
    except CallFailed as error:
        raise click.ClickException(f"{code}: {error.why}") from None
    with unit(engine) as made:
        site = site_of(made, code)
        for start in range(0, len(nips), MOST_ROWS):
            part = nips[start : start + MOST_ROWS]
            known = sign_in.known_at(made, site, part)
            found["known"] += sum(nip in known for nip in part)
    _show(found, as_json)


@click.command("lti-keys")
@click.option("--now", is_flag=True, help="Believe the old keys no more, from now on: somebody may know them.")
def renew(now: bool) -> None:
    """Make new signing keys. Without --now they sign in a day, when everybody has read them; with it whoever came from
    an LMS has to open Bangkom from there again."""
    with unit(opened("lms lti-keys")) as made:
        for kind in (TOKEN, LTI):
            key = sign_in.replace_key(made, kind) if now else sign_in.renew(made, kind, at_once=False)
            click.echo(key.kid)


def _show(found: Counter[str], as_json: bool) -> None:
    names = ("active", "inactive", "teaching", "without_nip", "known")
    shown: dict[str, Any] = {name: found[name] for name in names}
    if as_json:
        click.echo(json.dumps(shown))
        return
    for name in names:
        click.echo(f"{name:<12} {shown[name]:>7}")
