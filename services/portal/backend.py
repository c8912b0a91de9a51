"""The other services as the portal sees them: JSON over HTTP with the signed-in person's own token.

A service answers, refuses (`Refusal`, an RFC 9457 answer), or is not there (`Down`). A page made of several answers
fetches them `together`, and shows what came.
"""

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from shared import traces
from shared.envelope import TRACEPARENT
from shared.metrics import OUTGOING_SECONDS

_MOST_AT_ONCE = 16
_MOST_BYTES = 8 * 1024 * 1024
_WAIT_BEFORE_SECOND_TRY = 0.15
_BOUNDS_VISITORS = "bridge"
"""The one service that is told a visitor's address: nobody is signed in when a launch begins, so it has nothing else by
which to bound how often one visitor asks. Whoever answers a survey is to be known by nothing, hence no other."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """What came over the wire."""

    status: int
    content: bytes


class Transport(Protocol):
    """Carries one request. Raises `OSError` (or a child) when nobody answers in time."""

    def __call__(
        self, method: str, url: str, *, query: Mapping[str, Any], body: Any, headers: Mapping[str, str], time_out: float
    ) -> Reply: ...


class Refusal(Exception):
    """A service said no. `detail` is a sentence for a person; `fields` maps a field to what is wrong with it."""

    def __init__(self, service: str, status: int, problem: Mapping[str, Any]) -> None:
        self.service = service
        self.status = status
        self.code = str(problem.get("code") or f"http.{status}")
        self.detail = str(problem.get("detail") or "")
        self.facts: Mapping[str, Any] = problem.get("facts") or {}
        self.fields = _flat(problem.get("fields") or {})
        super().__init__(f"{service} {status} {self.code}")


class Down(Exception):
    """A service did not answer, or not in words that can be read."""

    def __init__(self, service: str, why: str = "") -> None:
        self.service = service
        super().__init__(f"{service} is down: {why}")


@dataclass(frozen=True)
class Part:
    """One part of a page: what came, or why nothing did."""

    value: Json = field(default_factory=dict)
    error: Refusal | Down | None = None

    @property
    def ok(self) -> bool:
        """Whether the part can be shown."""
        return self.error is None

    @property
    def down(self) -> bool:
        """Whether the service behind it did not answer."""
        return isinstance(self.error, Down)

    @property
    def items(self) -> list[Json]:
        """The items of a list; none where the part is missing."""
        return list(self.value.get("items", []))


@dataclass(frozen=True)
class Backend:
    """All services behind one transport."""

    urls: Mapping[str, str]
    transport: Transport
    time_out: float
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(_MOST_AT_ONCE, "portal-ask"))

    def asker(
        self,
        token: str | None,
        language: str,
        request_id: str,
        traceparent: str | None = None,
        visitor: str | None = None,
    ) -> "Asker":
        """Asks in the name of the person behind `token`; None asks without a name. `traceparent` is the W3C context of
        the page, without it that of what is done here; `visitor` the address from which it is read."""
        return Asker(self, token, language, request_id, traceparent or TRACEPARENT.get(), visitor)


@dataclass(frozen=True)
class Asker:
    """Questions and commands of one page in one person's name. Safe to use from several threads."""

    backend: Backend
    token: str | None
    language: str
    request_id: str
    traceparent: str | None = None
    visitor: str | None = None

    def get(self, service: str, path: str, **query: Any) -> Json:
        """What the service answers; None values are left out of the query. Tried twice, reading harms nothing."""
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        try:
            return self._call("GET", service, path, query=asked)
        except Down:
            time.sleep(_WAIT_BEFORE_SECOND_TRY)
            return self._call("GET", service, path, query=asked)

    def post(self, service: str, path: str, body: Json, key: str | None) -> Json:
        """Command the service; `key` makes a repeat harmless."""
        return self._call("POST", service, path, body=body, key=key)

    def together(self, **questions: Callable[["Asker"], Json]) -> dict[str, Part]:
        """Ask several things at once; each comes back as a part of its own."""
        futures = {name: self.backend.pool.submit(self.part, question) for name, question in questions.items()}
        return {name: future.result() for name, future in futures.items()}

    def part(self, question: Callable[["Asker"], Json]) -> Part:
        """One question as a part of a page."""
        try:
            return Part(question(self))
        except (Refusal, Down) as error:
            return Part(error=error)

    def _call(
        self,
        method: str,
        service: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        key: str | None = None,
    ) -> Json:
        base = self.backend.urls.get(service)
        if not base:
            raise Down(service, "no address")
        headers = {"Accept": "application/json", "Accept-Language": self.language, "X-Request-Id": self.request_id}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.visitor and service == _BOUNDS_VISITORS:
            headers["X-Forwarded-For"] = self.visitor
        if key:
            headers["Idempotency-Key"] = key
        # A page asks from several threads, so its context is given to the span rather than taken from the thread.
        about = {"http.request.method": method, "peer.service": service}
        with traces.span(traces.CLIENT, f"call {service}", about, parent=self.traceparent, service="portal") as span:
            headers["traceparent"] = span.traceparent
            try:
                reply = self.backend.transport(
                    method, base + path, query=query or {}, body=body, headers=headers, time_out=self.backend.time_out
                )
            except OSError as error:
                raise Down(service, type(error).__name__) from error
            span.note({"http.response.status_code": reply.status})
        return _read(service, reply)


def get(service: str, path: str, **query: Any) -> Callable[[Asker], Json]:
    """A question to be asked later, for `Asker.together`."""
    return lambda asker: asker.get(service, path, **query)


def over_requests() -> Transport:
    """The transport over a pool of connections, timed by host and outcome. Follows no redirect, keeps no cookie.

    Not `shared.http.Outside`: what is called here stands in the settings, mostly inside our own network, and a page
    can't wait for a new connection on each of its questions.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = requests.adapters.HTTPAdapter(pool_connections=8, pool_maxsize=_MOST_AT_ONCE)
    session.mount("http://", adapter)
    session.mount("https://", adapter)

    def carry(
        method: str, url: str, *, query: Mapping[str, Any], body: Any, headers: Mapping[str, str], time_out: float
    ) -> Reply:
        began, outcome = time.monotonic(), "failed"
        try:
            answer = session.request(
                method,
                url,
                params=dict(query),
                json=body,
                headers=dict(headers),
                timeout=(min(2.0, time_out), time_out),
                allow_redirects=False,
            )
            outcome = str(answer.status_code)
        finally:
            OUTGOING_SECONDS.labels(urlsplit(url).hostname or "-", outcome).observe(time.monotonic() - began)
        return Reply(answer.status_code, answer.content)

    return carry


def new_key() -> str:
    """A fresh idempotency key for a form."""
    return uuid.uuid4().hex


def _read(service: str, reply: Reply) -> Json:
    if len(reply.content) > _MOST_BYTES:
        raise Down(service, "answer too large")
    try:
        value = json.loads(reply.content) if reply.content else {}
    except ValueError:
        raise Down(service, f"http {reply.status}, not JSON") from None
    if not isinstance(value, dict):
        raise Down(service, "answer is not an object")
    if reply.status < 400:
        return value
    if reply.status >= 500:
        raise Down(service, f"http {reply.status}")
    raise Refusal(service, reply.status, value)


def _flat(fields: Any, path: str = "") -> dict[str, str]:
    """Marshmallow's nested messages as field path -> sentence; where they came from (json, query) is left out."""
    if isinstance(fields, Mapping):
        flat: dict[str, str] = {}
        for name, inner in fields.items():
            where = path if not path and name in {"json", "query", "_schema"} else f"{path}.{name}".strip(".")
            flat.update(_flat(inner, where))
        return flat
    if isinstance(fields, Sequence) and not isinstance(fields, str):
        return {path: " ".join(str(each) for each in fields)}
    return {path: str(fields)}
