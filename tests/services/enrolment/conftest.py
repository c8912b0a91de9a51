import pytest

from tests.services.enrolment.scene import Scene, scene
from tests.town import Town


@pytest.fixture
def town(town: Town) -> Town:
    """A town of enrolment alone: what it says waits in its outbox, and the others' answers are given by hand."""
    return town.only("enrolment")


@pytest.fixture
def city(town: Town) -> Scene:
    """That town with a programme, agencies and people in it."""
    return scene(town)
