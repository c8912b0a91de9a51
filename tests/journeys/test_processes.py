"""The main job in separate processes over a real RabbitMQ: a web and a work process for each service."""

from pathlib import Path

import pytest

from demo import house
from shared.house import House
from tests.journeys.main_job import play, story_of
from tests.journeys.processes import Processes


@pytest.mark.usefixtures("own_environment")
def test_the_next_run_is_better_because_of_the_first(tmp_path: Path, broker_url: str) -> None:
    with Processes(tmp_path / "home", broker_url) as processes:
        doors = processes.doors
        play(story_of(doors, seed=1, patience=60), tmp_path / "files")
        report = house.settled_report(House(doors.addresses, doors.token(house.ASKING)))
    assert report.broken == ()
    assert report.checked > 500
