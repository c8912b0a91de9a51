"""A whole town in one test: every service on its own real database, events carried by hand instead of by a broker.

`town.unit("budget")` opens a unit, `town.client("budget", by)` is an HTTP client, `town.run()` carries events, runs
effects and sweeps until nothing is left to do. A seed makes it carry in any order, twice, or late: receivers must
not care.
"""

import importlib
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import Request
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared import clock
from shared.auth import EVERYWHERE, ROLES, Principal
from shared.codec import decode
from shared.errors import UNAUTHENTICATED, NotYet
from shared.events import Event
from shared.ids import new_id
from shared.service import Effect, Service
from shared.unit import Unit, unit_of
from shared.web.app import Context, create_app

LATE = 0.25
"""The share of new letters that a carrying in disorder holds back, behind those of the next round."""

WITH_DATA = ("enrolment", "content", "surveys", "budget", "bridge")


def service_named(name: str) -> Service:
    service: Service = importlib.import_module(f"services.{name}.app").SERVICE
    return service


@dataclass
class Letter:
    to: str
    event_id: UUID
    event: Event
    tries: int = 0


@dataclass
class Town:
    services: dict[str, Service]
    engines: dict[str, Engine]
    said: list[Event] = field(default_factory=list)
    _people: dict[str, Principal] = field(default_factory=dict)
    _waiting: list[Letter] = field(default_factory=list)

    def only(self, *names: str) -> "Town":
        """The same town with these services alone."""
        return Town({name: self.services[name] for name in names}, {name: self.engines[name] for name in names})

    def empty(self) -> None:
        """Empty the tables that hold a row: truncating an empty one costs as much as a full one."""
        for name, service in self.services.items():
            tables = [table.name for table in service.metadata.sorted_tables]  # type: ignore[union-attr]
            asked = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables)
            with self.engines[name].begin() as connection:
                full = connection.scalars(text(asked)).all()
                if full:
                    names = ", ".join(f'"{table}"' for table in full)
                    connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        self.said, self._waiting = [], []

    @contextmanager
    def unit(self, service: str, by: Principal | None = None) -> Iterator[Unit]:
        with unit_of(self.engines[service], service, by) as unit:
            yield unit

    def client(self, service: str, by: Principal | None = None) -> "Client":
        app = self._apps[service]
        if by is not None:
            self._people[by.id] = by
        return Client(app.test_client(), by)

    @cached_property
    def _apps(self) -> dict[str, Any]:
        return {
            name: create_app(service, Context(self.engines[name], self._authenticate))
            for name, service in self.services.items()
        }

    def _authenticate(self, request: Request) -> Principal:
        try:
            return self._people[request.headers.get("Authorization", "").removeprefix("Bearer ")]
        except KeyError:
            raise UNAUTHENTICATED() from None

    def hear(self, service: str, event: Event, event_id: UUID | None = None) -> None:
        """Let one service hear one event, as the consumer would."""
        self._handle(Letter(service, event_id or new_id(), event))

    def travel(self, **by: float) -> None:
        """Let time pass: `town.travel(days=3)`."""
        clock.travel(timedelta(**by))

    def run(self, seed: int | None = None, sweeps: bool = True, most: int = 200) -> list[Event]:
        """Carry everything until the town is quiet; answers what was said. With a seed: shuffled, delivered twice, and
        some so late that answers to later events overtake them."""
        rng = random.Random(seed) if seed is not None else None
        said: list[Event] = []
        late: list[Letter] = []
        for _ in range(most):
            fresh, held = list(self._collect(said)), late
            late = []
            if rng is not None:
                fresh += fresh
                rng.shuffle(fresh)
                at = int(len(fresh) * LATE)
                fresh, late = fresh[at:], fresh[:at]
            self._waiting, letters = [], self._waiting + fresh + held
            busy = len(late) + sum(self._handle(letter) for letter in letters)
            busy += sum(self._effects(name) for name in self.services)
            if sweeps:
                busy += sum(self._sweep(name) for name in self.services)
            if not busy and not any(self._unsent(name) for name in self.services):
                break
        else:
            raise AssertionError(f"the town did not become quiet; last said: {said[-5:]}")
        self.said += said
        return said

    def waiting(self) -> list[Letter]:
        """Letters whose receiver said NotYet and nothing has come since."""
        return self._waiting

    def _collect(self, said: list[Event]) -> Iterator[Letter]:
        for name, service in self.services.items():
            outbox = service.metadata.tables["outbox"]  # type: ignore[union-attr]
            with self.unit(name) as unit:
                rows = unit.db.execute(
                    select(outbox.c.event_id, outbox.c.type, outbox.c.data, outbox.c.position)
                    .where(outbox.c.sent_at.is_(None))
                    .order_by(outbox.c.position)
                ).all()
                unit.db.execute(
                    update(outbox)
                    .where(outbox.c.position.in_([row.position for row in rows]))
                    .values(sent_at=func.now())
                )
            for row in rows:
                event = decode(row.type, row.data)
                said.append(event)
                for listener, other in self.services.items():
                    if type(event) in other.subscriptions:
                        yield Letter(listener, row.event_id, event)

    def _handle(self, letter: Letter) -> int:
        service = self.services[letter.to]
        inbox = service.metadata.tables["inbox"]  # type: ignore[union-attr]
        try:
            with self.unit(letter.to) as unit:
                claimed = unit.db.execute(
                    upsert(inbox).values(event_id=letter.event_id).on_conflict_do_nothing().returning(inbox.c.event_id)
                ).one_or_none()
                if claimed is None:
                    return 0
                service.subscriptions[type(letter.event)](unit, letter.event)
        except NotYet:
            letter.tries += 1
            self._waiting.append(letter)
            return 0
        return 1

    def _effects(self, name: str) -> int:
        service = self.services[name]
        table = service.metadata.tables["effect"]  # type: ignore[union-attr]
        done = 0
        for kind in service.effects:
            with self.unit(name) as unit:
                rows = unit.db.execute(
                    select(table).where(table.c.kind == kind.kind, table.c.done_at.is_(None)).order_by(table.c.at)
                ).all()
            targets: dict[str, list[Effect]] = {}
            for row in rows:
                effect = Effect(row.effect_id, row.kind, row.target, row.data, row.attempts)
                targets.setdefault(row.target, []).append(effect)
            for target, effects in targets.items():
                ready: Any = effects
                if kind.ready is not None:
                    with self.unit(name) as unit:
                        ready = kind.ready(unit, target, effects)
                if isinstance(ready, float):
                    continue
                outcomes = {outcome.effect_id: outcome for outcome in kind.call(target, ready)}
                settled = [
                    (effect, outcomes[effect.effect_id]) for effect in effects if outcomes[effect.effect_id].done
                ]
                with self.unit(name) as unit:
                    unit.db.execute(
                        update(table)
                        .where(table.c.effect_id.in_([effect.effect_id for effect, _ in settled]))
                        .values(done_at=func.now(), data={})
                    )
                    if settled:
                        kind.settle(unit, settled)
                done += len(settled)
        return done

    def _sweep(self, name: str) -> int:
        did = 0
        for sweep in self.services[name].sweeps:
            with self.unit(name) as unit:
                did += sweep.run(unit)
        return did

    def _unsent(self, name: str) -> int:
        outbox = self.services[name].metadata.tables["outbox"]  # type: ignore[union-attr]
        with self.unit(name) as unit:
            return unit.db.scalar(select(func.count()).where(outbox.c.sent_at.is_(None))) or 0


@dataclass
class Client:
    """An HTTP client that signs in as `by` and makes a fresh idempotency key for each POST."""

    flask: FlaskClient
    by: Principal | None

    def get(self, path: str, **query: Any) -> Any:
        return self.flask.get(path, query_string=query, headers=self._headers())

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        return self.flask.post(path, json=body, headers=self._headers() | {"Idempotency-Key": key or str(new_id())})

    def put(self, path: str, body: Any) -> Any:
        return self.flask.put(path, json=body, headers=self._headers())

    def delete(self, path: str) -> Any:
        return self.flask.delete(path, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.by.id}"} if self.by else {}


def together(*calls: Callable[[], None]) -> None:
    """Run the calls at the same moment, each in its own thread and so on its own connection."""
    gate = threading.Barrier(len(calls))

    def start(call: Callable[[], None]) -> None:
        gate.wait(timeout=60)
        call()

    with ThreadPoolExecutor(len(calls)) as pool:
        for done in [pool.submit(start, call) for call in calls]:
            done.result(timeout=120)


def who(*roles: str, agency: UUID | None = None, person_id: UUID | None = None) -> Principal:
    """A principal with these roles for one agency, or for all."""
    assert set(roles) <= set(ROLES)
    return Principal(str(person_id or new_id()), {str(agency or EVERYWHERE): frozenset(roles)})


def only(events: Iterable[Event], kind: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


__all__ = ["WITH_DATA", "Client", "Letter", "Town", "only", "service_named", "together", "who"]
