"""Fixtures that all tests share: a real PostgreSQL, a database per service, the town.

The server is the one in DATABASE_URL, else an embedded one that lives for this run; under xdist all workers share it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, Phase, settings
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine, create_engine, text

from shared import migrate
from shared.embedded import any_server
from tests.town import WITH_DATA, Town, service_named

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_SERVER = "BANGKOM_TEST_SERVER"
_LMS_KEY = Fernet.generate_key().decode()
_whole_run = ExitStack()
_LONG = (
    "tests/faults/test_cycle_faults.py",
    "tests/journeys/test_processes.py",
    "tests/journeys/test_whole.py",
    "tests/shared/backup",
    "tests/shared/doctor/test_house.py",
    "tests/browser",
    "tests/deploy/test_dashboards.py",
    "tests/faults/test_bus_faults.py",
)
"""Begun first, in this order: a long test that is begun last leaves the other workers idle."""

# How fast an example runs depends on what else the machine does, so no test fails for it. A test whose examples share a
# fixture brings it back to its start itself. Explaining a failure costs minutes against a real database.
settings.register_profile(
    "house",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    phases=[phase for phase in Phase if phase is not Phase.explain],
)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Start one server before xdist's workers start, who inherit its address."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        url = _whole_run.enter_context(any_server())
        os.environ[_SERVER] = url.render_as_string(hide_password=False)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long ones first; within a file everything keeps its place."""
    long = [config.rootpath / name for name in _LONG]
    assert all(path.exists() for path in long), "_LONG names what is not there"

    def place(item: pytest.Item) -> int:
        return next((at for at, path in enumerate(long) if item.path.is_relative_to(path)), len(long))

    items.sort(key=place)


def pytest_unconfigure(config: pytest.Config) -> None:
    _whole_run.close()


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command run inside a test sets up the logs of this process."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session", autouse=True)
def no_data_left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """pytest keeps its folders for a while. What root's embedded servers keep outside of them is large and goes at
    once."""
    yield
    if os.geteuid() == 0:
        for note in Path("/var/lib/bangkom").glob("data-*.home"):
            try:
                of = Path(note.read_text(encoding="utf-8"))
            except FileNotFoundError:
                continue  # Another worker ends at this moment and cleared its own.
            if of.is_relative_to(tmp_path_factory.getbasetemp()):
                shutil.rmtree(note.with_suffix(""), ignore_errors=True)
                note.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for all tests of this process: playwright allows no second one beside it."""
    if not shutil.which(CHROMIUM):
        pytest.fail(f"There is no Chromium at {CHROMIUM}; install Debian's package chromium or set CHROMIUM.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The administrator's address of the server."""
    if _SERVER in os.environ:
        yield os.environ[_SERVER]
        return
    with any_server() as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def engines(server_url: str, worker_id: str) -> Iterator[dict[str, Engine]]:
    made: dict[str, Engine] = {}
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    for name in WITH_DATA:
        database = f"test_{os.getpid()}_{worker_id}_{name}"
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)'))
            connection.execute(text(f'CREATE DATABASE "{database}" TEMPLATE template0'))
        made[name] = create_engine(admin.url.set(database=database))
        migrate.upgrade(made[name], service_named(name))
    yield made
    for engine in made.values():
        engine.dispose()
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{engine.url.database}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture
def town(engines: dict[str, Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    """The town with empty databases and a clock of its own."""
    monkeypatch.setenv("BANGKOM_ENV", "development")
    monkeypatch.setenv("BANGKOM_CLOCK_FILE", str(tmp_path / "clock"))
    monkeypatch.setenv("BANGKOM_LMS_KEYS", _LMS_KEY)
    # The town's steps are not paced by a real clock; the test of the pace sets its own.
    monkeypatch.setattr("services.bridge.domain.CALLS_AT_ONCE", 1_000_000)
    made = Town({name: service_named(name) for name in engines}, engines)
    made.empty()
    return made
