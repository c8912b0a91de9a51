"""The moment a rule sees. Real time, or in development real time moved by a file so that weeks pass in a demo.

Transport (retries, leases, time-outs) uses real time and never this module.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

_FILE = "BANGKOM_CLOCK_FILE"
_READ_EVERY = 0.02
_last: tuple[float, str, float] = (0.0, "", 0.0)


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=_offset())


def travel(by: timedelta) -> None:
    """Move the clock of every process that shares the clock file forward. Development only."""
    path = os.environ.get(_FILE)
    if not path:
        raise RuntimeError(f"{_FILE} is not set; time can only be moved in development")
    seconds = _offset(fresh=True) + by.total_seconds()
    part = Path(f"{path}.part")
    part.write_text(f"{seconds}\n", encoding="ascii")
    part.replace(path)
    _offset(fresh=True)


def _offset(fresh: bool = False) -> float:
    global _last
    path = os.environ.get(_FILE, "")
    if not path:
        return 0.0
    if os.environ.get("BANGKOM_ENV", "production") != "development":
        raise RuntimeError(f"{_FILE} is for BANGKOM_ENV=development only")
    read_at, read_path, seconds = _last
    if fresh or path != read_path or time.monotonic() - read_at > _READ_EVERY:
        try:
            seconds = float(Path(path).read_text(encoding="ascii"))
        except FileNotFoundError:
            seconds = 0.0
        _last = (time.monotonic(), path, seconds)
    return seconds
