"""Backups that make themselves: what is due is done, once, and nothing that goes wrong ends it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from shared.backup import Drill, Keeper, KeepSettings, Manifest, Place, sweep
from shared.backup.keep import NOTE, Rehearsed
from shared.backup.manifest import FORMAT
from shared.config import BadSettings, read
from shared.ids import new_id
from tests.house.code import ROOT
from tests.journeys.town_doors import environment
from tests.shared.backup.fixtures import backed_up, bangkom
from tests.shared.bus.fixtures import until
from tests.town import Town

HOUR = timedelta(hours=1)


class Days:
    """A place whose backups hold nothing, and a clock that stands still until it is moved."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.now = datetime(2026, 3, 2, 8, tzinfo=UTC)
        self.fails: BaseException | None = None
        self.drills: list[str] = []
        self.sound = True

    def keeper(self, *, copies: int = 100, drill_days: int = 7) -> Keeper:
        settings = KeepSettings(every=60, copies=copies, drill_days=drill_days)
        return Keeper(settings, self.place, self.make, self.drill, lambda: self.now)

    def make(self) -> Manifest:
        if self.fails is not None:
            raise self.fails
        at, name = self.now, self.place.begin(self.now)
        made = Manifest(format=FORMAT, name=name, product="0", started=at, cut=at, ended=at, databases={})
        self.place.finish(made)
        return made

    def drill(self, manifest: Manifest) -> Drill:
        self.drills.append(manifest.name)
        if self.fails is not None:
            raise self.fails
        broken = [] if self.sound else [{"rule": "budget.line_off_ledger"}]
        return Drill(manifest.name, 0, 0, {"all": 0.0}, broken)

    def live(self, keeper: Keeper, long: timedelta) -> None:
        """Let time pass, as the keeper waits for it."""
        until_then = self.now + long
        while self.now < until_then:
            self.now = min(until_then, self.now + keeper.turn())

    @property
    def made(self) -> list[datetime]:
        return [one.manifest.cut for one in self.place.listed() if one.manifest is not None]


@pytest.fixture
def days(place: Place) -> Days:
    return Days(place)


def test_a_day_has_a_backup_an_hour(days: Days) -> None:
    began = days.now
    days.live(days.keeper(), timedelta(hours=24))
    assert sorted(days.made) == [began + HOUR * hour for hour in range(24)]


def test_only_the_newest_stay(days: Days) -> None:
    days.live(days.keeper(copies=3), timedelta(hours=8))
    assert days.made == [days.now - HOUR * back for back in (1, 2, 3)]


def test_started_anew_it_makes_no_second_one_within_the_hour(days: Days) -> None:
    days.keeper().turn()
    days.now += timedelta(minutes=20)
    assert days.keeper().turn() == timedelta(minutes=40)
    assert len(days.made) == 1
    days.now += timedelta(minutes=40)
    days.keeper().turn()
    assert len(days.made) == 2


def test_a_week_has_a_drill_whoever_starts_anew_in_it(days: Days) -> None:
    for _ in range(15):
        days.live(days.keeper(), timedelta(days=1))
    assert len(days.drills) == 3, "at once, after seven days and after fourteen"


def test_it_drills_the_newest_and_never_where_it_shall_not(days: Days) -> None:
    days.live(days.keeper(drill_days=0), timedelta(hours=5))
    assert days.drills == []
    days.keeper().turn()
    assert days.drills == [days.place.manifest().name]


@pytest.mark.parametrize("how", ["it fails", "it finds something broken", "it is killed"])
def test_a_drill_that_does_not_end_well_is_tried_again_the_next_day(days: Days, how: str) -> None:
    days.keeper(drill_days=0).turn()
    if how == "it finds something broken":
        days.sound = False
    else:
        days.fails = RuntimeError() if how == "it fails" else SystemExit()
    try:
        days.keeper().turn()
    except SystemExit:
        assert how == "it is killed"
    days.fails, days.sound = None, True
    days.live(days.keeper(), timedelta(hours=23))
    assert len(days.drills) == 1
    days.live(days.keeper(), timedelta(hours=2))
    assert len(days.drills) == 2
    days.live(days.keeper(), timedelta(days=6))
    assert len(days.drills) == 2


def test_a_run_that_fails_is_tried_again_soon_and_ends_nothing(days: Days) -> None:
    days.fails = RuntimeError("the database is away")
    keeper = days.keeper()
    days.live(keeper, timedelta(minutes=35))
    assert days.made == []
    days.fails = None
    days.live(keeper, timedelta(minutes=10))
    assert len(days.made) == 1


def test_old_ones_go_though_no_new_one_can_be_made(days: Days) -> None:
    days.live(days.keeper(), timedelta(hours=5))
    days.fails = OSError("no space left")
    days.keeper(copies=2).turn()
    assert len(days.made) == 2


def test_one_that_was_killed_over_a_backup_is_no_backup_and_is_not_followed_at_once(days: Days) -> None:
    """Killed by a machine that is too small, it would else fill the disk with what it leaves each time."""
    left = days.place.begin(days.now)
    assert days.keeper(drill_days=0).turn() == timedelta(minutes=10)
    assert days.made == []
    days.now += timedelta(minutes=10)
    days.keeper().turn()
    assert len(days.made) == 1
    days.live(days.keeper(), timedelta(hours=26))
    assert left not in days.place.names()


def test_two_at_once_make_no_more_than_one_would(days: Days) -> None:
    one, other = days.keeper(copies=5), days.keeper(copies=5)
    for _ in range(12):
        one.turn()
        other.turn()
        days.now += HOUR
    assert len(days.made) == 5
    assert len(days.drills) == 1
    assert days.made[0] - days.made[-1] == HOUR * 4


def test_two_that_take_away_the_same_ones_do_not_stumble(days: Days) -> None:
    for _ in range(40):
        days.make()
        days.now += HOUR
    newest = days.made[0]
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(days.place.keep, 1, days.now) for _ in range(2)]
        assert {name for each in both for name in each.result()} >= set(days.place.names()[1:])
    assert days.made == [newest]


def test_a_backup_of_a_wrong_clock_is_not_waited_for(days: Days) -> None:
    days.now += timedelta(days=400)
    days.make()
    days.now -= timedelta(days=400)
    days.keeper().turn()
    assert len(days.made) == 2


def test_a_note_that_cannot_be_read_is_none(days: Days) -> None:
    days.keeper().turn()
    days.place.take_note(NOTE, b'{"began": ')
    days.keeper().turn()
    assert len(days.drills) == 2
    assert json.loads(days.place.note(NOTE))["ok"] is True


def test_what_is_no_failure_ends_it(days: Days) -> None:
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        raise SystemExit(0)

    with pytest.raises(SystemExit):
        days.keeper().keep(wait)
    assert waited == [3600.0]


def test_settings_have_bounds() -> None:
    assert read(KeepSettings, environ={}) == KeepSettings(every=60, copies=168, drill_days=7)
    for name in ("EVERY", "KEEP"):
        with pytest.raises(BadSettings, match=f"BANGKOM_BACKUP_{name}"):
            read(KeepSettings, environ={f"BANGKOM_BACKUP_{name}": "0"})


@contextmanager
def keeping(environ: Mapping[str, str]) -> "Iterator[subprocess.Popen[str]]":
    """`bangkom backup keep` as a process of its own, as its container runs it."""
    with subprocess.Popen(
        [sys.executable, "-m", "shared.cli", "backup", "keep", "--english"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", **environ},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def given(town: Town, place: Place, server_url: str, folder: Path) -> dict[str, str]:
    secret = folder / "database_url"
    secret.write_text(server_url, encoding="utf-8")
    home = {"BANGKOM_HOME": str(folder / "home"), "BANGKOM_BACKUP": place.address}
    return {**environment(town), **home, "DATABASE_URL_FILE": str(secret), "BANGKOM_ENV": "development"}


def test_the_command_backs_up_drills_and_stops_when_asked(
    peopled: Town, place: Place, server_url: str, tmp_path: Path
) -> None:
    with keeping(given(peopled, place, server_url, tmp_path)) as process:
        until(lambda: b'"ok":true' in place.note(NOTE), seconds=90)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stderr is not None
        events = [json.loads(line)["event"] for line in process.stderr if line.startswith("{")]
    assert events == ["backup.made", "backup.drilled"]
    assert place.manifest().rows > 200


def test_stopped_in_the_middle_it_leaves_nothing(town: Town, place: Place, server_url: str, tmp_path: Path) -> None:
    assert place.folder is not None
    with town.engines["budget"].begin() as writer:
        # It waits for this transaction, so it is in the middle.
        writer.execute(text("LOCK TABLE outbox IN ROW EXCLUSIVE MODE"))
        with keeping(given(town, place, server_url, tmp_path)) as process:
            until(lambda: place.names() != [], seconds=90)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    assert place.names() == []


def test_a_drill_needs_no_more_than_a_role_that_may_make_databases(
    peopled: Town, place: Place, server_url: str, tmp_path: Path
) -> None:
    role = f"drills_{new_id().hex}"
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as db:
        db.execute(text(f"CREATE ROLE {role} LOGIN CREATEDB PASSWORD 'only-for-rehearsals'"))
        database = db.scalar(text("SELECT current_database()"))
        db.execute(text(f"GRANT CONNECT ON DATABASE {database} TO {role}"))
    try:
        manifest = backed_up(peopled, place)
        address = make_url(server_url).set(username=role, password="only-for-rehearsals")
        environ = given(peopled, place, address.render_as_string(hide_password=False), tmp_path)
        ran = bangkom(environ, "backup", "drill", manifest.name, "--json")
        assert (ran.returncode, ran.stderr) == (0, "")
        assert json.loads(ran.stdout)["rows"] == manifest.rows
    finally:
        with admin.connect() as db:
            db.execute(text(f"REVOKE CONNECT ON DATABASE {database} FROM {role}"))
            db.execute(text(f"DROP ROLE {role}"))
        admin.dispose()


def test_scratch_databases_that_a_killed_drill_left_go_a_day_later(server_url: str) -> None:
    now = datetime.now(UTC)
    old, young = (f"scratch_{_like_new_id(at)}" for at in (now - timedelta(days=2), now))
    mine = f"scratch_{'f' * 31}_{os.getpid()}"
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    inside = create_engine(make_url(server_url).set(database=old))
    try:
        with admin.connect() as db:
            for name in (old, young, mine):
                db.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
            with inside.connect():
                assert old not in sweep(server_url, now - timedelta(days=1))
            inside.dispose()
            until(lambda: old in sweep(server_url, now - timedelta(days=1)))
            left = set(db.scalars(text("SELECT datname FROM pg_database")))
        assert {young, mine} <= left
        assert old not in left
    finally:
        with admin.connect() as db:
            for name in (old, young, mine):
                db.execute(text(f"DROP DATABASE IF EXISTS {name}"))
        admin.dispose()


def _like_new_id(at: datetime) -> str:
    """A new id as it would have been made then."""
    return f"{int(at.timestamp() * 1000):012x}{new_id().hex[12:]}"


def test_what_is_remembered_says_which_drill_it_was(days: Days) -> None:
    days.keeper().turn()
    told = json.loads(days.place.note(NOTE))
    assert told.keys() == set(Rehearsed.__struct_fields__)
    assert told["name"] == days.place.manifest().name
