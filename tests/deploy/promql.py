"""What a PromQL query asks for, and which names there are to ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

from tests.house.code import ROOT
from tests.house.pages import declared

RULES = ROOT / "deploy" / "prometheus" / "rules"
RATE_INTERVAL = "$__rate_interval"

PROMETHEUS = {"up"}
RABBITMQ = {
    "rabbitmq_alarms_free_disk_space_watermark",
    "rabbitmq_alarms_memory_used_watermark",
    "rabbitmq_detailed_queue_consumers",
    "rabbitmq_detailed_queue_messages_ready",
}
"""Names of RabbitMQ's prometheus plugin, of /metrics and of /metrics/detailed."""


def names_in(query: str) -> set[str]:
    """The metrics that a query names; ValueError where it is none."""
    return set(_names(promql_parser.parse(query.replace(RATE_INTERVAL, "5m"))))


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, promql_parser.VectorSelector):
        assert node.name, "a selector without a name"
        yield node.name
    for attribute in ("lhs", "rhs", "expr", "args", "vector_selector", "param"):
        below = getattr(node, attribute, None)
        for one in below if isinstance(below, list) else [below]:
            if one is not None:
                yield from _names(one)


def rules(name: str) -> list[dict[str, Any]]:
    """The rules of one file."""
    read = yaml.safe_load((RULES / f"{name}.yml").read_text(encoding="utf-8"))
    return [rule for group in read["groups"] for rule in group["rules"]]


def known() -> set[str]:
    """Every name that a query may use: of the code, of RabbitMQ and Prometheus, and of the recording rules."""
    found = {rule["record"] for rule in rules("recording")} | PROMETHEUS | RABBITMQ
    for metric in declared():
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(str(metric._type), ("",))
        found |= {f"{metric._name}{ending}" for ending in endings}
    return found


def yaml_file(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))
