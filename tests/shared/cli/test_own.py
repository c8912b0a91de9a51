"""The house's own commands are found by their names, and each loads its own code only."""

import subprocess
import sys

import click
import pytest

from shared.cli import OWN, bangkom
from tests.house.code import ROOT

HEAVY = {"alembic", "fsspec", "kombu", "pika", "waitress"}
ASKS = f"""
import sys
from click.testing import CliRunner
from shared.cli import bangkom
told = CliRunner().invoke(bangkom, sys.argv[1:])
assert told.exit_code == 0, told.output
print(*sorted(set(sys.modules) & {HEAVY!r}))
"""


@pytest.mark.parametrize("name", OWN)
def test_a_command_has_the_name_it_is_found_by(name: str) -> None:
    command = bangkom.get_command(click.Context(bangkom), name)
    assert command is not None
    assert command.name == name


def test_a_command_that_only_signs_loads_neither_databases_nor_brokers() -> None:
    words = [sys.executable, "-c", ASKS, "token", "--help"]
    ran = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []
