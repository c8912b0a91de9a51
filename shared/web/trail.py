"""What every request of a service and of the portal leaves behind: a number, a trace, a line.

The number is that of the trace. A caller's X-Request-ID is taken where it is 32 hexadecimal digits or a UUID, and
nothing else: whatever else one could write there would stand in every log. Whoever is not signed in leaves no line and
no span: it may be an answer to a survey, and nobody is to know when that was given.
"""

import re
import time
from typing import Any

import structlog
from flask import Response, g, request

from shared import traces
from shared.envelope import TRACEPARENT, new_trace, number_of, parts_of, untold

_REQUEST_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

log = structlog.get_logger("bangkom.web")


def begin(service: str, told: bool) -> str:
    """Let what follows in this thread belong to this request; answers its id. Without `told` nobody is told of it, nor
    by the services that it calls."""
    g.began = time.perf_counter()
    sent = request.headers.get("X-Request-ID", "")
    sent = sent if _REQUEST_ID.fullmatch(sent) else ""
    parent = request.headers.get("traceparent")
    route = request.url_rule.rule if request.url_rule is not None else "-"
    name = f"{request.method} {route}" if request.url_rule is not None else "-"
    about = {"http.request.method": request.method, "http.route": route}
    if parts_of(parent) is not None:
        # The caller's own mark counts, so that what began untold goes on so.
        span = traces.begin(
            traces.SERVER, name, about, parent=parent if told else untold(parent or ""), service=service
        )
    else:
        first = new_trace(sent)
        span = traces.begin_trace(traces.SERVER, name, first if told else untold(first), about, service)
    request_id = sent or number_of(span.traceparent)
    g.span = span
    g.before = (
        TRACEPARENT.get(),
        {
            each: value
            for each, value in structlog.contextvars.get_contextvars().items()
            if each in ("service", "request_id")
        },
    )
    request.environ["bangkom.request_id"] = request_id
    structlog.contextvars.bind_contextvars(service=service, request_id=request_id)
    TRACEPARENT.set(span.traceparent)
    return request_id


def close(answer: Response, service: str, signed_in: bool, quiet: bool = False) -> float | None:
    """Write the line and end the span; answers the seconds it took, None where the request never began. `quiet` is for
    what asks every few seconds, such as a scrape."""
    if "span" not in g:
        return None
    seconds: float = time.perf_counter() - g.began
    if not signed_in or quiet:
        g.span.forget()
        return seconds
    g.span.note({"http.response.status_code": answer.status_code})
    if answer.status_code >= 500:
        g.span.failed(str(answer.status_code))
    g.span.end()
    # The rule, never the path: a path may hold a survey's link. Who asked is not written down either.
    ruled = request.url_rule is not None
    log.info(
        "web.request",
        service=service,
        method=request.method if ruled else "-",
        route=request.url_rule.rule if request.url_rule is not None else "-",
        status=answer.status_code,
        milliseconds=round(seconds * 1000, 1),
    )
    return seconds


def forget(_error: Any = None) -> None:
    """The same thread serves others after this."""
    if "before" not in g:
        return
    traceparent, bound = g.pop("before")
    TRACEPARENT.set(traceparent)
    structlog.contextvars.unbind_contextvars("service", "request_id")
    structlog.contextvars.bind_contextvars(**bound)
