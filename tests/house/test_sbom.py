"""`make sbom` names every package that is locked."""

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.house.code import ROOT

_LOCKED = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", re.MULTILINE)


def test_every_locked_package_is_in_it(tmp_path: Path) -> None:
    (line,) = [line for line in (ROOT / "Makefile").read_text().splitlines() if "cyclonedx-py" in line]
    out = tmp_path / "sbom.json"
    words = line.replace("@$(BIN)/cyclonedx-py", f"{Path(sys.executable).parent}/cyclonedx-py").split()
    subprocess.run([*words[:-1], str(out)], cwd=ROOT, check=True, capture_output=True)
    made = json.loads(out.read_text())
    found = {(part["name"], part["version"]) for part in made["components"]}
    assert set(_LOCKED.findall((ROOT / "requirements.lock").read_text())) == found
    assert made["metadata"]["component"]["name"] == "bangkom"
