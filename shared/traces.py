"""Traces: what one request caused, over all services. Told to an OpenTelemetry collector where
OTEL_EXPORTER_OTLP_ENDPOINT names one; off otherwise, and then nothing of OpenTelemetry is loaded.

    with traces.span(traces.CLIENT, "call budget", {"server.address": host}) as span:
        headers["traceparent"] = span.traceparent

The W3C context is carried in any case, through HTTP headers, outbox rows, messages and effect rows: it gives log lines
their number. A span holds a route, a type or a host, never a path, a person or what an error says.
"""

import atexit
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from shared.config import read, setting, web_address
from shared.envelope import TRACEPARENT, child, new_trace, parts_of

if TYPE_CHECKING:
    from shared.otlp import Recorder

SERVER, CLIENT, PRODUCER, CONSUMER, INTERNAL = "SERVER", "CLIENT", "PRODUCER", "CONSUMER", "INTERNAL"
Attributes = Mapping[str, str | int | float | bool]

_recorder: "Recorder | None" = None


@dataclass(frozen=True, kw_only=True)
class TraceSettings:
    """Of every process. What else OpenTelemetry's own variables say is read by its library."""

    endpoint: str | None = setting("OTEL_EXPORTER_OTLP_ENDPOINT", web_address, None)


class Span:
    """Something that is being done. `traceparent` is its own context, for what is caused by it."""

    __slots__ = ("_told", "traceparent")

    def __init__(self, traceparent: str, told: Any = None) -> None:
        self.traceparent = traceparent
        self._told = told

    def note(self, attributes: Attributes) -> None:
        """Say more of it."""
        if self._told is not None:
            self._told.set_attributes(attributes)

    def failed(self, why: str) -> None:
        """It did not go well; `why` is a type of error or a code word."""
        if self._told is not None and _recorder is not None:
            _recorder.fail(self._told, why)

    def end(self) -> None:
        """It is over."""
        told, self._told = self._told, None
        if told is not None:
            told.end()

    def forget(self) -> None:
        """Nothing is to be told of it after all."""
        self._told = None


def start(service: str, process: str = "") -> None:
    """Begin to tell of what this process does, where the environment names a collector. BadSettings where the address
    is none."""
    global _recorder
    if _recorder is None and os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "").strip():
        read(TraceSettings, process=process or service)
        from shared.otlp import Recorder  # Half a second of imports that only those pay who want them.

        _recorder = Recorder()
        atexit.register(stop)
    if _recorder is not None:
        _recorder.know(service)


def stop() -> None:
    """Send what is not sent yet, for a few seconds at most."""
    global _recorder
    recorder, _recorder = _recorder, None
    if recorder is not None:
        recorder.stop()


def on() -> bool:
    """Whether anybody is told."""
    return _recorder is not None


def begin(
    kind: str,
    name: str,
    attributes: Attributes | None = None,
    *,
    parent: str | None = None,
    service: str = "",
    causes: Sequence[str] = (),
) -> Span:
    """A span below `parent`, or the first of a new trace. Whoever begins one ends it. `causes` are contexts of other
    traces that led to it as well. Without `service` it is that of the log lines here."""
    recorder = _recorder
    parts = parts_of(parent)
    if recorder is None or (parts is not None and not parts[2]):
        return Span(child(parent) or new_trace())
    service = service or structlog.contextvars.get_contextvars().get("service", "")
    told = recorder.begin(service, kind, name, attributes or {}, parts, [parts_of(one) for one in causes])
    return Span(recorder.traceparent(told), told)


def begin_trace(kind: str, name: str, traceparent: str, attributes: Attributes, service: str) -> Span:
    """The first span of a trace, with the very context `traceparent`: its number is known before, from the request."""
    parts = parts_of(traceparent)
    if _recorder is None or parts is None or not parts[2]:
        return Span(traceparent)
    told = _recorder.begin(service, kind, name, attributes, None, (), number=parts[0])
    return Span(_recorder.traceparent(told), told)


@contextmanager
def span(
    kind: str,
    name: str,
    attributes: Attributes | None = None,
    *,
    parent: str | None = None,
    service: str = "",
    causes: Sequence[str] = (),
) -> Iterator[Span]:
    """A span for as long as the block lasts, within which it is the context of what is done. Without `parent` it
    belongs to what is being done here."""
    made = begin(kind, name, attributes, parent=parent or TRACEPARENT.get(), service=service, causes=causes)
    with within(made.traceparent):
        try:
            yield made
        except BaseException as error:
            made.failed(type(error).__name__)
            raise
        finally:
            made.end()


@contextmanager
def within(traceparent: str | None) -> Iterator[None]:
    """Let the log lines of the block, and what it says and calls, belong to this context."""
    token = TRACEPARENT.set(traceparent)
    try:
        yield
    finally:
        TRACEPARENT.reset(token)
