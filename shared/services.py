"""Which services there are: the entry points `bangkom.services`, or in a plain checkout the same table in
pyproject.toml.

BANGKOM_SERVICES narrows the list ("enrolment,budget"), for a process that must not load the rest. A service that is
named and can't be loaded is an error, never a silent gap.
"""

import importlib
import os
import tomllib
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path

from shared.service import Service

_GROUP = "bangkom.services"
_PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def services(only: Sequence[str] = ()) -> list[Service]:
    """The services named, else those in BANGKOM_SERVICES, else all, in the order of their names."""
    return [service_named(name) for name in names(only)]


def names(only: Sequence[str] = ()) -> list[str]:
    """The names of those services, without loading them; ValueError for one that is not registered."""
    known = sorted(_registered())
    wanted = list(only) or [name.strip() for name in os.environ.get("BANGKOM_SERVICES", "").split(",") if name.strip()]
    for name in wanted:
        if name not in known:
            raise ValueError(f"there is no service {name!r}; there are: {', '.join(known)}")
    return wanted or known


def service_named(name: str) -> Service:
    """One service; ValueError where no such one is registered."""
    place = _registered().get(name)
    if place is None:
        raise ValueError(f"there is no service {name!r}; there are: {', '.join(sorted(_registered()))}")
    module, _, attribute = place.partition(":")
    service: Service = getattr(importlib.import_module(module), attribute)
    return service


def _registered() -> dict[str, str]:
    table: dict[str, str] = {}
    if _PYPROJECT.is_file():
        table = tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]["entry-points"][_GROUP]
    return table | {point.name: point.value for point in entry_points(group=_GROUP)}
