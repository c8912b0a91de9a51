import pytest

from tests.town import Town


@pytest.fixture
def town(town: Town) -> Town:
    """A town of enrolment alone: what it says waits in its outbox, and the others' answers are given by hand."""
    return town.only("enrolment")
