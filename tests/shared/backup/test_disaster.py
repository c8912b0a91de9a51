"""A disaster from beginning to end: a house is backed up, goes on working, is lost, and comes back elsewhere."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo import house
from demo.city import write
from shared.embedded import place_of
from shared.whole import Whole
from tests.journeys.main_job import check_seats, story_of


@pytest.fixture
def _environment_as_it_was() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.mark.usefixtures("_environment_as_it_was")
def test_a_lost_house_comes_back_as_it_was_when_it_was_backed_up(tmp_path: Path) -> None:
    place = str(tmp_path / "backups")
    lost, new = tmp_path / "lost", tmp_path / "new"
    with house.up(lost, 0) as whole:
        story = story_of(house.doors(whole), seed=1, patience=60)
        story.arrive(write(story.city, tmp_path / "files"))
        story.plan()
        story.nominate()
        (lost / "lms" / "site" / "in").mkdir(parents=True)
        (lost / "lms" / "site" / "in" / "facts.csv").write_text("nip\n")
        batch_id = story.book.batches["first"]
        at_backup = story.cycle.settled(batch_id)
        made = json.loads(whole.command("backup", "create", "--at", place, "--json").stdout)
        # The gap: what happens from here on is lost with the machine.
        story.change_minds()
        check_seats(story)
        assert story.cycle.settled(batch_id) != at_backup
    key = (lost / "lms.key").read_bytes() if (lost / "lms.key").exists() else None
    shutil.rmtree(place_of(lost))
    shutil.rmtree(lost)

    again = Whole(new)
    new.mkdir(mode=0o711)
    if key is not None:  # The operator keeps keys apart; no backup holds one.
        (new / "lms.key").write_bytes(key)
    restored = again.command("backup", "restore", made["name"], "--at", place, "--json", check=False)
    assert restored.returncode == 0, restored.stderr
    told = json.loads(restored.stdout)
    assert (told["rows"], told["files"]) == (made["rows"], 1)
    assert told["replayed"]["enrolment"] > 5
    assert (new / "lms" / "site" / "in" / "facts.csv").read_text() == "nip\n"
    with house.up(new, 0) as whole:
        mended = whole.command("reconcile", "--fix", "--settled", "--english", check=False)
        assert mended.returncode == 0, mended.stdout + mended.stderr
        assert mended.stdout.splitlines()[-1].startswith("sound"), "this is what audit --settled says"
        story.cycle.doors = house.doors(whole)
        assert story.cycle.settled(batch_id) == at_backup
        # It is in use, so a restore over it is refused; and it can be worked with.
        refused = whole.command("backup", "restore", "--at", place, "--replace", "--english", check=False)
        assert refused.returncode == 1
        assert "Stop `bangkom web` and `bangkom work` first" in refused.stderr
        story.change_minds()
        check_seats(story)
        assert house.look_at(whole)["ok"]
