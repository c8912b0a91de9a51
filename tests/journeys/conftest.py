"""What the journeys share: an environment of their own, and the broker they speak over."""

import io
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared import traces
from shared.observe import logs
from tests.collector import ENDPOINT, collecting
from tests.journeys.personal import Watched


@pytest.fixture
def own_environment(tmp_path: Path) -> Iterator[None]:
    """A development clock of its own; what a journey sets in the environment is gone afterwards."""
    before = dict(os.environ)
    os.environ.update({"BANGKOM_ENV": "development", "BANGKOM_CLOCK_FILE": str(tmp_path / "clock")})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def broker_url() -> str:
    """The RabbitMQ of the test run."""
    return os.environ.get("AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2F")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    """All that is said from here on, at the level that says most, and every span."""
    root = logging.getLogger()
    before, level, heard = list(root.handlers), root.level, io.StringIO()
    root.handlers.clear()
    logs("debug", heard)
    root.setLevel(logging.DEBUG)
    with collecting() as collector:
        monkeypatch.setenv(ENDPOINT, collector.url)
        traces.start("town")
        yield Watched(heard, collector)
        traces.stop()
    root.handlers[:] = before
    root.setLevel(level)
