"""`python -m demo`: the whole house on this machine, the demo city in it, and the main job from beginning to end."""

import json
import os
import random
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console

from demo import house
from demo.city import build, write
from demo.cycle import Cycle
from demo.show import show_account, show_pages
from demo.sign_in import personas
from demo.story import Story, begin
from demo.tell import Teller
from shared.issuer import keep_personas


@click.command()
@click.option("--seed", default=1273, show_default=True, help="The same seed makes the same city and the same answers.")
@click.option("--home", type=click.Path(file_okay=False, path_type=Path), help="Keep the data here; must be empty.")
@click.option("--port", default=8080, show_default=True, help="Where the pages are; 0 takes any free one.")
@click.option("--no-serve", is_flag=True, help="End after the story instead of leaving the pages up.")
@click.option("--json", "as_json", is_flag=True, help="Print the account as one JSON object, as the last line.")
@click.option("--lang", "language", type=click.Choice(["id", "en"]), default="id", show_default=True)
def main(seed: int, home: Path | None, port: int, no_serve: bool, as_json: bool, language: str) -> None:
    """Load a demo city, run the main job on it over HTTP, tell it, and leave the pages up."""
    began = time.monotonic()
    tell = Teller(Console(stderr=as_json), language)
    with _home(home) as folder, house.up(folder, port) as whole:
        doors = house.doors(whole)
        city = build(seed, begin(doors))
        story = Story(Cycle(doors, random.Random(f"{seed}:story")), city, tell)
        account = story.run(write(city, _files(folder)))
        account = replace(account, audit=house.look_at(whole))
        people = personas(story)
        keep_personas(folder, people)
        show_account(tell, account, time.monotonic() - began)
        if as_json:
            click.echo(json.dumps(account.data(), ensure_ascii=False))
        if not no_serve:
            show_pages(tell, whole.address, story.book.batches["first"], people)
            _until_ended()


def _files(home: Path) -> Path:
    """Where the city's files go: demo/files, or the home where this checkout can't be written to."""
    here = Path(__file__).parent
    return here / "files" if os.access(here, os.W_OK) else home / "files"


@contextmanager
def _home(given: Path | None) -> Iterator[Path]:
    """A fresh folder for the data: the one given, if it is empty, or one that goes away afterwards."""
    if given is not None:
        if given.exists() and any(given.iterdir()):
            raise click.ClickException(f"{given} is not empty; the demo begins with an empty folder.")
        yield given.resolve()
        return
    # The whole makes the folder itself, with the mode that its database needs.
    folder = Path(tempfile.gettempdir()) / f"bangkom-demo-{secrets.token_hex(6)}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _until_ended() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()


if __name__ == "__main__":
    main()
