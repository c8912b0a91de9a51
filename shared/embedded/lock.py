"""One server on the data, and nothing left over of an earlier one."""

import fcntl
import os
import signal
import time
from pathlib import Path


class CannotStart(Exception):
    """The embedded server did not start; the text says why and what to do."""


def locked(path: Path) -> int:
    """Hold the lock on the data. The guard holds the same lock until the server is down, so wait where its parent is
    gone."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + 15
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            if (holder.isdigit() and _alive(int(holder))) or time.monotonic() > until:
                os.close(descriptor)
                raise CannotStart(
                    f"The data in {path.parent} are in use by process {holder or 'unknown'}. "
                    "Stop that one first, or set BANGKOM_HOME to another folder."
                ) from None
            time.sleep(0.05)
        else:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            return descriptor


def end_leftover(data: Path) -> None:
    """Stop a server that outlived its guard, and forget one that died without tidying up."""
    note = data / "postmaster.pid"
    try:
        pid = int(note.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return
    until = time.monotonic() + 15
    while _is_server(pid, data):
        os.kill(pid, signal.SIGINT if time.monotonic() < until - 5 else signal.SIGQUIT)
        if time.monotonic() > until:
            raise CannotStart(f"An earlier PostgreSQL (process {pid}) on {data} does not stop.")
        time.sleep(0.1)
    note.unlink(missing_ok=True)


def _is_server(pid: int, data: Path) -> bool:
    """Whether that process is a PostgreSQL on this data, not a stranger that was given the same number later."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return bool(words) and words[0].endswith(b"postgres") and os.fsencode(data) in words


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
