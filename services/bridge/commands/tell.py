"""`bangkom lms tell`: a message to people, through the LMS that they use."""

import json
import sys
from functools import partial

import click

from services.bridge.commands.opened import asked, connector_of, opened, site_of, unit
from services.bridge.contract import MOST_ROWS, Capability, Message, Result
from services.bridge.domain import NOT_CAPABLE, UNKNOWN_PERSON
from services.bridge.handlers.facts import agencies_of
from services.bridge.store import facts
from shared.ids import id_of

MOST_SUBJECT = 200
MOST_TEXT = 10_000


@click.command("tell")
@click.argument("code")
@click.argument("nips", nargs=-1)
@click.option("--subject", required=True, help="One line.")
@click.option("--text", required=True, help="Plain text.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
def tell(code: str, nips: tuple[str, ...], subject: str, text: str, as_json: bool) -> None:
    """Tell people something in the LMS CODE: those with these NIPS, or, without any, with those in standard input, one
    a line. The same words to the same person are told once a day. 1 where somebody was not told."""
    wanted = list(dict.fromkeys(nip.strip() for nip in nips or sys.stdin if nip.strip()))
    if not subject.strip() or not text.strip() or len(subject) > MOST_SUBJECT or len(text) > MOST_TEXT:
        raise click.UsageError(f"--subject: 1..{MOST_SUBJECT}, --text: 1..{MOST_TEXT}")
    with unit(opened("lms tell")) as made:
        site, today = site_of(made, code), made.now.date().isoformat()
        known = facts.people_by_nip(made.db, wanted, agencies_of(made, site))
    connector = connector_of(site)
    if Capability.MESSAGES not in connector.capabilities:
        raise click.ClickException(NOT_CAPABLE().sentence())
    messages = [
        Message(key=str(id_of("message", code, nip, subject, text, today)), nip=nip, subject=subject, text=text)
        for nip in wanted
        if nip in known
    ]
    refused = {nip: UNKNOWN_PERSON.code for nip in wanted if nip not in known}
    for start in range(0, len(messages), MOST_ROWS):
        part = messages[start : start + MOST_ROWS]
        answers = {answer.key: answer for answer in asked(partial(connector.post_messages, part))}
        for message in part:
            answer = answers.get(message.key)
            if answer is None or answer.result is not Result.DONE:
                refused[message.nip] = answer.code if answer is not None else "lms.not_answered"
    if as_json:
        click.echo(json.dumps({"site": code, "told": len(wanted) - len(refused), "refused": refused}))
    else:
        click.echo(f"{code}: {len(wanted) - len(refused)} diberi tahu / told")
        for nip, word in refused.items():
            click.echo(f"{nip}: {word}", err=True)
    sys.exit(1 if refused else 0)
