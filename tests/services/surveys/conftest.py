"""A scene in an empty town."""

import pytest

from tests.services.surveys.scene import Scene
from tests.town import Town


@pytest.fixture
def scene(town: Town) -> Scene:
    return Scene(town)
