"""A small town with people, money and events in it; a place for its backups; empty databases beside it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from sqlalchemy import Engine, text

from demo.city import write
from shared import migrate
from shared.backup import Manifest, Place, Restored, create, restore
from shared.cli import main
from shared.service import Service
from tests.house.code import ROOT
from tests.journeys.main_job import story_of
from tests.journeys.town_doors import TownDoors, environment
from tests.town import Town

SAY = text("INSERT INTO outbox (event_id, type, key, items, data) VALUES (:id, 'bangkom.test.said.v1', 'k', 1, '')")


@pytest.fixture
def peopled(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town after its files came in: staff, budget, programmes, and what the services told each other of them."""
    for name, value in environment(town).items():
        monkeypatch.setenv(name, value)
    story = story_of(TownDoors(town), seed=1)
    story.arrive(write(story.city, tmp_path / "city"))
    town.run()
    return town


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(str(tmp_path / "backups"))


@dataclass
class Elsewhere:
    """Databases beside the town's, to restore into."""

    engines: dict[str, Engine]
    services: dict[str, Service]

    def restore(self, manifest: Manifest, place: Place, *only: str, replace: bool = False) -> Restored:
        wanted = [service for name, service in self.services.items() if not only or name in only]
        return restore(manifest, place, wanted, self.engines, {}, replace=replace)


@pytest.fixture
def elsewhere(town: Town, server_url: str) -> Iterator[Elsewhere]:
    with ExitStack() as stack:
        engines = {name: stack.enter_context(migrate.scratch(server_url)) for name in town.services}
        yield Elsewhere(engines, town.services)


def backed_up(town: Town, place: Place) -> Manifest:
    return create(town.engines, place, {})


def contents(engines: Mapping[str, Engine]) -> dict[str, list[str]]:
    """Every row of every database as text, sorted; without what a restore is meant to change."""
    found: dict[str, list[str]] = {}
    for service, engine in engines.items():
        with engine.connect() as connection:
            tables = connection.scalars(
                text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
            ).all()
            for table in tables:
                rows = connection.scalars(text(f'SELECT to_jsonb(t)::text FROM "{table}" t')).all()
                if table == "outbox":
                    query = text(
                        "SELECT (to_jsonb(t) - '{sent_at,parked_at,attempts,next_at}'::text[])::text FROM outbox t"
                    )
                    rows = connection.scalars(query).all()
                found[f"{service}.{table}"] = sorted(rows)
    return found


@dataclass
class Ran:
    """How a command ended and what it said."""

    returncode: int
    stdout: str
    stderr: str


def bangkom(environ: Mapping[str, str], *words: str) -> Ran:
    """`bangkom WORDS` in this process, with no setting in its environment but these."""
    ours = ("BANGKOM_", "AMQP_URL", "DATABASE_URL")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    out, err = StringIO(), StringIO()
    code: object = 0
    with (
        mock.patch.dict(os.environ, {**clean, **environ}, clear=True),
        mock.patch.object(sys, "argv", ["bangkom", *words]),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            code = end.code
    if isinstance(code, str):
        return Ran(1, out.getvalue(), err.getvalue() + code)
    return Ran(int(code or 0), out.getvalue(), err.getvalue())  # type: ignore[call-overload]


def kill_in_the_middle(program: str, environ: Mapping[str, str], *words: str) -> None:
    """Run a Python program until it says that it is in the middle, then kill -9."""
    with subprocess.Popen(
        [sys.executable, "-c", program, *words],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environ},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.kill()
        assert said == "in the middle\n"
