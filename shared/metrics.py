"""Every Prometheus metric, each declared once, and the text a scrape reads."""

import os
from collections.abc import Iterable
from typing import NamedTuple

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


def _gauge(name: str, documentation: str, labels: list[str]) -> Gauge:
    """A gauge. Under several processes the greatest value is shown. It has a label at least: without one, every process
    that never set it would show a 0."""
    return Gauge(name, documentation, labels, multiprocess_mode="max")


OUTBOX_DEPTH = _gauge("bangkom_outbox_depth", "Events not sent yet, counted up to 100000.", ["service"])
OUTBOX_AGE = _gauge("bangkom_outbox_age_seconds", "Age of the oldest event not sent yet.", ["service"])
OUTBOX_PARKED = _gauge(
    "bangkom_outbox_parked", "Events the broker refused too often; a person has to look.", ["service"]
)
RELAY_SENT = Counter("bangkom_relay_sent_total", "Events the broker confirmed.", ["service"])
RELAY_FAILED = Counter("bangkom_relay_failed_total", "Events the broker refused or returned.", ["service"])
RELAY_ACTIVE = _gauge("bangkom_relay_active", "1 where this process holds the relay lock.", ["service"])
CONSUMER_HANDLED = Counter("bangkom_consumer_handled_total", "Events handled, repeats too.", ["service", "type"])
CONSUMER_FAILED = Counter("bangkom_consumer_failed_total", "Tries that failed.", ["service", "type"])
CONSUMER_RETRIED = Counter(
    "bangkom_consumer_retried_total", "Events that wait for another try: failed, or not_yet.", ["service", "why"]
)
CONSUMER_DEAD = Counter(
    "bangkom_consumer_dead_total", "Events in the dead letters: unreadable, or exhausted.", ["service", "why"]
)
DEAD_LETTERS = _gauge("bangkom_dead_letters", "Dead letters of a service.", ["service"])
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
LMS_RESTING = _gauge(
    "bangkom_lms_resting", "1 where an LMS is left alone for a while because calls to it failed in a row.", ["site"]
)

# Figures that a worker reads from its database, see shared.figures.

FIGURES_READ = _gauge(
    "bangkom_figures_read_seconds", "When figures were last read, in seconds since 1970.", ["service", "figures"]
)
SEATS = _gauge("bangkom_seats", "Seats by where they stand.", ["state"])
BATCHES = _gauge("bangkom_batches", "Batches by where they stand.", ["state"])
SAGA_WAITING = _gauge(
    "bangkom_saga_waiting", "Seats and batches that wait for another service's answer.", ["kind", "state"]
)
SAGA_OVERDUE = _gauge(
    "bangkom_saga_overdue_seconds", "How far the oldest of them is past its deadline; 0 for none.", ["kind", "state"]
)
SAGA_OLDEST = _gauge(
    "bangkom_saga_oldest_seconds", "How long the oldest of them has stood there; 0 for none.", ["kind", "state"]
)
PEOPLE = _gauge("bangkom_people", "Active people with a yearly duty in JP, by their agency's code.", ["agency"])
PEOPLE_BELOW = _gauge(
    "bangkom_people_below_target", "Those whose JP of this calendar year are below their duty.", ["agency"]
)
JP_CREDITED = _gauge("bangkom_jp_credited", "JP credited in this calendar year.", ["agency"])
CREDITS = _gauge("bangkom_credits", "Completions credited in this calendar year.", ["agency"])
BUDGET_RUPIAH = _gauge(
    "bangkom_budget_rupiah",
    "This fiscal year's lines in rupiah: effective = reserved + realised + available.",
    ["agency", "kind"],
)
LEDGER_RUPIAH = _gauge("bangkom_ledger_rupiah", "This fiscal year's ledger entries in rupiah, by kind.", ["kind"])
CLAIMS = _gauge("bangkom_claims", "Answered questions for money by where they stand.", ["state"])
PROGRAMMES = _gauge("bangkom_programmes", "Programme versions: published, or draft.", ["state"])
LEARNERS = _gauge(
    "bangkom_learners", "Seats with access to their programme: all, those that began, those that finished.", ["state"]
)
CAMPAIGNS = _gauge("bangkom_survey_campaigns", "Surveys of batches by where they stand.", ["state"])
SURVEY_INVITED = _gauge(
    "bangkom_survey_invited", "People invited to surveys of the last 90 days, by where those stand.", ["state"]
)
SURVEY_ANSWERED = _gauge("bangkom_survey_answered", "Those of them who answered.", ["state"])
FINDINGS = _gauge("bangkom_findings", "Findings by where they stand.", ["state"])
LMS_UP = _gauge("bangkom_lms_up", "1 where an LMS was well at the last look, 0 where it was not.", ["site"])
LMS_LOOKED = _gauge("bangkom_lms_looked_seconds", "How long ago an LMS was looked at.", ["site"])
LMS_WAITING = _gauge("bangkom_lms_waiting", "Calls to an LMS that wait to be made.", ["site"])
LMS_LAG = _gauge("bangkom_lms_lag_seconds", "Age of the oldest call that waits to be made; 0 for none.", ["site"])

# What `bangkom watch` looks at, see shared.watch.

AUDIT_BROKEN = _gauge("bangkom_audit_broken", "Rows that broke a rule of the house at the last audit.", ["rule"])
AUDIT_AGE = _gauge("bangkom_audit_age_seconds", "How long ago the last whole audit ended.", ["of"])
AUDIT_TOOK = _gauge("bangkom_audit_took_seconds", "Seconds the last whole audit took.", ["of"])
CERTIFICATE_EXPIRES = _gauge(
    "bangkom_certificate_expires_seconds", "When a certificate ends, in seconds since 1970.", ["certificate"]
)
DISK_FREE = _gauge("bangkom_disk_free_bytes", "Free bytes where a folder lies.", ["folder"])
DISK_FREE_RATIO = _gauge(
    "bangkom_disk_free_ratio", "The free part of the disk where a folder lies, 0 to 1.", ["folder"]
)
BACKUP_AGE = _gauge("bangkom_backup_age_seconds", "Age of the newest whole backup; infinite for none.", ["of"])
REPLICAS = _gauge("bangkom_replicas", "Standbys that stream from the database server.", ["of"])
REPLICATION_LAG = _gauge(
    "bangkom_replication_lag_seconds", "How far a standby's data is behind the database server's.", ["replica"]
)


Shown = tuple[Gauge, tuple[str, ...]]
"""A gauge with the values of its labels."""


class Figure(NamedTuple):
    """What a gauge is to show under these values of its labels."""

    gauge: Gauge
    labels: tuple[str, ...]
    value: float


def show(figures: Iterable[Figure], before: Iterable[Shown] = ()) -> set[Shown]:
    """Show figures and take away those shown before that are gone; answers what is shown now."""
    shown: set[Shown] = set()
    for figure in figures:
        figure.gauge.labels(*figure.labels).set(figure.value)
        shown.add((figure.gauge, figure.labels))
    for gauge, labels in set(before) - shown:
        gauge.remove(*labels)
    return shown


def exposition() -> tuple[bytes, str]:
    """All metrics as text with its content type. Under several processes (PROMETHEUS_MULTIPROC_DIR) the sum of all."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
