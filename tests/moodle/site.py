"""A Moodle for tests, spoken to by its command line and its web services."""

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import requests

from plugins.moodle import dist

SCENARIO = Path(__file__).with_name("scenario.php")


class Moodle:
    """The Moodle in `folder`, served at `url`. `token` is the bridge's, once made; `upgraded` is what the upgrade
    said."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.token = ""
        self.upgraded = ""

    def php(self, script: str | Path, *words: str) -> str:
        """What a script says on its output and its errors; it has to end well."""
        loud = ["-d", "max_input_vars=5000", "-d", "display_errors=1", "-d", "error_reporting=-1"]
        command = ["php", *loud, str(script), *words]
        environ = os.environ | {"MOODLE_DIR": str(self.folder)}
        ran = subprocess.run(command, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=600)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    def setting(self, name: str) -> str:
        return self.php("admin/cli/cfg.php", f"--name={name}").rstrip("\n")

    def set(self, name: str, value: str) -> None:
        self.php("admin/cli/cfg.php", f"--name={name}", f"--set={value}")

    def call(self, function: str, **given: object) -> Any:
        """Call a function of local_bangkom; rows travel as one JSON text."""
        words = {name: json.dumps(value) if isinstance(value, list) else value for name, value in given.items()}
        data = {"wstoken": self.token, "wsfunction": f"local_bangkom_{function}", "moodlewsrestformat": "json", **words}
        answer = requests.post(f"{self.url}/webservice/rest/server.php", data=data, timeout=120)
        answer.raise_for_status()
        return answer.json()

    def results(self, function: str, rows: Sequence[Mapping[str, object]]) -> dict[str, tuple[str, str]]:
        """Result and code by key."""
        said = self.call(function, rows=list(rows))
        return {row["key"]: (row["result"], row["code"]) for row in said["results"]}

    def scenario(self, name: str, *words: str) -> Any:
        """Something that people do in the Moodle; see scenario.php."""
        said = self.php(SCENARIO, name, *words).splitlines()
        return json.loads(next(line.removeprefix("=> ") for line in said if line.startswith("=> ")))

    def send(self) -> dict[str, int]:
        """Let the task run as cron would, pause or no pause; answer how many rows are in each state."""
        self.scenario("no_pause")
        self.php("admin/cli/scheduled_task.php", r"--execute=\local_bangkom\task\send")
        lines = [line.split("\t") for line in self.php("local/bangkom/cli/outbox.php").splitlines() if "\t" in line]
        return {name: int(count) for name, count in lines if name != "lag"}

    def forget_the_outbox(self) -> None:
        self.scenario("forget")


def install(moodle: Moodle) -> None:
    """Put the three plugins as they are now into the Moodle, unpacked from their zips, and upgrade it."""
    with tempfile.TemporaryDirectory() as folder:
        for path in dist.build(Path(folder)):
            there = moodle.folder / dist.PLUGINS[path.stem]
            shutil.rmtree(there / "bangkom", ignore_errors=True)
            with zipfile.ZipFile(path) as archive:
                archive.extractall(there)
    moodle.upgraded = moodle.php("admin/cli/upgrade.php", "--non-interactive")
