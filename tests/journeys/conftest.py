"""What the journeys share: an environment of their own, and the broker they speak over."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


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
