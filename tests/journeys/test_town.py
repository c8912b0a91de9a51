"""The main job in the test town: all services on real databases, events carried by hand, in order and in disorder."""

import json
from pathlib import Path

import pytest

from demo import answers
from demo.city import write
from tests.journeys.main_job import play, story_of
from tests.journeys.town_doors import TownDoors, environment
from tests.town import Town


@pytest.mark.parametrize("seed", [None, 5])
def test_the_next_run_is_better_because_of_the_first(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int | None
) -> None:
    for name, value in environment(town).items():
        monkeypatch.setenv(name, value)
    play(story_of(TownDoors(town, seed), seed=1), tmp_path / "files")


def test_without_a_finding_nothing_is_changed_and_the_account_says_so(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(town).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(answers, "FIRST_RUN", answers.CONTENT)
    story = story_of(TownDoors(town), seed=2)
    account = json.loads(json.dumps(story.run(write(story.city, tmp_path / "files")).data()))
    assert (account["finding"], account["decision"], account["effect"], account["told"]) == (None, None, None, 0)
    assert account["version"] == {"before": 1, "after": 1}
    assert account["survey"]["answered"] == story.size.answered
