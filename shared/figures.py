"""Figures from a service's own database, for its worker's /metrics: how many seats stand where, what money is left.

A scrape never asks the database: a thread of the worker does, at intervals, and what it found last is shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, time
from typing import Any

import structlog
from sqlalchemy import Engine, text

from shared import clock, metrics
from shared.config import read, setting, whole_number
from shared.loop import Loop, in_short
from shared.metrics import Figure
from shared.service import Figures, Service

SHARE = 0.02
"""The part of the time that one query may take: a slow one is asked more seldom."""
_STATEMENT_TIMEOUT = "10s"

log = structlog.get_logger("bangkom.figures")


@dataclass(frozen=True, kw_only=True)
class FigureSettings:
    """`every` is the seconds between two readings of the same figures."""

    every: int = setting("BANGKOM_FIGURES_SECONDS", whole_number(1, 3600), 30)


class FigureReader(Loop):
    """Reads a service's figures again and again. One that fails is tried at its next time; the others go on, and
    `bangkom_figures_read_seconds` of the one that failed stands still."""

    def __init__(self, service: Service, engine: Engine, every: float | None = None) -> None:
        super().__init__(f"figures:{service.name}")
        self._service = service
        self._engine = engine
        self._every = read(FigureSettings).every if every is None else every
        self._due: dict[str, float] = {}
        self._shown: dict[str, set[metrics.Shown]] = {}

    def live(self) -> None:
        while not self.stopping.is_set():
            for figures in self._service.figures:
                if monotonic() >= self._due.get(figures.__name__, 0.0) and not self.stopping.is_set():
                    self._read(figures)
            self.well()
            self.stopping.wait(max(0.1, min(self._due.values(), default=monotonic() + self._every) - monotonic()))

    def _read(self, figures: Figures) -> None:
        name, began = figures.__name__, monotonic()
        try:
            with self._engine.begin() as db:
                db.execute(text("SET TRANSACTION READ ONLY"))
                db.execute(text(f"SET LOCAL statement_timeout = '{_STATEMENT_TIMEOUT}'"))
                found = list(figures(db, clock.now()))
            self._shown[name] = metrics.show(found, self._shown.get(name, set()))
            metrics.FIGURES_READ.labels(self._service.name, name).set(time())
        except Exception as error:  # noqa: BLE001 - figures must not stop each other, nor the worker
            log.warning("figures.failed", service=self._service.name, figures=name, error=in_short(error))
        took = monotonic() - began
        self._due[name] = monotonic() + max(self._every, took / SHARE)


def counted(gauge: Any, known: Iterable[str], rows: Iterable[Any], *before: str) -> Iterable[Figure]:
    """A figure for each of the known words of a gauge's last label, 0 where no row (word, count) has it."""
    found = {str(word): float(count) for word, count in rows}
    for word in [*known, *sorted(set(found) - set(known))]:
        yield Figure(gauge, (*before, word), found.get(word, 0.0))


def seconds_since(moment: datetime | None, now: datetime) -> float:
    """How long ago it was; 0 for never and for what is still to come."""
    return max(0.0, (now - moment).total_seconds()) if moment is not None else 0.0
