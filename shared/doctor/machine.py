"""This machine: room on its disks, and the newest backup."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from shared.backup import LATE, BackupSettings, Place, Unusable, folders, newest
from shared.config import BadSettings, read
from shared.doctor.finding import BAD, OK, WARN, Finding
from shared.home import home

_MEGABYTE = 1024 * 1024
_WARN_SHARE, _BAD_SHARE, _BAD_BYTES = 0.15, 0.05, 500 * _MEGABYTE
_LOST = timedelta(days=3)


def disk() -> Iterator[Finding]:
    """Room where this machine keeps something; PostgreSQL's and RabbitMQ's own disks are watched on theirs."""
    seen: set[int] = set()
    for path in (home(), *folders().values(), *_backups(), Path(tempfile.gettempdir())):
        there = next(each for each in (path, *path.parents) if each.exists())
        device = there.stat().st_dev
        if device in seen:
            continue
        seen.add(device)
        yield room(there, shutil.disk_usage(there).total, shutil.disk_usage(there).free)


def room(path: Path, total: int, free: int) -> Finding:
    """What so many free bytes of so many mean."""
    share = free / total if total else 0.0
    bad = share < _BAD_SHARE or free < _BAD_BYTES
    state = BAD if bad else WARN if share < _WARN_SHARE else OK
    seen = f"{free // _MEGABYTE} MB ({share:.0%})"
    if state == OK:
        return Finding("disk", str(path), OK, seen)
    return Finding(
        "disk",
        str(path),
        state,
        seen,
        "Hampir penuh: hapus cadangan dan log lama, atau besarkan disknya.",
        "Nearly full: remove old backups and logs, or enlarge the disk.",
    )


def backup() -> Iterator[Finding]:
    """How old the newest whole backup is."""
    place = _place()
    if place is None:
        yield Finding(
            "backup",
            "BANGKOM_BACKUP",
            WARN,
            "",
            "Tidak ada tempat cadangan: isi BANGKOM_BACKUP dan jadwalkan `bangkom backup create` tiap hari.",
            "There is no place for backups: set BANGKOM_BACKUP and run `bangkom backup create` every day.",
        )
        return
    try:
        at = newest(place)
    except Unusable as error:
        yield Finding("backup", place, BAD, "", error.indonesian, error.english)
        return
    age = datetime.now(UTC) - at if at else None
    if age is not None and age <= LATE:
        yield Finding("backup", place, OK, f"{age.total_seconds() / 3600:.1f} h")
        return
    yield Finding(
        "backup",
        place,
        WARN if age is not None and age <= _LOST else BAD,
        f"{age.total_seconds() / 3600:.1f} h" if age else "0",
        "Cadangan terlambat atau tidak ada: jalankan `bangkom backup create`, lalu periksa jadwalnya.",
        "The backup is late or there is none: run `bangkom backup create`, then look at its schedule.",
    )


def _place() -> str | None:
    try:
        return read(BackupSettings, process="bangkom doctor").place
    except BadSettings:
        return None


def _backups() -> Iterator[Path]:
    place = _place()
    try:
        folder = Place(place).folder if place else None
    except Unusable:
        return  # The line of the backup says so.
    if folder is not None:
        yield folder
