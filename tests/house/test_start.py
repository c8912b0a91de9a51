"""What a command loads before it does anything."""

import subprocess
import sys

import pytest

from tests.house.code import ROOT

ASKS = """
import sys
from click.testing import CliRunner
from shared.cli import bangkom
told = CliRunner().invoke(bangkom, sys.argv[1:])
assert told.exit_code == 0, told.output
print(*sorted(set(sys.modules) & {"scipy", "numpy", "openpyxl"}), "services.surveys.app" in sys.modules)
"""


@pytest.mark.parametrize(
    ("words", "loaded"),
    [
        pytest.param(["--help"], "True", id="the help page, for which all services are loaded"),
        pytest.param(["audit", "--help"], "False", id="a command of the house, for which none is"),
    ],
)
def test_a_command_starts_without_the_statistics(words: list[str], loaded: str) -> None:
    ran = subprocess.run([sys.executable, "-c", ASKS, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [loaded]
