"""Needs a Moodle for tests: MOODLE_DIR is its folder, MOODLE_URL where it is served. `make test-moodle` runs these;
without the two variables they are not collected, so that nothing is skipped elsewhere."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from plugins.moodle import dist
from tests.moodle.bridge import Bridge
from tests.moodle.site import Moodle, install

collect_ignore_glob = [] if os.environ.get("MOODLE_URL") and os.environ.get("MOODLE_DIR") else ["test_*.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write plugins/moodle/golden/answers anew")


@pytest.fixture(scope="session")
def moodle() -> Moodle:
    """The Moodle with the three plugins as they are now."""
    site = Moodle(Path(os.environ["MOODLE_DIR"]), os.environ["MOODLE_URL"].rstrip("/"))
    install(site)
    return site


@contextmanager
def connected(moodle: Moodle) -> Iterator[Bridge]:
    """A bridge that checks signatures and keeps facts, named in the settings of the Moodle, which may call it."""
    before = {name: moodle.setting(name) for name in ("curlsecurityblockedhosts", "curlsecurityallowedport")}
    with Bridge() as there:
        try:
            for name in before:
                moodle.set(name, "")
            moodle.token = moodle.php(
                "local/bangkom/cli/connect.php",
                f"--bridgeurl={there.url}",
                f"--keyid={there.key}",
                f"--secret={there.secret}",
            ).strip()
            moodle.forget_the_outbox()
            yield there
        finally:
            for name, value in before.items():
                moodle.set(name, value)


@pytest.fixture
def bridge(moodle: Moodle) -> Iterator[Bridge]:
    """A bridge of the test's own."""
    with connected(moodle) as there:
        yield there


def pytest_sessionfinish() -> None:
    """PHP keeps compiled files until their time changes; a Moodle that is served has to see these."""
    folder = os.environ.get("MOODLE_DIR")
    if folder:
        for plugin in dist.PLUGINS.values():
            subprocess.run(["find", f"{folder}/{plugin}/bangkom", "-exec", "touch", "{}", "+"], check=False)
