"""The server: initialised, launched under its guard, stopped."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import URL

from shared.db import driver_url
from shared.embedded.lock import CannotStart, end_leftover, locked
from shared.embedded.place import as_user, environment, place_of, programs, user_of_root
from shared.home import make_folder, secret_in

ADMIN = "bangkom_admin"
"""The superuser of an embedded server; its name and password are only used to provision and migrate."""

_PORT = 5432  # Names the socket file; nothing listens on a network port.
_LONGEST_SOCKET_FOLDER = 80
_UP_WITHIN = 30.0
_GUARD = Path(__file__).with_name("guard.py")
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "96MB",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # A log line must not repeat what people typed in.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
_CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass
class Embedded:
    """One server on the data under `home`. `durable` False trades safety for speed: for tests, whose data nobody
    wants."""

    home: Path
    durable: bool = True
    _guard: "subprocess.Popen[bytes] | None" = None
    _lock: int | None = None

    @property
    def url(self) -> URL:
        """Where the superuser connects to; usable while the server runs, from any process of the same user."""
        return admin_url(self.home)

    def start(self) -> None:
        """Start the server and wait until it answers; about a second the first time, less after that."""
        # Root's server runs as somebody else, who must pass through the home; its files are private one by one.
        make_folder(self.home, 0o700 if self._user is None else 0o711)
        place = make_folder(self._place)
        self._lock = locked(place / "lock")
        try:
            self._give(place)
            end_leftover(self._data)
            if not (self._data / "PG_VERSION").is_file():
                self._initialise()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Shut the server down and wait for it; connections that are still open are closed."""
        guard, self._guard = self._guard, None
        if guard is not None:
            assert guard.stdin is not None
            guard.stdin.close()
            guard.wait()
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    @cached_property
    def _user(self) -> pwd.struct_passwd | None:
        return user_of_root()

    @cached_property
    def _program(self) -> Path:
        return programs(self._user)

    @property
    def _place(self) -> Path:
        return place_of(self.home)

    @property
    def _data(self) -> Path:
        return self._place / "data"

    def _give(self, place: Path) -> None:
        """Let the server's user own the folder made for it."""
        if self._user is not None and place.stat().st_uid != self._user.pw_uid:
            os.chown(place, self._user.pw_uid, self._user.pw_gid)

    def _initialise(self) -> None:
        part = self._place / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        password = self._place / "password.part"
        password.touch(mode=0o600)
        password.write_text(secret_in(_password_file(self.home)) + "\n", encoding="ascii")
        self._give(password)
        command = [
            str(self._program / "initdb"),
            f"--pgdata={part}",
            f"--username={ADMIN}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
            "--no-sync",
        ]
        try:
            ran = subprocess.run(
                command, env=environment(), cwd="/", capture_output=True, text=True, **as_user(self._user), check=False
            )
            if ran.returncode != 0:
                raise CannotStart(f"initdb failed in {self._place}: {_last_line(ran.stderr)}")
            part.rename(self._data)
        finally:
            password.unlink(missing_ok=True)
            shutil.rmtree(part, ignore_errors=True)

    def _launch(self) -> None:
        socket_folder, remove = self._socket_folder()
        log = self._place / "server.log"
        if log.exists() and log.stat().st_size > 5_000_000:
            log.replace(log.with_suffix(".log.1"))
        settings = _SETTINGS | ({} if self.durable else _CARELESS) | {"unix_socket_directories": str(socket_folder)}
        command = [str(self._program / "postgres"), "-D", str(self._data)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        wish = {
            "command": command,
            "user": as_user(self._user),
            "environment": environment(),
            "log": str(log),
            "remove": str(socket_folder) if remove else None,
        }
        assert self._lock is not None
        self._guard = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_GUARD), json.dumps(wish)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
            pass_fds=[self._lock],
        )
        until = time.monotonic() + _UP_WITHIN
        while not _ready(self._data):
            if self._guard.poll() is not None:
                said = _last_line(log.read_text(errors="replace"))
                raise CannotStart(f"PostgreSQL stopped at once: {said} (see {log})")
            if time.monotonic() > until:
                raise CannotStart(f"PostgreSQL was not ready within {_UP_WITHIN:.0f} s; see {log}")
            time.sleep(0.02)

    def _socket_folder(self) -> tuple[Path, bool]:
        """A private folder with a path short enough for a socket, and whether it goes away with the server."""
        usual = self._place / "run"
        if len(os.fsencode(usual)) <= _LONGEST_SOCKET_FOLDER:
            self._give(make_folder(usual))
            return usual, False
        short = Path(tempfile.mkdtemp(prefix="bangkom-"))  # Made with mode 0700.
        if len(os.fsencode(short)) > _LONGEST_SOCKET_FOLDER:
            short.rmdir()
            short = Path(tempfile.mkdtemp(prefix="bangkom-", dir="/tmp"))
        self._give(short)
        return short, True


@contextmanager
def any_server() -> Iterator[URL]:
    """The server in DATABASE_URL, else an embedded one that lives as long as the block, with nothing in it worth
    keeping."""
    given = os.environ.get("DATABASE_URL")
    if given:
        yield driver_url(given)
        return
    folder = Path(tempfile.mkdtemp(prefix="bangkom-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # The server's user passes through; everything in it is private to somebody.
    server = Embedded(folder / "home", durable=False)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def admin_url(home: Path) -> URL:
    """The superuser's address of the server that runs on the data under `home`."""
    try:
        lines = (place_of(home) / "data" / "postmaster.pid").read_text().splitlines()
        socket_folder = lines[4]
    except (FileNotFoundError, IndexError):
        raise CannotStart(f"No embedded PostgreSQL runs on {home}.") from None
    return URL.create(
        "postgresql+psycopg",
        username=ADMIN,
        password=secret_in(_password_file(home)),
        database="postgres",
        query={"host": socket_folder, "port": str(_PORT)},
    )


def _password_file(home: Path) -> Path:
    return home / "postgres.password"


def _ready(data: Path) -> bool:
    """The server writes its state into the eighth line of postmaster.pid."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
