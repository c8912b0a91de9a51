"""The main job in the embedded whole: one process, embedded PostgreSQL, memory broker, everything over HTTP."""

from pathlib import Path

import pytest

from demo import house
from tests.journeys.main_job import play, story_of


@pytest.mark.usefixtures("own_environment")
def test_the_next_run_is_better_because_of_the_first(tmp_path: Path) -> None:
    with house.up(tmp_path / "home", 0) as whole:
        play(story_of(house.doors(whole), seed=1, patience=60), tmp_path / "files")
        found = house.look_at(whole)
    assert found["broken"] == []
    assert found["checked"] > 500
