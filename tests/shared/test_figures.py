"""The reader of figures, and the watch: what is gone is shown no more, and one failure hides nothing else."""

import math
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from shared import metrics
from shared.audit import Report
from shared.config import read
from shared.figures import SHARE, FigureReader
from shared.loop import Loop
from shared.metrics import Figure
from shared.service import Service
from shared.watch import AuditWatch, SurroundingsWatch, WatchSettings
from tests.shared.bus.fixtures import PATIENCE, until
from tests.shared.doctor.fixtures import certificate


def shown(name: str) -> dict[tuple[str, ...], float]:
    """What a gauge shows now."""
    found: dict[tuple[str, ...], float] = {}
    for metric in (each for each in vars(metrics).values() if getattr(each, "_name", "") == name):
        for family in metric.collect():
            found |= {tuple(sample.labels.values()): sample.value for sample in family.samples}
    return found


@pytest.fixture
def running() -> Iterator[Callable[[Loop], None]]:
    loops: list[Loop] = []

    def start(loop: Loop) -> None:
        loops.append(loop)
        loop.start()

    yield start
    for loop in loops:
        loop.stop()
    for loop in loops:
        assert loop.join(PATIENCE)


def test_what_is_gone_is_shown_no_more_and_a_reading_that_fails_stops_no_other(
    engines: dict[str, Engine], running: Callable[[Loop], None]
) -> None:
    rounds = []

    def broken(db: Connection, now: datetime) -> Iterator[Figure]:
        yield Figure(metrics.SEATS, ("never",), float(db.scalar(text("SELECT 1 / 0")) or 0))

    def agencies(db: Connection, now: datetime) -> Iterator[Figure]:
        rounds.append(db.scalar(text("SHOW transaction_read_only")))
        yield Figure(metrics.CREDITS, ("stays",), len(rounds))
        if len(rounds) == 1:
            yield Figure(metrics.CREDITS, ("goes",), 1)

    service = Service(name="toyfigures", title="Toy", figures=(broken, agencies))
    running(FigureReader(service, engines["budget"], every=0.01))
    until(lambda: len(rounds) >= 3)
    assert shown("bangkom_credits")["stays",] >= 2
    assert ("goes",) not in shown("bangkom_credits")
    assert ("never",) not in shown("bangkom_seats")
    assert ("toyfigures", "agencies") in shown("bangkom_figures_read_seconds")
    assert ("toyfigures", "broken") not in shown("bangkom_figures_read_seconds")
    assert set(rounds) == {"on"}


def test_a_slow_query_is_asked_more_seldom(engines: dict[str, Engine], running: Callable[[Loop], None]) -> None:
    began = []

    def slow(db: Connection, now: datetime) -> Iterator[Figure]:
        began.append(time.monotonic())
        db.execute(text("SELECT pg_sleep(0.02)"))
        yield from ()

    running(FigureReader(Service(name="toyslow", title="Toy", figures=(slow,)), engines["budget"], every=0.01))
    until(lambda: len(began) >= 2)
    assert began[1] - began[0] >= 0.02 / SHARE


def test_the_audit_shows_each_rule_and_how_long_ago_it_ended(running: Callable[[Loop], None]) -> None:
    running(AuditWatch(lambda: Report(9, ({"rule": "line.unbalanced"}, {"rule": "line.unbalanced"})), 3600.0))
    until(lambda: shown("bangkom_audit_broken").get(("line.unbalanced",)) == 2)
    assert shown("bangkom_audit_broken")["event.dead",] == 0
    assert 0 <= shown("bangkom_audit_age_seconds")["house",] < PATIENCE


def test_an_audit_that_nobody_answers_grows_old(running: Callable[[Loop], None]) -> None:
    asked = []

    def unanswered() -> Report:
        asked.append(shown("bangkom_audit_age_seconds")["house",])
        raise ConnectionError

    running(AuditWatch(unanswered, 0.0))
    until(lambda: len(asked) >= 3)
    assert asked[0] < asked[1] < asked[2]


def test_the_watch_sees_certificates_disks_backups_and_standbys(
    tmp_path: Path, server_url: str, running: Callable[[Loop], None]
) -> None:
    (tmp_path / "broken.pem").write_text("no certificate", encoding="utf-8")
    pem, backups = certificate(tmp_path, 60)[0], tmp_path / "backups"
    backups.mkdir()
    environ = {
        "BANGKOM_WATCH_CERTIFICATES": f"{tmp_path}/broken.pem, {pem}",
        "BANGKOM_WATCH_FOLDERS": f"{tmp_path}/none,{tmp_path}",
        "BANGKOM_WATCH_DATABASE_URL": server_url,
    }
    watch = SurroundingsWatch(read(WatchSettings, environ=environ), str(backups))
    running(watch)
    assert watch.looked.wait(PATIENCE)
    left = shown("bangkom_certificate_expires_seconds")["certificate.pem",] - time.time()
    assert left == pytest.approx(60 * 86400, abs=600)
    assert ("broken.pem",) not in shown("bangkom_certificate_expires_seconds")
    free = shutil.disk_usage(tmp_path)
    assert shown("bangkom_disk_free_ratio")[str(tmp_path),] == pytest.approx(free.free / free.total, abs=0.1)
    assert shown("bangkom_backup_age_seconds")["newest",] == math.inf
    assert shown("bangkom_replicas")["database",] == 0
