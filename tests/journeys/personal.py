"""A person whose data are looked for: in all that anybody could read afterwards, and in what is called outside."""

import inspect
import io
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from prometheus_client import REGISTRY, generate_latest

from shared import traces
from tests.collector import Collector

NIP = "198503302003121002"
NAME = "Peserta Rahasiawati"
EMAIL = "peserta.rahasiawati@contoh.example"
WORDS = (NIP, NAME, EMAIL, NAME.upper(), "19850330 200312 1 002", EMAIL.title(), f"{NAME} {NIP}")
FOUND = re.compile("rahasiawati|" + r"[^0-9a-z]{0,3}".join(NIP), re.IGNORECASE)


@dataclass
class Watched:
    """What anybody could read afterwards."""

    said: io.StringIO
    collector: Collector

    def look(self) -> list[str]:
        traces.stop()
        told = self.said.getvalue().splitlines()
        told += generate_latest(REGISTRY).decode().splitlines()
        told += [body.decode("latin-1") for body in self.collector.bodies]
        return [line for line in told if FOUND.search(line)]


@contextmanager
def reaching(views: Mapping[str, Callable[..., Any]], seen: set[str]) -> Iterator[None]:
    """Adds the names of the views whose own code runs in this thread, past sign-in, roles and the reading of bodies."""
    names: dict[CodeType, str] = {inspect.unwrap(view).__code__: name for name, view in views.items()}

    def called(frame: FrameType, event: str, _about: Any) -> None:
        if event == "call" and frame.f_code in names:
            seen.add(names[frame.f_code])

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        yield
    finally:
        sys.setprofile(before)
