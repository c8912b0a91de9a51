"""What each service's user may do on the broker, and the definitions file that gives it just that.

A service declares, reads and empties its own queue and dead letters; it publishes events of its own name, and lets
messages wait or die in its own queues. It can neither read another's queue nor put anything into one, nor say what only
another may say, nor bind itself to personal data that it does not hear. What all services share is declared by the user
`topology`, whom no process of a service knows.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from shared.service import Service
from shared.topology import Names

TOPOLOGY = "topology"
"""The user who declares everything: for `bangkom topology` and operators."""
_NONE = "^$"


@dataclass(frozen=True)
class Topic:
    """Which routing keys may be published to an exchange (`write`) and bound from it (`read`)."""

    exchange: str
    write: str
    read: str


@dataclass(frozen=True)
class Rights:
    """Regular expressions over names of queues and exchanges."""

    configure: str
    write: str
    read: str
    topics: tuple[Topic, ...] = ()


def rights(service: Service, names: Names) -> Rights:
    """What the user of a service may do."""
    queue, dead = names.queue(service.name), names.dead_queue(service.name)
    waits = [names.wait(step) for step in names.steps]
    heard = [kind.ROUTING_KEY for kind in service.subscriptions]
    mine = _one_of(queue)
    return Rights(
        configure=_one_of(queue, dead),
        write=_one_of(queue, dead, names.events, names.dead, *waits),
        read=_one_of(queue, dead, names.events, names.dead),
        topics=(
            Topic(names.events, rf"^(personal\.)?bangkom\.{re.escape(service.name)}\.", _one_of(*heard)),
            Topic(names.dead, mine, mine),
            *(Topic(wait, mine, _NONE) for wait in waits),
        ),
    )


def definitions(
    services: Sequence[Service], passwords: Mapping[str, str], vhost: str, names: Names | None = None
) -> dict[str, Any]:
    """What `rabbitmqctl import_definitions` takes: a user for each service in `passwords`, and `topology`. It holds
    hashes, no passwords."""
    names = names or Names()
    users, permissions, topics = [], [], []
    for name, may in _all(services, names):
        if name not in passwords:
            continue
        user = user_of(name, names)
        users.append(
            {
                "name": user,
                "password_hash": hashed(passwords[name]),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "",
            }
        )
        may_here = {"user": user, "vhost": vhost}
        permissions.append({**may_here, "configure": may.configure, "write": may.write, "read": may.read})
        topics += [
            {**may_here, "exchange": topic.exchange, "write": topic.write, "read": topic.read} for topic in may.topics
        ]
    return {"vhosts": [{"name": vhost}], "users": users, "permissions": permissions, "topic_permissions": topics}


def user_of(name: str, names: Names) -> str:
    """What the user of a service is called: as its queue."""
    return names.queue(name)


def address_for(broker_url: str, name: str, password: str, names: Names | None = None) -> str:
    """The broker's address with this user in it."""
    parts = urlsplit(broker_url)
    place = parts.netloc.rpartition("@")[2]
    who = f"{quote(user_of(name, names or Names()), safe='')}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{who}@{place}"))


def vhost_of(broker_url: str) -> str:
    """The virtual host that an address names; without one it is /."""
    return unquote(urlsplit(broker_url).path[1:]) or "/"


def hashed(password: str) -> str:
    """A password as RabbitMQ keeps it: four bytes of salt, then SHA-256 of both, in base64."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode("ascii")


def _all(services: Sequence[Service], names: Names) -> Iterator[tuple[str, Rights]]:
    for service in services:
        if service.metadata is not None:
            yield service.name, rights(service, names)
    everything = f"^{re.escape(names.prefix)}\\."
    # Wait queues have the default exchange behind them: who declares them must be able to write there.
    yield TOPOLOGY, Rights(everything, rf"{everything}|^amq\.default$", everything)


def _one_of(*names: str) -> str:
    return f"^({'|'.join(map(re.escape, names))})$" if names else _NONE
