"""How spans reach the collector: OpenTelemetry's SDK and its exporter over HTTP. Loaded by shared.traces only where a
collector is named.

Spans wait in a bounded queue that a thread empties: a collector that is slow or away costs nobody a moment, and what
does not fit is dropped.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from time import monotonic
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

Parts = tuple[str, str, bool]

_EXPORT_WITHIN = 3.0
"""Seconds for one batch with its repeats, where OTEL_EXPORTER_OTLP_TIMEOUT says nothing else."""
_LAST_WITHIN = 2.0
_TIME_OUTS = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
_number: ContextVar[str] = ContextVar("number", default="")


class _Numbers(RandomIdGenerator):
    """A trace has the number of its request, where that is known before."""

    def generate_trace_id(self) -> int:
        number = _number.get()
        return int(number, 16) if number else super().generate_trace_id()


class _Ending(SpanExporter):
    """Gives up what is left once the process has been ending for long enough."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner
        self._until: float | None = None

    def end_soon(self) -> None:
        self._until = monotonic() + _LAST_WITHIN

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        if self._until is not None and monotonic() > self._until:
            return SpanExportResult.FAILURE
        return self._inner.export(spans)

    def shutdown(self) -> None:
        self._inner.shutdown()


class Recorder:
    """What this process tells of itself. One queue for all its services."""

    def __init__(self) -> None:
        # The exporter warns of each repeat and each batch: that traces are missing is seen where they are missed.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        asked = any(os.environ.get(name) for name in _TIME_OUTS)
        self._exporter = _Ending(OTLPSpanExporter() if asked else OTLPSpanExporter(timeout=_EXPORT_WITHIN))
        self._queue = BatchSpanProcessor(self._exporter)
        self._tracers: dict[str, Tracer] = {}
        self._default = "bangkom"

    def know(self, service: str) -> None:
        """A service that this process runs; the first is whose spans are that say nothing else."""
        if not self._tracers:
            self._default = service
        self._tracer(service)

    def begin(
        self,
        service: str,
        kind: str,
        name: str,
        attributes: Mapping[str, Any],
        parent: Parts | None,
        causes: Sequence[Parts | None],
        number: str = "",
    ) -> Span:
        """A span; without a parent the first of the trace `number`."""
        token = _number.set(number)
        try:
            return self._tracer(service or self._default).start_span(
                name,
                context=set_span_in_context(NonRecordingSpan(_context(parent) if parent else _NOBODY)),
                kind=SpanKind[kind],
                attributes=attributes,
                links=[Link(_context(cause)) for cause in causes if cause is not None],
                record_exception=False,
                set_status_on_exception=False,
            )
        finally:
            _number.reset(token)

    def traceparent(self, span: Span) -> str:
        """The W3C context of a span."""
        context = span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags.sampled):02x}"

    def fail(self, span: Span, why: str) -> None:
        """What went wrong, by its type only."""
        span.set_status(Status(StatusCode.ERROR))
        span.set_attribute("error.type", why)

    def stop(self) -> None:
        """Send what waits, within a few seconds."""
        self._exporter.end_soon()
        self._queue.shutdown()  # type: ignore[no-untyped-call]

    def _tracer(self, service: str) -> Tracer:
        if service not in self._tracers:
            provider = TracerProvider(
                resource=Resource.create({"service.name": service, "service.namespace": "bangkom"}),
                shutdown_on_exit=False,
                id_generator=_Numbers(),
            )
            provider.add_span_processor(self._queue)
            self._tracers[service] = provider.get_tracer("bangkom")
        return self._tracers[service]


_NOBODY = SpanContext(0, 0, is_remote=False)


def _context(parts: Parts) -> SpanContext:
    number, span, recorded = parts
    return SpanContext(int(number, 16), int(span, 16), is_remote=True, trace_flags=TraceFlags(int(recorded)))
