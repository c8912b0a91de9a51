"""Finding LMS plugins and calling them so that a bad one harms nobody else."""

import tomllib
from collections.abc import Callable, Mapping
from contextvars import copy_context
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from threading import Lock, Thread
from time import monotonic
from typing import TypeVar

import structlog

from services.bridge.contract import CALL_WITHIN, GROUP, Capability, Connector, Site

LOAD_WITHIN = 10.0
_PYPROJECT = Path(__file__).resolve().parent.parent.parent / "pyproject.toml"
_hanging: dict[str, Thread] = {}
_lock = Lock()
_loads: dict[str, "_Load"] = {}
log = structlog.get_logger("bangkom.lms")
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
    """The plugin of this name; LookupError where there is none, NotLoaded where it can't be loaded. It is loaded in a
    thread of its own: a module may raise, exit or hang. One that raised is tried again at the next ask; one that hangs
    holds up whoever asks first, for LOAD_WITHIN seconds, and is there once it comes back."""
    place = places().get(name)
    if place is None:
        raise LookupError(name)
    with _lock:
        load = _loads.get(place)
        if load is None or load.failure:
            load = _loads[place] = _Load(place)
            load.start()
    load.join(max(0.0, load.until - monotonic()))
    if load.found is None:
        why = load.failure or "hanging"
        log.error("lms.plugin_not_loaded", plugin=name, error=why)
        raise NotLoaded(why)
    return load.found


def capabilities(name: str) -> Capability:
    """What the plugin of this name can do. One that can't be loaded now may be there again before the deadline, so its
    places are taken in: their calls fail and are tried again."""
    try:
        return plugin(name).capabilities
    except (LookupError, NotLoaded):
        return Capability.ENROL | Capability.UNENROL


def why_not(name: str) -> str:
    """In a word why the plugin of this name can't be loaded; empty where it can."""
    try:
        plugin(name)
    except LookupError:
        return "missing"
    except NotLoaded as no:
        return no.why
    return ""


class NotLoaded(Exception):
    """A plugin can't be loaded; `why` is what its module raised, or `hanging`, or `capabilities` where it declares
    none. Only the kind is told."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _Load(Thread):
    """The loading of one plugin."""

    def __init__(self, place: str) -> None:
        super().__init__(name=f"lms-plugin:{place}", daemon=True)
        self.place, self.until = place, monotonic() + LOAD_WITHIN
        self.found: type[Connector] | None = None
        self.failure = ""

    def run(self) -> None:
        module, _, attribute = self.place.partition(":")
        try:
            found = getattr(import_module(module), attribute)
            if isinstance(found.capabilities, Capability):
                self.found = found
            else:
                self.failure = "capabilities"
        except BaseException as error:  # noqa: BLE001 - a module may raise anything while it is loaded, also SystemExit
            self.failure = type(error).__name__


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
        # The call belongs to the trace of what asked for it.
        thread = Thread(target=copy_context().run, args=(run,), name=f"lms:{site}", daemon=True)
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
