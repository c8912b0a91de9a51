"""What a service is to the rest of the house: the value its app.py composes and the entry point `bangkom.services`
names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import click
from sqlalchemy import Connection, MetaData

from shared.events import Event
from shared.metrics import Figure
from shared.unit import Unit

Handler = Callable[[Unit, Any], None]
"""An on_* function: applies one event in the open unit. A rule's no is the item's outcome, said by an event."""

Figures = Callable[[Connection, datetime], Iterable[Figure]]
"""Reads figures for /metrics with one cheap query or two; the worker asks at intervals, in a transaction that only
reads."""


@dataclass(frozen=True)
class Effect:
    """A claimed effect row: `effect_id` is the idempotency key outside, `data` what the handler wrote, `traceparent`
    the W3C context in which it did."""

    effect_id: UUID
    kind: str
    target: str
    data: Mapping[str, Any]
    attempts: int
    traceparent: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How one effect went. `done` False means try again later; `result` is given to the settle function."""

    effect_id: UUID
    done: bool
    result: Any = None
    error: str | None = None


@dataclass(frozen=True)
class EffectKind:
    """Calls to the outside. `call` runs outside any transaction for effects of one target; `settle` runs in the unit
    that marks them done and says how it went.

    `ready` runs in a unit of its own just before the call and answers the effects with what must not lie in their rows,
    such as a secret; or a number of seconds for which the target is to be left alone, which counts as no attempt.
    `failed` runs in the unit that puts rows back to be tried later. `most` rows make one call, the worker's own number
    without it.
    """

    kind: str
    call: Callable[[str, Sequence[Effect]], Sequence[Outcome]]
    settle: Callable[[Unit, Sequence[tuple[Effect, Outcome]]], None]
    ready: Callable[[Unit, str, Sequence[Effect]], Sequence[Effect] | float] | None = None
    failed: Callable[[Unit, str, Sequence[tuple[Effect, Outcome]]], None] | None = None
    most: int | None = None


@dataclass(frozen=True)
class Sweep:
    """Work that time causes. `run` is called in its own unit every `every` seconds of real time and answers how many
    things it did; it takes rows FOR UPDATE SKIP LOCKED and bounds its own slice, and is called again while it did
    any."""

    name: str
    every: float
    run: Callable[[Unit], int]


@dataclass(frozen=True, kw_only=True)
class Service:
    """One service. `metadata` and `migrations` (a folder) are None for a service that owns no data.

    `audit` yields facts `{"fact": kind, ...}` that the command line joins over all services and `{"broken": rule, ...}`
    for rules the service can check alone. `explain` yields what happened to the thing with that id, as
    `{"at": iso time, "what": {"id": sentence, "en": sentence}, ...}`. `say_again` emits again what the service
    already said of the things with these ids (seats, batches, findings), for `bangkom reconcile`, and answers how
    many it said.

    `app` makes the WSGI application of a service that shows pages of its own; others get theirs from shared.web.
    `check_settings` raises BadSettings where settings of the service's own are not complete; no process starts then.
    """

    name: str
    title: str
    metadata: MetaData | None = None
    migrations: str | None = None
    doors: Sequence[Any] = ()
    subscriptions: Mapping[type[Event], Handler] = field(default_factory=dict)
    effects: Sequence[EffectKind] = ()
    sweeps: Sequence[Sweep] = ()
    figures: Sequence[Figures] = ()
    audit: Callable[[Unit], Iterator[dict[str, Any]]] | None = None
    explain: Callable[[Unit, UUID], Iterator[dict[str, Any]]] | None = None
    say_again: Callable[[Unit, str, Sequence[UUID]], int] | None = None
    commands: click.Group | None = None
    app: Callable[[], Any] | None = None
    check_settings: Callable[[], None] | None = None
