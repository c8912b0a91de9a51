import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import OperationalError

from shared.embedded import CannotStart, Embedded, admin_url, place_of
from shared.provision import provision

_CHECKOUT = Path(__file__).resolve().parents[2]
_HOLD = """
import sys, time
from pathlib import Path
from shared.embedded import Embedded
server = Embedded(Path(sys.argv[1]), durable=False)
server.start()
print((server._data / "postmaster.pid").read_text().split()[0], server._guard.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def server(home: Path) -> Iterator[Embedded]:
    running = Embedded(home, durable=False)
    running.start()
    yield running
    running.stop()


def ask(url: URL, question: str) -> object:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return connection.scalar(text(question))
    finally:
        engine.dispose()


def eventually(true: Callable[[], bool], within: float = 15) -> bool:
    until = time.monotonic() + within
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def gone(pid: int) -> bool:
    """A process is gone also when only its parent has not asked for it yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_it_answers_and_is_a_supported_postgresql(server: Embedded) -> None:
    version = ask(server.url, "SHOW server_version_num")
    assert 150000 <= int(str(version)) < 190000


def test_it_sorts_and_encodes_as_utf8(server: Embedded) -> None:
    assert ask(server.url, "SHOW server_encoding") == "UTF8"
    assert ask(server.url, "SELECT lower('ÉÑ')") == "éñ"


def test_nothing_listens_on_the_network(server: Embedded) -> None:
    assert ask(server.url, "SHOW listen_addresses") == ""


def test_the_socket_and_the_data_are_in_private_folders(server: Embedded) -> None:
    socket_folder = Path(str(server.url.query["host"]))
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((place_of(server.home) / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((server.home / "postgres.password").stat().st_mode) == 0o600


def test_it_does_not_run_as_root(server: Embedded) -> None:
    pid = (place_of(server.home) / "data" / "postmaster.pid").read_text().split()[0]
    assert Path(f"/proc/{pid}").stat().st_uid != 0


def test_no_password_no_entry(server: Embedded) -> None:
    for password in (None, "", "guess"):
        with pytest.raises(OperationalError, match="password"):
            ask(server.url._replace(password=password), "SELECT 1")


def test_a_role_enters_its_own_database_and_no_other(server: Embedded) -> None:
    urls = provision(server.url, {"budget": "one", "content": "two"}, whole_server=True)
    assert ask(urls["budget"], "SELECT current_user") == "bangkom_budget"
    for other in ("bangkom_content", "postgres", "template1"):
        with pytest.raises(OperationalError, match="permission denied"):
            ask(urls["budget"].set(database=other), "SELECT 1")


def test_a_role_does_not_become_another_with_its_own_password_or_with_none(server: Embedded) -> None:
    urls = provision(server.url, {"budget": "one", "content": "two"}, whole_server=True)
    for password in ("one", None):
        with pytest.raises(OperationalError, match="password"):
            ask(urls["content"]._replace(password=password), "SELECT 1")


def test_what_was_written_is_there_after_a_restart(home: Path) -> None:
    for question in ("CREATE TABLE kept AS SELECT 7 AS n", "INSERT INTO kept SELECT n + 1 FROM kept"):
        server = Embedded(home)
        server.start()
        engine = create_engine(server.url)
        with engine.begin() as connection:
            connection.execute(text(question))
            total = connection.scalar(text("SELECT sum(n) FROM kept"))
        engine.dispose()
        server.stop()
    assert total == 15


def test_a_second_start_on_the_same_data_is_refused_with_a_sentence(server: Embedded) -> None:
    with pytest.raises(CannotStart, match=f"in use by process {os.getpid()}.*BANGKOM_HOME"):
        Embedded(server.home).start()
    assert ask(server.url, "SELECT 1") == 1


def test_another_process_finds_the_running_server(server: Embedded) -> None:
    assert ask(admin_url(server.home), "SELECT current_user") == "bangkom_admin"


def test_without_a_server_the_address_is_a_clear_no(home: Path) -> None:
    with pytest.raises(CannotStart, match="No embedded PostgreSQL runs"):
        admin_url(home)


@pytest.mark.parametrize("killed", ["the parent", "the parent and the guard", "the guard"])
def test_it_stops_with_its_parent_even_after_kill_9(home: Path, killed: str) -> None:
    parent, server, guard = hold(home)
    if killed != "the parent":
        os.kill(guard, signal.SIGKILL)
    if killed != "the guard":
        parent.kill()
    assert eventually(lambda: gone(server))
    parent.kill()
    parent.wait()
    again = Embedded(home, durable=False)
    again.start()
    assert ask(again.url, "SELECT 1") == 1
    again.stop()


def test_it_starts_again_after_the_server_itself_was_killed(home: Path) -> None:
    parent, server, _guard = hold(home)
    os.kill(server, signal.SIGKILL)
    assert eventually(lambda: gone(server))
    parent.kill()
    parent.wait()
    again = Embedded(home, durable=False)
    again.start()
    assert ask(again.url, "SELECT 1") == 1
    again.stop()


def test_a_note_of_a_dead_server_whose_number_a_stranger_has_now_is_no_hindrance(home: Path) -> None:
    server = Embedded(home, durable=False)
    server.start()
    note = place_of(home) / "data" / "postmaster.pid"
    kept = note.read_text()
    server.stop()
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    note.write_text(kept.replace(kept.split()[0], str(stranger.pid), 1))
    server.start()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
    server.stop()


def test_folders_that_were_there_keep_their_mode_and_owner(tmp_path: Path) -> None:
    user_home = tmp_path / "a home"
    user_home.mkdir(mode=0o700)
    others = {path: path.stat() for path in (user_home, *user_home.parents)}
    server = Embedded(user_home / "data folder", durable=False)
    server.start()
    server.stop()
    for path, before in others.items():
        now = path.stat()
        assert (now.st_mode, now.st_uid, now.st_gid) == (before.st_mode, before.st_uid, before.st_gid), path


def test_a_home_with_a_very_long_path_works(tmp_path: Path) -> None:
    server = Embedded(tmp_path / ("x" * 100) / "home", durable=False)
    server.start()
    socket_folder = Path(str(server.url.query["host"]))
    assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert ask(server.url, "SELECT 1") == 1
    server.stop()


def test_a_home_that_was_deleted_starts_afresh(home: Path) -> None:
    for _ in range(2):
        server = Embedded(home, durable=False)
        server.start()
        engine = create_engine(server.url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE once ()"))
        engine.dispose()
        server.stop()
        for file in sorted(home.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()
        home.rmdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="root only: an ordinary user runs the server as itself")
def test_root_uses_what_its_unprivileged_user_can_reach() -> None:
    with tempfile.TemporaryDirectory() as folder:
        reachable = Path(folder)
        reachable.chmod(0o755)
        assert place_of(reachable / "home") == reachable / "home" / "postgres"
        reachable.chmod(0o700)
        assert place_of(reachable / "home").parent == Path("/var/lib/bangkom")


def hold(home: Path) -> tuple["subprocess.Popen[str]", int, int]:
    """A process of its own that keeps a server; answers it, the server's number and the guard's."""
    parent = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(home)], cwd=_CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    server, guard = map(int, parent.stdout.readline().split())
    return parent, server, guard
