"""Writes deploy/grafana/dashboards: `make pages`. A test compares what lies there and asks a live Prometheus each
query.

A panel is a row here: title, kind, unit, queries with their legends. `ONLY` names panels that a healthy house may leave
empty, or that need what a house of one process has not, with the reason.
"""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent / "dashboards"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
RABBITMQ = "Needs RabbitMQ, which shows its own figures."
STANDBY = "Empty where there is no standby."
_RATE = "$__rate_interval"

Row = tuple[str, str, str, list[tuple[str, str]]]
"""Title, kind (stat, timeseries, table, bars), Grafana's unit, queries with legends."""


def rate(name: str, by: str, more: str = "") -> str:
    return f"sum by ({by}) (rate({name}{{{more}}}[{_RATE}]))"


def most(name: str, by: str, more: str = "") -> str:
    """Two workers of a service show the same figures: one of them counts."""
    return f"max by ({by}) ({name}{{{more}}})" if more else f"max by ({by}) ({name})"


OVERVIEW: list[Row] = [
    ("Processes that answer", "stat", "short", [('sum(up{job=~"bangkom.*"})', "up")]),
    ("Broken rules", "stat", "short", [(f"sum({most('bangkom_audit_broken', 'rule')})", "rows")]),
    ("Last whole audit", "stat", "s", [("min(bangkom_audit_age_seconds)", "ago")]),
    ("Newest backup", "stat", "s", [("min(bangkom_backup_age_seconds)", "old")]),
    ("Certificates end in", "stat", "s", [("min(bangkom_certificate_expires_seconds) - time()", "left")]),
    ("Least free disk", "stat", "percentunit", [("min(bangkom_disk_free_ratio)", "free")]),
    ("Requests a second", "timeseries", "reqps", [("service:bangkom_requests:rate5m", "{{service}}")]),
    (
        "Errors of the requests",
        "timeseries",
        "percentunit",
        [("service:bangkom_request_errors:ratio_rate5m", "{{service}}")],
    ),
    (
        "95 % of the requests are quicker than",
        "timeseries",
        "s",
        [(f"histogram_quantile(0.95, {rate('bangkom_request_seconds_bucket', 'service, le')})", "{{service}}")],
    ),
    ("Oldest event in the outbox", "timeseries", "s", [("service:bangkom_outbox_age_seconds:max", "{{service}}")]),
    ("Seats", "timeseries", "short", [(most("bangkom_seats", "state"), "{{state}}")]),
    ("LMS sites up", "timeseries", "short", [(most("bangkom_lms_up", "site"), "{{site}}")]),
    ("Free disk", "timeseries", "bytes", [(most("bangkom_disk_free_bytes", "folder"), "{{folder}}")]),
    ("Standbys", "timeseries", "short", [(most("bangkom_replicas", "of"), "{{of}}")]),
    ("Standbys behind", "timeseries", "s", [(most("bangkom_replication_lag_seconds", "replica"), "{{replica}}")]),
    ("Audit takes", "timeseries", "s", [(most("bangkom_audit_took_seconds", "of"), "{{of}}")]),
]

BUS: list[Row] = [
    ("Events in the outbox", "timeseries", "short", [(most("bangkom_outbox_depth", "service"), "{{service}}")]),
    ("Oldest event in the outbox", "timeseries", "s", [("service:bangkom_outbox_age_seconds:max", "{{service}}")]),
    ("Events sent a second", "timeseries", "cps", [(rate("bangkom_relay_sent_total", "service"), "{{service}}")]),
    (
        "Events the broker refused",
        "timeseries",
        "cps",
        [(f"{rate('bangkom_relay_failed_total', 'service')} or vector(0)", "{{service}}")],
    ),
    ("Active relays", "timeseries", "short", [("sum by (service) (bangkom_relay_active)", "{{service}}")]),
    ("Parked events", "timeseries", "short", [(most("bangkom_outbox_parked", "service"), "{{service}}")]),
    (
        "Events handled a second",
        "timeseries",
        "cps",
        [(rate("bangkom_consumer_handled_total", "service"), "{{service}}")],
    ),
    (
        "Tries that fail",
        "timeseries",
        "percentunit",
        [("service:bangkom_consumer_failed:ratio_rate10m", "{{service}}")],
    ),
    (
        "Events that wait for another try",
        "timeseries",
        "cps",
        [(f"{rate('bangkom_consumer_retried_total', 'service, why')} or vector(0)", "{{service}} {{why}}")],
    ),
    (
        "Events given up",
        "timeseries",
        "cps",
        [(f"{rate('bangkom_consumer_dead_total', 'service, why')} or vector(0)", "{{service}} {{why}}")],
    ),
    (
        "Dead letters",
        "timeseries",
        "short",
        [(f"{most('bangkom_dead_letters', 'service')} or vector(0)", "{{service}}")],
    ),
    (
        "95 % of the batches of events are handled within",
        "timeseries",
        "s",
        [(f"histogram_quantile(0.95, {rate('bangkom_handler_seconds_bucket', 'service, le')})", "{{service}}")],
    ),
    (
        "Messages ready in queues",
        "timeseries",
        "short",
        [(most("rabbitmq_detailed_queue_messages_ready", "queue"), "{{queue}}")],
    ),
    ("Consumers of queues", "timeseries", "short", [(most("rabbitmq_detailed_queue_consumers", "queue"), "{{queue}}")]),
    (
        "RabbitMQ blocks publishers",
        "timeseries",
        "short",
        [
            ("max(rabbitmq_alarms_memory_used_watermark)", "memory"),
            ("max(rabbitmq_alarms_free_disk_space_watermark)", "disk"),
        ],
    ),
]

_OF = 'service="$service"'
SERVICE_ROWS: list[Row] = [
    (
        "Requests a second",
        "timeseries",
        "reqps",
        [(rate("bangkom_request_seconds_count", "status", _OF), "{{status}}")],
    ),
    (
        "Requests are quicker than",
        "timeseries",
        "s",
        [
            (f"histogram_quantile({part}, {rate('bangkom_request_seconds_bucket', 'le', _OF)})", f"{part:.0%}")
            for part in (0.5, 0.95, 0.99)
        ],
    ),
    (
        "Slowest routes (mean)",
        "table",
        "s",
        [
            (
                f"topk(10, {rate('bangkom_request_seconds_sum', 'method, route', _OF)} / "
                f"({rate('bangkom_request_seconds_count', 'method, route', _OF)} > 0))",
                "{{method}} {{route}}",
            )
        ],
    ),
]
WORK_ROWS: list[Row] = [
    (
        "Events handled a second, by type",
        "timeseries",
        "cps",
        [(rate("bangkom_consumer_handled_total", "type", _OF), "{{type}}")],
    ),
    ("Things done by sweeps", "timeseries", "cps", [(f"{rate('bangkom_sweeps_total', 'sweep', _OF)}", "{{sweep}}")]),
    (
        "Figures were read ago",
        "timeseries",
        "s",
        [(f"time() - {most('bangkom_figures_read_seconds', 'figures', _OF)}", "{{figures}}")],
    ),
]
OWN: dict[str, list[Row]] = {
    "enrolment": [
        ("Seats", "timeseries", "short", [(most("bangkom_seats", "state"), "{{state}}")]),
        ("Batches", "timeseries", "short", [(most("bangkom_batches", "state"), "{{state}}")]),
        (
            "Waiting for other services",
            "timeseries",
            "short",
            [(most("bangkom_saga_waiting", "kind, state"), "{{kind}} {{state}}")],
        ),
        (
            "Past the deadline",
            "timeseries",
            "s",
            [(most("bangkom_saga_overdue_seconds", "kind, state"), "{{kind}} {{state}}")],
        ),
        (
            "Oldest that waits",
            "timeseries",
            "s",
            [(most("bangkom_saga_oldest_seconds", "kind, state"), "{{kind}} {{state}}")],
        ),
    ],
    "budget": [
        ("Ledger, rupiah", "timeseries", "short", [(most("bangkom_ledger_rupiah", "kind"), "{{kind}}")]),
        ("Answered questions for money", "timeseries", "short", [(most("bangkom_claims", "state"), "{{state}}")]),
    ],
    "content": [
        ("Programme versions", "timeseries", "short", [(most("bangkom_programmes", "state"), "{{state}}")]),
        ("Learners", "timeseries", "short", [(most("bangkom_learners", "state"), "{{state}}")]),
    ],
    "surveys": [
        ("Surveys", "timeseries", "short", [(most("bangkom_survey_campaigns", "state"), "{{state}}")]),
        (
            "Invited and answered, 90 days",
            "timeseries",
            "short",
            [
                (most("bangkom_survey_invited", "state"), "invited, {{state}}"),
                (most("bangkom_survey_answered", "state"), "answered, {{state}}"),
            ],
        ),
        ("Findings", "timeseries", "short", [(most("bangkom_findings", "state"), "{{state}}")]),
    ],
    "bridge": [
        (
            "Calls to LMSs a second",
            "timeseries",
            "cps",
            [(rate("bangkom_effects_total", "kind, outcome", 'service="bridge"'), "{{kind}} {{outcome}}")],
        ),
    ],
    "portal": [
        (
            "Calls to other hosts a second",
            "timeseries",
            "cps",
            [(rate("bangkom_outgoing_seconds_count", "host, outcome"), "{{host}} {{outcome}}")],
        ),
        (
            "95 % of these calls are quicker than",
            "timeseries",
            "s",
            [(f"histogram_quantile(0.95, {rate('bangkom_outgoing_seconds_bucket', 'host, le')})", "{{host}}")],
        ),
    ],
}

SITES: list[Row] = [
    ("Up at the last look", "stat", "short", [(most("bangkom_lms_up", "site"), "{{site}}")]),
    ("Left alone", "stat", "short", [(most("bangkom_lms_resting", "site"), "{{site}}")]),
    ("Last look", "timeseries", "s", [(most("bangkom_lms_looked_seconds", "site"), "{{site}}")]),
    ("Calls that wait", "timeseries", "short", [(most("bangkom_lms_waiting", "site"), "{{site}}")]),
    ("Oldest call that waits", "timeseries", "s", [(most("bangkom_lms_lag_seconds", "site"), "{{site}}")]),
    (
        "Calls a second",
        "timeseries",
        "cps",
        [(rate("bangkom_effects_total", "kind, outcome", 'service="bridge"'), "{{kind}} {{outcome}}")],
    ),
]

MANAGEMENT: list[Row] = [
    ("Serapan anggaran", "stat", "percentunit", [("bangkom:budget_absorption:ratio", "serapan")]),
    ("Pegawai di bawah target JP", "stat", "percentunit", [("bangkom:people_below_target:ratio", "di bawah target")]),
    ("JP tercatat tahun ini", "stat", "short", [(f"sum({most('bangkom_jp_credited', 'agency')})", "JP")]),
    ("Kelulusan tercatat tahun ini", "stat", "short", [(f"sum({most('bangkom_credits', 'agency')})", "kelulusan")]),
    ("Tingkat pengisian survei", "stat", "percentunit", [("bangkom:survey_response:ratio", "terisi")]),
    (
        "Anggaran tahun berjalan (Rp)",
        "timeseries",
        "currencyIDR",
        [
            (f'sum(agency:bangkom_budget_rupiah:max{{kind="{kind}"}})', word)
            for kind, word in (
                ("effective", "pagu efektif"),
                ("reserved", "komitmen"),
                ("realised", "realisasi"),
                ("available", "tersedia"),
            )
        ],
    ),
    (
        "Serapan menurut OPD",
        "bars",
        "percentunit",
        [("sort_desc(agency:bangkom_budget_absorption:ratio)", "{{agency}}")],
    ),
    (
        "Pegawai di bawah target menurut OPD",
        "bars",
        "percentunit",
        [("sort_desc(agency:bangkom_people_below_target:ratio)", "{{agency}}")],
    ),
    (
        "Peserta",
        "timeseries",
        "short",
        [
            (f"sum({most('bangkom_seats', 'state', f'state=~`{states}`')})", word)
            for states, word in (
                ("requested|waiting", "diusulkan atau menunggu"),
                ("reserving|enrolling|confirmed", "terdaftar"),
                ("completed", "lulus"),
                ("failed", "tidak lulus"),
            )
        ],
    ),
    ("Angkatan", "timeseries", "short", [(most("bangkom_batches", "state"), "{{state}}")]),
    ("Temuan evaluasi", "timeseries", "short", [(most("bangkom_findings", "state"), "{{state}}")]),
]

ONLY = {
    "Messages ready in queues": RABBITMQ,
    "Consumers of queues": RABBITMQ,
    "RabbitMQ blocks publishers": RABBITMQ,
    "Standbys": STANDBY,
    "Standbys behind": STANDBY,
}


def dashboard(uid: str, title: str, rows: list[Row], service: str = "") -> dict[str, Any]:
    """One dashboard: small panels of one figure first, the others two in a line."""
    panels, x, y, high = [], 0, 0, 0
    for at, (panel_title, kind, unit, queries) in enumerate(rows, 1):
        width, height = (4, 4) if kind == "stat" else (12, 8)
        if x + width > 24 or (high and height != high):
            x, y = 0, y + high
        high = height
        panels.append(_panel(at, panel_title, kind, unit, queries, (x, y, width, height), service))
        x += width
    return {
        "uid": uid,
        "title": title,
        "tags": ["bangkom"],
        "timezone": "Asia/Jakarta",
        "schemaVersion": 39,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "editable": False,
        "panels": panels,
    }


def _panel(
    at: int,
    title: str,
    kind: str,
    unit: str,
    queries: list[tuple[str, str]],
    place: tuple[int, int, int, int],
    service: str,
) -> dict[str, Any]:
    one = kind in ("table", "bars")
    made: dict[str, Any] = {
        "id": at,
        "title": title,
        "type": {"bars": "bargauge"}.get(kind, kind),
        "datasource": SOURCE,
        "gridPos": dict(zip(("x", "y", "w", "h"), place, strict=True)),
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": chr(ord("A") + number),
                "datasource": SOURCE,
                "expr": query.replace("$service", service).replace("`", '"'),
                "legendFormat": legend,
                **({"instant": True, "format": "table" if kind == "table" else "time_series"} if one else {}),
            }
            for number, (query, legend) in enumerate(queries)
        ],
    }
    if kind == "bars":
        made["options"] = {"orientation": "horizontal", "displayMode": "basic"}
    if title in ONLY:
        made["description"] = ONLY[title]
    return made


def dashboards() -> dict[str, dict[str, Any]]:
    """Each dashboard by the name of its file."""
    made = {
        "overview": dashboard("bangkom-overview", "Bangkom: overview", OVERVIEW),
        "bus": dashboard("bangkom-bus", "Bangkom: events", BUS),
        "sites": dashboard("bangkom-sites", "Bangkom: LMS sites", SITES),
        "management": dashboard("bangkom-management", "Bangkom: anggaran dan pelatihan", MANAGEMENT),
    }
    for name, own in OWN.items():
        work = (
            []
            if name == "portal"
            else WORK_ROWS
            if name in ("enrolment", "surveys", "bridge")
            else WORK_ROWS[:1] + WORK_ROWS[2:]
        )
        made[f"service-{name}"] = dashboard(f"bangkom-{name}", f"Bangkom: {name}", [*own, *SERVICE_ROWS, *work], name)
    return made


def texts() -> dict[Path, str]:
    """Each file with what has to be in it."""
    return {FOLDER / f"{name}.json": json.dumps(made, indent=1) + "\n" for name, made in dashboards().items()}


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text, encoding="utf-8")
