"""What nobody would notice by themselves: a rule of the house that is broken, a certificate that ends, a disk that
fills, a backup that did not come, a standby that falls behind. `bangkom watch` looks at intervals and shows it at
/metrics; the alerts of deploy/prometheus/rules watch the figures.
"""

import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import structlog
from cryptography import x509
from sqlalchemy import URL, create_engine, text

from shared import metrics
from shared.audit import RULES, Report
from shared.backup import newest
from shared.config import address, database, setting, whole_number
from shared.loop import Loop, in_short
from shared.metrics import Figure, Shown

LOOK_EVERY = 30.0
"""Seconds between two looks at files, disks, backups and standbys."""
_HOUSE = ("house",)

_STANDBYS = text("""
    SELECT coalesce(nullif(application_name, ''), client_addr::text, 'standby') AS replica,
        max(CASE WHEN replay_lsn >= pg_current_wal_lsn() THEN 0 ELSE coalesce(extract(epoch FROM replay_lag), 0) END)
    FROM pg_stat_replication WHERE state = 'streaming' GROUP BY 1
""")

log = structlog.get_logger("bangkom.watch")


def paths(text: str) -> tuple[Path, ...]:
    """Absolute paths with commas between them."""
    found = tuple(Path(part.strip()) for part in text.split(",") if part.strip())
    if not all(path.is_absolute() for path in found):
        raise ValueError("must be absolute paths with commas between them")
    return found


@dataclass(frozen=True, kw_only=True)
class WatchSettings:
    """`bangkom watch`. `minutes` between two audits; `certificates` are PEM files, the first certificate of each
    counts; `database_url` is of a role that is a member of pg_monitor."""

    listen: tuple[str, int] = setting("BANGKOM_WATCH_LISTEN", address, ("127.0.0.1", 9100))
    minutes: int = setting("BANGKOM_WATCH_MINUTES", whole_number(1, 1440), 10)
    certificates: Sequence[Path] = setting("BANGKOM_WATCH_CERTIFICATES", paths, ())
    folders: Sequence[Path] = setting("BANGKOM_WATCH_FOLDERS", paths, ())
    database_url: URL | None = setting("BANGKOM_WATCH_DATABASE_URL", database, None)  # noqa: RUF009 - a field


class AuditWatch(Loop):
    """Runs the house's audit again and again. `audit` raises where the house can't be asked: then the age of the last
    whole audit goes on growing, which is what the alert looks at."""

    def __init__(self, audit: Callable[[], Report], every: float) -> None:
        super().__init__("watch:audit")
        self._audit = audit
        self._every = every
        self._ended = time.monotonic()
        metrics.AUDIT_AGE.labels(*_HOUSE).set_function(lambda: time.monotonic() - self._ended)

    def live(self) -> None:
        while not self.stopping.is_set():
            began = time.monotonic()
            report = self._audit()
            self._ended = time.monotonic()
            metrics.AUDIT_TOOK.labels(*_HOUSE).set(self._ended - began)
            broken = dict.fromkeys(RULES, 0)
            for row in report.broken:
                broken[row["rule"]] = broken.get(row["rule"], 0) + 1
            metrics.show(Figure(metrics.AUDIT_BROKEN, (rule,), count) for rule, count in broken.items())
            if not report.ok:
                found = {rule: count for rule, count in broken.items() if count}
                log.error("watch.broken", rules=found, checked=report.checked)
            self.well()
            self.stopping.wait(self._every)


class SurroundingsWatch(Loop):
    """Looks at what lies around the house. What can't be looked at has no figure, and a line in the log."""

    def __init__(self, settings: WatchSettings, backups: str | None) -> None:
        super().__init__("watch:surroundings")
        self._settings = settings
        self._backups = backups
        self._shown: set[Shown] = set()
        self.looked = Event()

    def live(self) -> None:
        while not self.stopping.is_set():
            looks = (self._certificates, self._disks, self._backup, self._standbys)
            self._shown = metrics.show((figure for look in looks for figure in _tried(look)), self._shown)
            self.looked.set()
            self.well()
            self.stopping.wait(LOOK_EVERY)

    def _certificates(self) -> Iterator[Figure]:
        for path in self._settings.certificates:
            yield from _tried(lambda path=path: [_expiry(path)])  # type: ignore[misc]

    def _disks(self) -> Iterator[Figure]:
        for folder in self._settings.folders:
            yield from _tried(lambda folder=folder: _free(folder))  # type: ignore[misc]

    def _backup(self) -> Iterator[Figure]:
        if self._backups is not None:
            at = newest(self._backups)
            age = (datetime.now(UTC) - at).total_seconds() if at is not None else math.inf
            yield Figure(metrics.BACKUP_AGE, ("newest",), age)

    def _standbys(self) -> Iterator[Figure]:
        if self._settings.database_url is not None:
            engine = create_engine(self._settings.database_url, connect_args={"connect_timeout": 5})
            try:
                with engine.connect() as connection:
                    rows = connection.execute(_STANDBYS).all()
            finally:
                engine.dispose()
            yield Figure(metrics.REPLICAS, ("database",), len(rows))
            for replica, lag in rows:
                yield Figure(metrics.REPLICATION_LAG, (str(replica)[:60],), float(lag))


def _tried(look: Callable[[], object]) -> list[Figure]:
    try:
        return list(look())  # type: ignore[call-overload,no-any-return]
    except Exception as error:  # noqa: BLE001 - one thing that can't be looked at must not hide the others
        log.warning("watch.cannot_look", at=getattr(look, "__name__", "").strip("_"), error=in_short(error))
        return []


def _expiry(path: Path) -> Figure:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return Figure(metrics.CERTIFICATE_EXPIRES, (path.name,), certificate.not_valid_after_utc.timestamp())


def _free(folder: Path) -> list[Figure]:
    usage, label = shutil.disk_usage(folder), (os.fspath(folder),)
    return [
        Figure(metrics.DISK_FREE, label, usage.free),
        Figure(metrics.DISK_FREE_RATIO, label, usage.free / usage.total if usage.total else 0.0),
    ]
