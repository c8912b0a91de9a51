"""Calls to the outside: bounded in time, size and tries, and never to a place inside our own network by accident.

    outside = Outside()
    answer = outside.send("POST", "https://lms.example/ws", json={...}, key=str(effect.effect_id))

The name is resolved here, every address it has is looked at, and the connection goes to the very address that was
looked at: a name that changes its mind in between (DNS rebinding) gains nothing. Redirects are not followed. What may
be repeated is repeated: GET, HEAD, PUT, DELETE, and anything that carries an idempotency key.
"""

import ipaddress
import os
import random
import socket
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import requests
import structlog
from msgspec import json as fast
from requests.adapters import HTTPAdapter

from shared import traces
from shared.envelope import number_of
from shared.metrics import OUTGOING_SECONDS

_PRIVATE_HOSTS = "BANGKOM_PRIVATE_HOSTS"
_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_PASSING = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE = 10.0
_CHUNK = 64 * 1024

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

log = structlog.get_logger("bangkom.http")


class Refused(Exception):
    """We will not make this call: the address is not one to call."""


class NoAnswer(Exception):
    """No usable answer came in the time and tries there were. `sent` says whether the call may have arrived."""

    def __init__(self, why: str, sent: bool) -> None:
        super().__init__(why)
        self.sent = sent


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; NoAnswer where it is none."""
        try:
            return fast.decode(self.body)
        except (ValueError, RecursionError):
            raise NoAnswer("the answer is not JSON", sent=True) from None


def private_hosts() -> frozenset[str]:
    """Hosts and networks inside that may be called, from BANGKOM_PRIVATE_HOSTS ("lms.internal, 10.1.0.0/16")."""
    return frozenset(each.strip().lower() for each in os.environ.get(_PRIVATE_HOSTS, "").split(",") if each.strip())


@dataclass(frozen=True)
class Outside:
    """`allowed` names hosts and networks inside that may be called. Times are in seconds: `connect` and `read` each
    wait, `whole` the whole call with its retries. `most` is the largest answer in bytes. `authorities` is a file of
    certificate authorities to trust instead of the usual ones."""

    allowed: Collection[str] | None = None
    connect: float = 3.0
    read: float = 10.0
    whole: float = 30.0
    tries: int = 3
    most: int = 5 * 1024 * 1024
    authorities: str | None = None
    pause: Callable[[float], None] = time.sleep

    def send(
        self,
        method: str,
        url: str,
        *,
        json: Any = None,
        data: Mapping[str, Any] | bytes | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
    ) -> Answer:
        """One call, repeated where that is safe. Raises Refused or NoAnswer; every status is an answer."""
        method = method.upper()
        host = urlsplit(url).hostname or "-"
        about = {"http.request.method": method, "server.address": host}
        with traces.span(traces.CLIENT, f"{method} {host}", about) as span:
            sent = self._headers(headers, key, span.traceparent)
            answer = self._tried(method, url, key, json=json, data=data, params=params, headers=sent)
            span.note({"http.response.status_code": answer.status})
            return answer

    def _tried(self, method: str, url: str, key: str | None, **parts: Any) -> Answer:
        until = time.monotonic() + self.whole
        began = time.monotonic()
        outcome = "failed"
        safe = key is not None or method in _IDEMPOTENT
        try:
            for attempt in range(1, self.tries + 1):
                last = attempt == self.tries or not safe
                try:
                    answer = self._once(method, url, until, **parts)
                except NoAnswer as error:
                    # What never left may be tried again in any case.
                    if (last and error.sent) or attempt == self.tries:
                        raise
                    wait = _pause(attempt)
                else:
                    if answer.status not in _PASSING or last:
                        outcome = str(answer.status)
                        return answer
                    wait = _asked_for(answer) or _pause(attempt)
                if time.monotonic() + wait > until:
                    raise NoAnswer("no time left for another try", sent=True)
                log.info("http.again", host=urlsplit(url).hostname, attempt=attempt)
                self.pause(wait)
            raise AssertionError("unreachable: the last try returns or raises")
        except Refused:
            outcome = "refused"
            raise
        finally:
            OUTGOING_SECONDS.labels(urlsplit(url).hostname or "-", outcome).observe(time.monotonic() - began)

    def _once(self, method: str, url: str, until: float, **parts: Any) -> Answer:
        parts_of = urlsplit(url)
        pinned = self._pinned(url)
        left = until - time.monotonic()
        if left <= 0:
            raise NoAnswer("no time left", sent=False)
        with requests.Session() as session:
            session.trust_env = False  # Neither a proxy nor a .netrc of the environment may change where it goes.
            session.verify = self.authorities or True
            session.mount("http://", _Pinned(pinned, parts_of.hostname or ""))
            session.mount("https://", _Pinned(pinned, parts_of.hostname or ""))
            waits = (min(self.connect, left), min(self.read, left))
            try:
                with session.request(method, url, timeout=waits, allow_redirects=False, stream=True, **parts) as got:
                    return Answer(got.status_code, got.headers, self._body(got, until))
            except requests.ConnectTimeout as error:
                raise NoAnswer("could not connect in time", sent=False) from error
            except requests.RequestException as error:
                never_left = isinstance(error, requests.ConnectionError) and "NewConnectionError" in repr(error)
                raise NoAnswer(type(error).__name__, sent=not never_left) from error

    def _body(self, got: requests.Response, until: float) -> bytes:
        body = bytearray()
        for chunk in got.iter_content(_CHUNK):
            body += chunk
            if len(body) > self.most:
                raise NoAnswer("the answer is too large", sent=True)
            if time.monotonic() > until:
                raise NoAnswer("the answer did not end in time", sent=True)
        return bytes(body)

    def _pinned(self, url: str) -> str:
        """The address to connect to, once every address of the name is one that may be called."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise Refused("only http and https addresses without a password in them are called")
        try:
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
            found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
        except (OSError, ValueError, UnicodeError) as error:
            raise NoAnswer("the name has no address", sent=False) from error
        addresses = [ipaddress.ip_address(str(each[4][0]).partition("%")[0]) for each in found]
        for each in addresses:
            if not (_public(each) or self._allows(parts.hostname, each)):
                raise Refused(f"{parts.hostname} is inside our own network; name it in {_PRIVATE_HOSTS} to allow it")
        return str(addresses[0])

    def _allows(self, host: str, address: Address) -> bool:
        allowed = private_hosts() if self.allowed is None else self.allowed
        return any(each == host.lower() or _within(address, each) for each in allowed)

    def _headers(self, given: Mapping[str, str] | None, key: str | None, traceparent: str) -> dict[str, str]:
        context = structlog.contextvars.get_contextvars()
        ours = {
            "X-Request-ID": context.get("request_id") or number_of(traceparent),
            "traceparent": traceparent,
            "Idempotency-Key": key,
            "User-Agent": "bangkom",
        }
        return {name: value for name, value in ours.items() if value} | dict(given or {})


class _Pinned(HTTPAdapter):
    """Connects to one address, and asks for (and checks the certificate of) the name."""

    def __init__(self, address: str, name: str) -> None:
        self._address = address
        self._name = name
        super().__init__()

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        host, pool = cast("tuple[Any, Any]", super().build_connection_pool_key_attributes(request, verify, cert))
        host["host"] = self._address
        if host["scheme"] == "https":
            pool["server_hostname"] = self._name
            pool["assert_hostname"] = self._name
        return host, pool

    def add_headers(self, request: Any, **_: Any) -> None:
        request.headers.setdefault("Host", urlsplit(request.url).netloc)


def _public(address: Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return address.is_global and not address.is_multicast and (mapped is None or _public(mapped))


def _within(address: Address, network: str) -> bool:
    try:
        return address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _pause(attempt: int) -> float:
    return 0.2 * 2.0**attempt * random.uniform(0.5, 1.0)  # noqa: S311 (spreads load, keeps no secret)


def _asked_for(answer: Answer) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_PAUSE) if text.isascii() and text.isdigit() else 0.0
