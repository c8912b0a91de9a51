"""Needs a Docker engine, Compose, and the images of docker-compose.yml with that of deploy/Dockerfile among them.
`make test-containers` sets BANGKOM_CONTAINERS; without it these are not collected, so that nothing is skipped
elsewhere."""

import os
from collections.abc import Iterator

import pytest

from demo.story import Story
from tests.containers.house import Containers
from tests.journeys.main_job import play, story_of

collect_ignore_glob = [] if os.environ.get("BANGKOM_CONTAINERS") else ["test_*.py"]


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Containers]:
    """The house, healthy and empty."""
    folder = tmp_path_factory.mktemp("containers") / "test"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BANGKOM_ENV", "development")
        patch.setenv("BANGKOM_CLOCK_FILE", str(folder / "clock"))
        with Containers(folder) as containers:
            yield containers


@pytest.fixture(scope="session")
def played(house: Containers) -> Story:
    """The main job, played through the door to its end and checked on the way."""
    story = story_of(house.doors, seed=1, patience=120)
    play(story, house.folder / "files")
    return story


@pytest.fixture(scope="session")
def seen() -> list[tuple[str, str, float, int, int]]:
    """What the faults did: container, fault, seconds until all was well again, requests tried meanwhile, and failed."""
    return []
