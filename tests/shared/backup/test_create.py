"""Making a backup: it is of one moment, it is whole or it is none."""

import subprocess
import sys
import tarfile
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from shared.backup import Busy, Place, Unusable, create, newest, verify
from shared.backup import cut as cutting
from shared.backup.cut import cut
from shared.backup.files import bundling, put_back
from shared.backup.manifest import Packed
from shared.ids import new_id
from tests.house.code import ROOT
from tests.journeys.town_doors import environment
from tests.shared.backup.fixtures import SAY, backed_up, bangkom, kill_in_the_middle
from tests.town import Town

HEAR = text("INSERT INTO inbox (event_id) VALUES (:id)")
STOPS = """
import signal, sys
from sqlalchemy import create_engine
from shared.backup import Place, create

def watch(what, rows):
    print("in the middle", flush=True)
    signal.pause()

create({"budget": create_engine(sys.argv[1])}, Place(sys.argv[2]), {}, watch)
"""
FULL = """
import resource, sys
from shared.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
sys.argv = ["bangkom", "backup", "create", "--english", "--at", sys.argv[1]]
main()
"""


def test_what_one_database_heard_another_has_said_in_every_cut(town: Town) -> None:
    """Enrolment says without a pause and budget hears at once: a cut in between is what a snapshot of each would be."""
    ended = threading.Event()
    failed: list[BaseException] = []

    def talk() -> None:
        try:
            while not ended.is_set():
                event_id = new_id()
                with town.engines["enrolment"].begin() as db:
                    db.execute(SAY, {"id": event_id})
                with town.engines["budget"].begin() as db:
                    db.execute(HEAR, {"id": event_id})
        except BaseException as error:  # noqa: BLE001 (a thread has nobody else to tell)
            failed.append(error)

    threads = [threading.Thread(target=talk) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        heard: set[UUID] = set()
        for _ in range(15):
            # Budget's snapshot is taken last: without the closed tables it would know what enrolment's does not.
            with cut({name: town.engines[name] for name in ("enrolment", "budget")}) as moment:
                said = set(moment.readers["enrolment"].scalars(text("SELECT event_id FROM outbox")))
                before, heard = heard, set(moment.readers["budget"].scalars(text("SELECT event_id FROM inbox")))
            assert heard <= said
            assert before <= heard
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert heard


def test_a_cut_stays_as_it_was_while_the_town_goes_on(town: Town) -> None:
    count = text("SELECT count(*) FROM outbox")
    with cut(town.engines) as moment:
        with town.engines["budget"].begin() as db:
            db.execute(SAY, {"id": new_id()})
        assert moment.readers["budget"].scalar(count) == 0
        with town.engines["budget"].connect() as db:
            assert db.scalar(count) == 1


def test_a_transaction_that_never_ends_is_waited_for_and_then_named(
    town: Town, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "TRIES", 2)
    monkeypatch.setattr(cutting, "_PAUSE", 0.0)
    with town.engines["budget"].begin() as writer:
        writer.execute(SAY, {"id": new_id()})
        with pytest.raises(Busy, match="pg_stat_activity"):
            backed_up(town, place)
        # Nobody is kept waiting by a try that was given up.
        with town.engines["enrolment"].begin() as db:
            db.execute(SAY, {"id": new_id()})
    assert place.names() == []
    assert backed_up(town, place).rows > 0


def test_a_transaction_that_ends_in_time_costs_a_second_try(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = town.engines["budget"].connect()
    writer.execute(SAY, {"id": new_id()})
    tries = []

    def pause(_seconds: float) -> None:
        tries.append(1)
        writer.commit()

    with cut(town.engines, pause) as moment:
        assert moment.readers["budget"].scalar(text("SELECT count(*) FROM outbox")) == 1
    writer.close()
    assert tries == [1]


def test_a_backup_is_sound_and_says_what_is_in_it(peopled: Town, place: Place) -> None:
    began = datetime.now(UTC)
    manifest = backed_up(peopled, place)
    assert verify(manifest, place) == []
    assert began < manifest.started <= manifest.cut <= manifest.ended
    people = {table.name: table.rows.lines for table in manifest.databases["enrolment"].tables}["person"]
    with peopled.engines["enrolment"].connect() as db:
        assert people == db.scalar(text("SELECT count(*) FROM person")) > 200
    assert place.manifest() == manifest
    assert newest(place.address) == manifest.cut
    assert place.folder is not None
    assert (place.folder / manifest.name).stat().st_mode & 0o077 == 0


def test_killed_in_the_middle_it_is_no_backup(town: Town, place: Place) -> None:
    whole = backed_up(town, place)
    url = town.engines["budget"].url.render_as_string(hide_password=False)
    kill_in_the_middle(STOPS, {}, url, place.address)
    first, second = place.listed()
    assert (first.manifest, second.manifest) == (None, whole)
    assert first.name > second.name
    assert place.manifest() == whole
    assert newest(place.address) == whole.cut
    told = bangkom({}, "backup", "list", "--english", "--at", place.address)
    assert told.returncode == 0
    assert "not whole" in told.stdout
    # The dead process keeps nobody from making the next one, which takes its remains away a day later.
    again = backed_up(town, place)
    assert place.keep(5, datetime.now(UTC)) == []
    assert place.keep(5, datetime.now(UTC) + timedelta(days=2)) == [first.name]
    assert place.names() == [again.name, whole.name]


def test_a_full_disk_ends_it_with_a_sentence_and_leaves_nothing(peopled: Town, place: Place) -> None:
    """The limit on a file's size is what a full disk is to a writer, and needs no disk of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", FULL, place.address],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **environment(peopled)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "File too large" in ran.stderr
    assert "Look at disk space" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert place.names() == []


def test_a_place_that_cannot_be_written_is_named(town: Town, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unusable, match="Look at disk space, rights, address"):
        backed_up(town, Place(str(tmp_path / "file")))
    with pytest.raises(Unusable, match="can't be used"):
        Place("nowhere://at/all")


def test_the_newest_few_are_kept(town: Town, place: Place) -> None:
    made = [create({"budget": town.engines["budget"]}, place, {}) for _ in range(3)]
    gone = place.keep(2, datetime.now(UTC))
    assert len(gone) == 1
    assert set(place.names()) | set(gone) == {one.name for one in made}
    assert len(place.names()) == 2


def test_a_file_that_moves_on_while_it_is_read_is_in_the_backup(tmp_path: Path, place: Place) -> None:
    """An LMS's file goes from `in` to `done` once it is read; in between the databases are cut."""
    given = {"lms": tmp_path / "lms"}
    for room in ("in", "done", "out"):
        (given["lms"] / "site" / room).mkdir(parents=True)
    came = given["lms"] / "site" / "in" / "facts.csv"
    came.write_text("nip\n")
    (given["lms"] / "elsewhere").symlink_to("/etc")
    name = place.begin(datetime.now(UTC))
    made: list[Packed] = []
    with bundling(place, name, given, made) as bundle:
        bundle.collect()
        came.rename(given["lms"] / "site" / "done" / "facts.csv")
        (given["lms"] / "site" / "out" / "new.csv").write_text("key\n")
        bundle.collect()
    back = {"lms": tmp_path / "back"}
    (tmp_path / "back").mkdir()
    (tmp_path / "back" / "later.csv").write_text("after the backup")
    assert put_back(place, name, made[0], back) == 3
    found = {path.relative_to(back["lms"]).as_posix() for path in back["lms"].rglob("*") if path.is_file()}
    assert found == {"site/in/facts.csv", "site/done/facts.csv", "site/out/new.csv"}
    assert not (back["lms"] / "elsewhere").exists()


def test_an_archive_never_writes_outside_its_folders(tmp_path: Path, place: Place) -> None:
    (tmp_path / "lms").mkdir()
    (tmp_path / "lms" / "a").write_text("a")
    name = place.begin(datetime.now(UTC))
    made: list[Packed] = []
    with bundling(place, name, {"lms": tmp_path / "lms"}, made) as bundle:
        entry = tarfile.TarInfo("lms/../../escaped")
        bundle._archive.addfile(entry)
        bundle.collect()
    with pytest.raises(tarfile.FilterError):
        put_back(place, name, made[0], {"lms": tmp_path / "deep" / "back"})
    assert not (tmp_path / "escaped").exists()


def test_the_command_makes_lists_and_checks(peopled: Town, tmp_path: Path) -> None:
    environ = {
        **environment(peopled),
        "BANGKOM_BACKUP": str(tmp_path / "place"),
        "BANGKOM_HOME": str(tmp_path / "home"),
        "BANGKOM_SERVICES": "enrolment,budget,content,surveys,bridge",
    }
    assert bangkom(environ, "backup", "list").returncode == 1
    assert bangkom(environ, "backup", "create", "--keep", "1").returncode == 0
    made = bangkom(environ, "backup", "create", "--keep", "1", "--english")
    assert made.returncode == 0, made.stderr
    assert "rows" in made.stdout
    assert "\n- 2" in made.stdout, "the older one went"
    assert bangkom(environ, "backup", "verify", "--english").stdout.endswith("sound\n")
    missing = bangkom({}, "backup", "create", "--at", str(tmp_path / "place"))
    assert missing.returncode == 1
    assert "BANGKOM_BUDGET_DATABASE_URL" in missing.stderr
    assert "BANGKOM_BACKUP: is missing" in bangkom({}, "backup", "list").stderr
