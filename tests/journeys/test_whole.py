"""The main job in the embedded whole: one process, embedded PostgreSQL, memory broker, everything over HTTP."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from demo import house
from demo.city import write
from shared.provision import setting_of
from tests.journeys.main_job import play, story_of


@pytest.mark.usefixtures("own_environment")
def test_the_next_run_is_better_because_of_the_first(tmp_path: Path) -> None:
    with house.up(tmp_path / "home", 0) as whole:
        play(story_of(house.doors(whole), seed=1, patience=60), tmp_path / "files")
        found = house.look_at(whole)
    assert found["broken"] == []
    assert found["checked"] > 500


@pytest.mark.usefixtures("own_environment")
def test_an_operator_sees_what_is_broken_and_mends_it_by_saying_it_again(tmp_path: Path) -> None:
    """A restored database has forgotten what it had heard; the commands are those of another shell."""
    with house.up(tmp_path / "home", 0) as whole:
        story = story_of(house.doors(whole), seed=1, patience=60)
        story.arrive(write(story.city, tmp_path / "files"))
        story.plan()
        story.nominate()
        assert house.look_at(whole)["ok"]
        assert whole.command("audit", "--settled", "--english").stdout.startswith("sound")
        told = whole.command("explain", story.book.batches["first"], "--english").stdout
        assert "enrolment" in told

        engine = create_engine(whole.environment[setting_of("budget")])
        with engine.begin() as connection:
            assert connection.execute(text("DELETE FROM inbox")).rowcount > 3
        engine.dispose()
        found = whole.command("audit", "--settled", "--json", check=False)
        assert found.returncode == 1
        assert {row["rule"] for row in json.loads(found.stdout)["broken"]} == {"event.unclaimed"}
        assert whole.command("reconcile", "--settled", check=False).returncode == 1
        assert whole.command("reconcile", "--settled", "--fix").returncode == 0
        assert whole.command("audit", "--settled", check=False).returncode == 0
