"""Needs a Moodle for tests: MOODLE_DIR is its folder, MOODLE_URL where it is served. `make test-moodle` runs these;
without the two variables they are not collected, so that nothing is skipped elsewhere."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from plugins.moodle import dist
from tests.moodle.bridge import Bridge
from tests.moodle.site import Moodle

collect_ignore_glob = [] if os.environ.get("MOODLE_URL") and os.environ.get("MOODLE_DIR") else ["test_*.py"]


@pytest.fixture(scope="session")
def moodle(tmp_path_factory: pytest.TempPathFactory) -> Moodle:
    """The Moodle with the three plugins as they are now, unpacked from their zips and upgraded."""
    site = Moodle(Path(os.environ["MOODLE_DIR"]), os.environ["MOODLE_URL"].rstrip("/"))
    for path in dist.build(tmp_path_factory.mktemp("dist")):
        folder = site.folder / dist.PLUGINS[path.stem]
        shutil.rmtree(folder / "bangkom", ignore_errors=True)
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    site.upgraded = site.php("admin/cli/upgrade.php", "--non-interactive")
    return site


@pytest.fixture
def bridge(moodle: Moodle) -> Iterator[Bridge]:
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


def pytest_sessionfinish() -> None:
    """PHP keeps compiled files until their time changes; a Moodle that is served has to see these."""
    folder = os.environ.get("MOODLE_DIR")
    if folder:
        for plugin in dist.PLUGINS.values():
            subprocess.run(["find", f"{folder}/{plugin}/bangkom", "-exec", "touch", "{}", "+"], check=False)
