"""All services as the command line sees them: asks each over HTTP, joins what they answer, lets them say things again.

    house = House(addresses, token)
    report = audit(house, settled=True)
    plan = remedies(report)

The token needs the roles auditor (to ask) and operator (to let a service say something again).
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import DecodeError
from msgspec import json as fast

from shared import clock
from shared.audit import REMEDIES, Fact, Report, join, lasting
from shared.http import Answer, NoAnswer, Outside, Refused
from shared.ids import new_id
from shared.service import Service

_MOST = 1024 * 1024 * 1024
_SLICE = 500
_BETWEEN_READINGS = 2.0


class Unanswered(Exception):
    """A service could not be asked, so nothing can be said of the house. `service` is its name."""

    def __init__(self, service: str, why: str) -> None:
        self.service = service
        super().__init__(f"{service}: {why}")


@dataclass(frozen=True)
class Remedy:
    """What `service` should say again: the things of one `kind` with these ids."""

    service: str
    kind: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class House:
    """`addresses` maps a service's name to the base address of its API."""

    addresses: Mapping[str, str]
    token: str
    pause: Callable[[float], None] = field(default=time.sleep, repr=False)

    def facts(self) -> Iterator[Fact]:
        """Every fact of every service; Unanswered where one does not answer whole."""
        for service in self.addresses:
            yield from self._facts_of(service)

    def explain(self, thing_id: UUID) -> list[dict[str, Any]]:
        """What all services know to have happened to a seat, batch, line or finding, in order of time."""
        found = [
            {"service": service, **item}
            for service in self.addresses
            for item in self._send(service, "GET", f"/internal/explain/{thing_id}").json()["items"]
        ]
        return sorted(found, key=lambda item: (item["at"], item["service"]))

    def say_again(self, remedy: Remedy) -> int:
        """Let a service say it again; answers how many things it said."""
        said = 0
        for start in range(0, len(remedy.ids), _SLICE):
            body = {"kind": remedy.kind, "ids": remedy.ids[start : start + _SLICE]}
            said += self._send(remedy.service, "POST", "/internal/say-again", json=body, key=str(new_id())).json()[
                "said"
            ]
        return said

    def _facts_of(self, service: str) -> Iterator[Fact]:
        lines = self._send(service, "GET", "/internal/audit").body.splitlines()
        try:
            facts = [fast.decode(line) for line in lines]
        except DecodeError as error:
            raise Unanswered(service, "its audit broke off") from error
        # The last line counts the others, so that a stream that broke off is not taken for a sound house.
        if not facts or facts[-1] != {"fact": "end", "service": service, "lines": len(facts) - 1}:
            raise Unanswered(service, "its audit broke off")
        yield from ({"service": service, **fact} for fact in facts[:-1])

    def _send(self, service: str, method: str, path: str, **parts: Any) -> Answer:
        address = self.addresses[service]
        outside = Outside(allowed=[urlsplit(address).hostname or ""], read=60, whole=300, most=_MOST, pause=self.pause)
        try:
            answer = outside.send(method, address + path, headers={"Authorization": f"Bearer {self.token}"}, **parts)
        except (NoAnswer, Refused) as error:
            raise Unanswered(service, str(error)) from error
        if not answer.good:
            raise Unanswered(service, f"{path} answered {answer.status}")
        return answer


def listeners(services: Iterable[Service]) -> dict[str, frozenset[str]]:
    """Which services hear each type of event."""
    heard: dict[str, set[str]] = defaultdict(set)
    for service in services:
        for event in service.subscriptions:
            heard[event.TYPE].add(service.name)
    return {kind: frozenset(names) for kind, names in heard.items()}


def audit(
    house: House,
    heard: Mapping[str, frozenset[str]],
    *,
    settled: bool = False,
    buried: Callable[[], Iterable[Fact]] = lambda: (),
) -> Report:
    """Ask all services and join. `buried` gives facts of dead letters that lie in a broker, not in a database. What
    looks broken is read a second time, for the town goes on working while it is asked."""

    def reading() -> Report:
        facts = [*house.facts(), *buried()]
        return join(facts, clock.now(), heard, settled=settled, real_now=datetime.now(UTC))

    first = reading()
    if first.ok:
        return first
    house.pause(_BETWEEN_READINGS)
    return lasting(first, reading())


def remedies(report: Report) -> list[Remedy]:
    """Who should say what again, so that what is broken mends itself by events."""
    plan: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in report.broken:
        if row["rule"] in REMEDIES:
            service, kind, name = REMEDIES[row["rule"]]
            plan[service or row["service"], kind].add(row[name])
    return [Remedy(service, kind, tuple(sorted(ids))) for (service, kind), ids in sorted(plan.items())]


def without_remedy(report: Report) -> Sequence[dict[str, Any]]:
    """Broken rows that no repeat can mend: a person has to look."""
    return [row for row in report.broken if row["rule"] not in REMEDIES]
