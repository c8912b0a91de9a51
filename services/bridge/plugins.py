"""Finding LMS plugins and calling them so that a bad one harms nobody else."""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from threading import Lock, Thread
from typing import TypeVar

from services.bridge.contract import CALL_WITHIN, GROUP, Capability, Connector, Site

_PYPROJECT = Path(__file__).resolve().parent.parent.parent / "pyproject.toml"
_hanging: dict[str, Thread] = {}
_lock = Lock()
Value = TypeVar("Value")


class Hanging(Exception):
    """A call did not answer in time, or the one before it still doesn't."""


@cache
def places() -> Mapping[str, str]:
    """Where each plugin is, `module:Class` by name: the entry points, and in a plain checkout pyproject.toml's
    table."""
    table: dict[str, str] = {}
    if _PYPROJECT.is_file():
        project = tomllib.loads(_PYPROJECT.read_text(encoding="utf-8"))["project"]
        table = dict(project["entry-points"][GROUP])
    return table | {point.name: point.value for point in entry_points(group=GROUP)}


def plugin(name: str) -> type[Connector]:
    """The plugin of this name; LookupError where there is none, whatever the plugin raises where it can't be loaded."""
    place = places().get(name)
    if place is None:
        raise LookupError(name)
    module, _, attribute = place.partition(":")
    found: type[Connector] = getattr(import_module(module), attribute)
    return found


def capabilities(name: str) -> Capability:
    """What the plugin of this name can do. One that can't be loaded now may be there again before the deadline, so it
    is taken to be able to do everything: its calls fail and are tried again."""
    try:
        return plugin(name).capabilities
    except Exception:  # noqa: BLE001 - a plugin's module may raise anything while it is loaded
        return Capability.ENROL | Capability.UNENROL


def connect(name: str, site: Site) -> Connector:
    """The plugin's object for one site."""
    return plugin(name)(site)


def within(site: str, call: Callable[[], Value], seconds: float = CALL_WITHIN) -> Value:
    """What `call` answers, or Hanging after so many seconds. A call that hangs keeps its site to itself: no other
    starts there before it ends, so that what was asked later can't be overtaken by it."""
    answer: list[Value] = []
    failure: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(call())
        except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, also SystemExit
            failure.append(error)

    with _lock:
        before = _hanging.get(site)
        if before is not None and before.is_alive():
            raise Hanging(site)
        thread = Thread(target=run, name=f"lms:{site}", daemon=True)
        _hanging[site] = thread
        thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise Hanging(site)
    if failure:
        raise PluginFailed(type(failure[0]).__name__) from failure[0]
    return answer[0]


class PluginFailed(Exception):
    """A plugin raised something; only its kind is told, its words may hold personal data."""
