"""Runs every check there is: `make test`. Finds or starts what the tests need first, and says what to do where it
can't.

    python -m tests.run            everything
    python -m tests.run --soak     what takes minutes: simulations, faults over many seeds
    python -m tests.run --bench    the measurements with their bars
    python -m tests.run -- -k bus  words after -- go to pytest, and only pytest runs
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.needs import Missing, a_broker, a_browser, a_phpunit, the_prometheus

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BENCHES = ("bus", "http", "scrape")
SOAKED = "10"
"""Seeds of the faults in a soak, unless FAULT_RUNS says otherwise: some four minutes each."""


def main(words: Sequence[str]) -> int:
    """Run what was asked for; 1 where any of it failed."""
    began = time.monotonic()
    with ExitStack() as stack:
        try:
            os.environ["AMQP_URL"] = stack.enter_context(a_broker())
            os.environ["CHROMIUM"] = a_browser()
            os.environ["PHPUNIT"] = a_phpunit()
            the_prometheus()
            # The tests start some hundred processes of the house: each would compile every module for itself.
            os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        except Missing as error:
            print(f"\n{error}", file=sys.stderr)  # noqa: T201
            return 1
        failed = [name for name, command in steps(words) if not passes(name, command)]
    seconds = round(time.monotonic() - began)
    say(f"{seconds} s: " + (f"failed: {', '.join(failed)}" if failed else "all passed"))
    return 1 if failed else 0


def steps(words: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The checks by name."""
    if "--bench" in words:
        for name in BENCHES:
            yield f"bench.{name}", [PYTHON, "-m", f"bench.{name}"]
        return
    yield "front end", [PYTHON, "-m", "services.portal.build"]
    if "--soak" in words:
        yield "soak", [PYTHON, "-m", "pytest", "tests/soak", "tests/faults", "-q"]
        return
    if "--" in words:
        yield "tests", [PYTHON, "-m", "pytest", *words[list(words).index("--") + 1 :]]
        return
    yield "format", [PYTHON, "-m", "ruff", "format", "--check", "."]
    yield "lint", [PYTHON, "-m", "ruff", "check", "."]
    yield "types", [PYTHON, "-m", "mypy"]
    yield (
        "tests",
        [
            PYTHON,
            "-m",
            "pytest",
            "-n",
            str(min(4, os.cpu_count() or 1)),
            "--dist",
            "worksteal",
            "-q",
            "--durations",
            "12",
        ],
    )


def passes(name: str, command: Sequence[str]) -> bool:
    """Run one check, showing what it says."""
    say(name)
    environ = {"FAULT_RUNS": SOAKED, **os.environ} if name == "soak" else dict(os.environ)
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode == 0


def say(line: str) -> None:
    width = shutil.get_terminal_size().columns
    print(f"\n── {line} ".ljust(min(width, 100), "─"), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
