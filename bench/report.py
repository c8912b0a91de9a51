"""What every bench prints: `{"machine": ..., "bars": {name: {"value", "bar", "ok"}}, ...}`."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Bar:
    """A value and what it has to reach: `least`, or else `most`."""

    value: float
    least: float | None = None
    most: float | None = None

    @property
    def ok(self) -> bool:
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)

    def as_json(self) -> dict[str, Any]:
        bar = self.least if self.least is not None else self.most
        return {"value": round(self.value, 3), "bar": bar, "ok": self.ok}


def machine(**more: str) -> dict[str, Any]:
    """What the figures were measured on."""
    packages = {}
    for name in ("pika", "kombu", "amqp", "celery", "faststream", "psycopg", "sqlalchemy", "flask", "gunicorn"):
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            packages[name] = "not installed"
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
        "packages": packages,
        **more,
    }


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def report(machine: Mapping[str, Any], bars: Mapping[str, Bar], figures: Mapping[str, Any], as_json: bool) -> int:
    """Print it; the exit status: 1 when a bar is not reached."""
    if as_json:
        bars_json = {name: bar.as_json() for name, bar in bars.items()}
        print(json.dumps({"machine": machine, "bars": bars_json, "figures": figures}))
    else:
        print(f"{machine['cores']} cores, {machine['processor']}, Python {machine['python']}")
        for name, figure in figures.items():
            print(f"  {name:32} {figure}")
        for name, bar in bars.items():
            goal = f">= {bar.least}" if bar.least is not None else f"<= {bar.most}"
            print(f"{'ok  ' if bar.ok else 'MISS'} {name:24} {bar.value:8.2f}   {goal}")
    return 0 if all(bar.ok for bar in bars.values()) else 1


def note(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
