"""The folder where one installation keeps what it makes for itself: the embedded database, keys, passwords.

BANGKOM_HOME names it. Without that it is `.bangkom/` in the checkout the code runs from, else the user's data folder
(XDG_DATA_HOME/bangkom or ~/.local/share/bangkom). Only folders made here get their mode set; a folder that was there
before keeps the mode it has.
"""

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Any

NOTE = "up.json"
"""What the whole that runs on a home says of itself."""
LOCK = "up.lock"
"""The file that it holds a lock on."""
_CHECKOUT = Path(__file__).resolve().parent.parent


def home() -> Path:
    """The data folder, not yet made."""
    named = os.environ.get("BANGKOM_HOME")
    if named:
        return Path(named).expanduser().resolve()
    if (_CHECKOUT / "pyproject.toml").is_file() and os.access(_CHECKOUT, os.W_OK):
        return _CHECKOUT / ".bangkom"
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser().resolve() / "bangkom"


def make_folder(path: Path, mode: int = 0o700) -> Path:
    """Make `path` with this mode; a folder that exists already is left as it is."""
    if not path.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=mode)
        path.chmod(mode)  # The umask may have taken bits away that we mean to give.
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def secret_in(path: Path) -> str:
    """The secret kept in this file, made on first use."""
    if not path.exists():
        make_folder(path.parent)
        write_private(path, secrets.token_urlsafe(32) + "\n")
    return path.read_text(encoding="utf-8").strip()


def running(home: Path) -> dict[str, Any] | None:
    """What the whole that runs on this home says of itself: pid, address, environment; None where none runs."""
    try:
        note: dict[str, Any] = json.loads((home / NOTE).read_text(encoding="utf-8"))
        with (home / LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return note
    except (FileNotFoundError, ValueError):
        return None
    return None
