"""Fixtures of the bridge's tests."""

from collections.abc import Iterator

import pytest

from services.bridge import plugins
from tests.services.bridge.given import LMS, SITE, Lms
from tests.town import Town


@pytest.fixture
def town(town: Town) -> Town:
    """A town of the bridge alone: what it says waits in its outbox, and what others say is given by hand."""
    return town.only("bridge")


@pytest.fixture
def lms(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lms]:
    """An LMS in memory behind the plugin `pretender`; `dumb` is a plugin that can do nothing."""
    here = "tests.services.bridge.given"
    made_up = {"pretender": "Pretender", "seer": "Seer", "dumb": "Dumb", "gone": "Gone"}
    known = {**plugins.places(), **{name: f"{here}:{kind}" for name, kind in made_up.items()}}
    monkeypatch.setattr(plugins, "places", lambda: known)
    monkeypatch.setattr("services.bridge.handlers.sites.places", lambda: known)
    made = Lms()
    monkeypatch.setitem(LMS, SITE, made)
    yield made
    if made.hang is not None:
        made.hang.set()
