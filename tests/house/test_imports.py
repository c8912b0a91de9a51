"""Who may import whom. The rules between packages are import-linter's, in pyproject.toml; what it can't say is here."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.code import ROOT, files, imported

DOMAIN = [path for path in files("services") if "domain" in (*path.parts[2:3], path.stem)]


def test_packages_keep_the_import_rules() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_there_is_a_domain_to_look_at() -> None:
    assert len({path.parts[1] for path in DOMAIN}) >= 5


@pytest.mark.parametrize("path", DOMAIN, ids=str)
def test_a_domain_imports_the_standard_library_events_and_errors_only(path: Path) -> None:
    own = f"services.{path.parts[1]}.domain"
    for name in imported(path):
        allowed = (
            name.partition(".")[0] in sys.stdlib_module_names
            or f"{name}.".startswith(("shared.events.", f"{own}."))
            or name == "shared.errors"
        )
        assert allowed, f"{path} imports {name}"


def test_events_and_errors_import_the_standard_library_only() -> None:
    for path in [*files("shared/events"), Path("shared/errors.py")]:
        for name in imported(path):
            assert name.partition(".")[0] in sys.stdlib_module_names or name.startswith("shared.events"), path


def test_metrics_are_declared_in_one_file() -> None:
    allowed = {Path("shared/metrics.py"), Path("deploy/gunicorn.conf.py")}
    for path in files("shared", "services", "plugins", "demo"):
        if path not in allowed:
            assert not any(name.startswith("prometheus_client") for name in imported(path)), path


def test_no_rule_looks_at_the_clock_by_itself() -> None:
    for path in DOMAIN:
        text = (ROOT / path).read_text(encoding="utf-8")
        for word in ("datetime.now(", "date.today(", "time.time("):
            assert word not in text, f"{path} asks {word}"
