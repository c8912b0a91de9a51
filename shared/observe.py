"""Structured logs and every Prometheus metric, each declared once."""

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from shared.envelope import TRACEPARENT

OUTBOX_DEPTH = Gauge(
    "bangkom_outbox_depth", "Events not sent yet, counted up to 100000.", ["service"], multiprocess_mode="max"
)
OUTBOX_AGE = Gauge(
    "bangkom_outbox_age_seconds", "Age of the oldest event not sent yet.", ["service"], multiprocess_mode="max"
)
OUTBOX_PARKED = Gauge(
    "bangkom_outbox_parked",
    "Events the broker refused too often; a person has to look.",
    ["service"],
    multiprocess_mode="max",
)
RELAY_SENT = Counter("bangkom_relay_sent_total", "Events the broker confirmed.", ["service"])
RELAY_FAILED = Counter("bangkom_relay_failed_total", "Events the broker refused or returned.", ["service"])
RELAY_ACTIVE = Gauge(
    "bangkom_relay_active", "1 where this process holds the relay lock.", ["service"], multiprocess_mode="max"
)
CONSUMER_HANDLED = Counter("bangkom_consumer_handled_total", "Events handled, repeats too.", ["service", "type"])
CONSUMER_FAILED = Counter("bangkom_consumer_failed_total", "Tries that failed.", ["service", "type"])
CONSUMER_RETRIED = Counter(
    "bangkom_consumer_retried_total", "Events that wait for another try: failed, or not_yet.", ["service", "why"]
)
CONSUMER_DEAD = Counter(
    "bangkom_consumer_dead_total", "Events in the dead letters: unreadable, or exhausted.", ["service", "why"]
)
DEAD_LETTERS = Gauge("bangkom_dead_letters", "Dead letters of a service.", ["service"], multiprocess_mode="max")
HANDLER_SECONDS = Histogram(
    "bangkom_handler_seconds",
    "Seconds a batch of events took, from claim to commit.",
    ["service"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
EFFECTS = Counter(
    "bangkom_effects_total", "Calls to the outside by outcome: done or failed.", ["service", "kind", "outcome"]
)
SWEEPS = Counter("bangkom_sweeps_total", "Things done by sweeps.", ["service", "sweep"])
REQUEST_SECONDS = Histogram(
    "bangkom_request_seconds",
    "Seconds from a request's arrival to its answer.",
    ["service", "method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
OUTGOING_SECONDS = Histogram(
    "bangkom_outgoing_seconds",
    "Seconds a call to another host took, retries included; the portal calls the services.",
    ["host", "outcome"],
    buckets=(0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
LMS_RESTING = Gauge(
    "bangkom_lms_resting",
    "1 where an LMS is left alone for a while because calls to it failed in a row.",
    ["site"],
    multiprocess_mode="max",
)


def exposition() -> tuple[bytes, str]:
    """All metrics as text with its content type. Under several processes (PROMETHEUS_MULTIPROC_DIR) the sum of all."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST


def logs(level: str = "info", stream: TextIO | None = None, pretty: bool = False) -> None:
    """Structured logs on standard error, a JSON object a line; `pretty` for a person at a terminal.

    The standard library's loggers go the same way, from warnings up.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace,
    ]
    rendered = structlog.dev.ConsoleRenderer(colors=False) if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, rendered],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=rendered, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The trace a line belongs to, so that what one request caused can be found in all services' logs."""
    traceparent = TRACEPARENT.get()
    if traceparent:
        event.setdefault("trace", traceparent[3:35])
    return event
