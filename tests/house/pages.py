"""Pages of docs/ that are made from the code: `make pages` writes them, a test compares them.

docs/errors.md lists every problem a service answers with, docs/metrics.md every metric. docs/settings.md is written
by hand, because a name alone explains nothing, and is compared name by name.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from shared import metrics
from shared.errors import CATALOGUE
from shared.rights import rights
from shared.services import services
from shared.topology import Names
from tests.house.code import ROOT, files, imported, texts, tree

_NAME = re.compile(r"(?<![A-Z_])(?:BANGKOM_[A-Z0-9_{}]+|AMQP_URL|DATABASE_URL|PROMETHEUS_MULTIPROC_DIR)(?![A-Z0-9_])")
_TABLE_NAME = re.compile(r"^\| `([A-Z0-9_{}]+)` \|", re.MULTILINE)


def errors_page() -> str:
    """Every code word, with its status and its sentences."""
    for path in files("shared", "services", "plugins"):
        if path.name not in ("__main__.py", "guard.py") and "migrations" not in path.parts:
            import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    rows = [
        f"| `{known.code}` | {known.status} | {_cell(known.indonesian)} | {_cell(known.english)} |"
        for known in sorted(CATALOGUE.values(), key=lambda known: known.code)
    ]
    return "\n".join(
        [
            "# Error codes",
            "",
            "Every refusal is `application/problem+json` (RFC 9457) with one of these code words in `code`.",
            "Status and code are stable; `detail` follows `Accept-Language`. `facts` holds the figures of it,",
            "`fields` what is wrong with which field, `request_id` what to quote when asking for help.",
            "Written by `make pages`.",
            "",
            "| code | status | Indonesian | English |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def metrics_page() -> str:
    """Every metric, with its kind and labels."""
    rows = [
        f"| `{metric._name}{'_total' if metric._type == 'counter' else ''}` | {metric._type} "
        f"| {', '.join(metric._labelnames) or '-'} | {_cell(metric._documentation)} |"
        for metric in sorted(declared(), key=lambda metric: metric._name)
    ]
    return "\n".join(
        [
            "# Metrics",
            "",
            "At `/metrics` of every `web` and `work` process. Under gunicorn those of all its processes are added up.",
            "No label holds a person, a path or a link. Written by `make pages`.",
            "",
            "| metric | kind | labels | what it says |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def broker_rights() -> str:
    """What the chart gives each service's user on the broker; PREFIX stands for the first word of its names."""
    owners = [service for service in services() if service.metadata is not None]
    may = {service.name: asdict(rights(service, Names(prefix="PREFIX"))) for service in owners}
    return json.dumps(may, indent=2) + "\n"


def declared() -> Iterator[MetricWrapperBase]:
    return (each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase))


def variables_in_code() -> set[str]:
    """Every environment variable the code names; the service in one shows as {SERVICE}."""
    rooms = ("shared", "services", "plugins", "demo", "deploy")
    found = {name for path in files(*rooms) for text in texts(path) for name in _NAME.findall(text)}
    found |= {name for path in files(*rooms) for name in _declared(path)}
    return {name.replace("{}", "{SERVICE}") for name in found}


def _declared(path: Path) -> Iterator[str]:
    """The names given to shared.config.setting, whatever they begin with."""
    if "shared.config" in imported(path) or path == Path("shared/config.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setting":
                first = node.args[0]
                if isinstance(first, ast.Constant):
                    yield str(first.value)


def variables_on_page() -> list[str]:
    return _TABLE_NAME.findall((ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


PAGES: Mapping[str, Callable[[], str]] = {"errors.md": errors_page, "metrics.md": metrics_page}


RIGHTS = ROOT / "deploy" / "helm" / "bangkom" / "broker-rights.json"


def write(folder: Path = ROOT / "docs") -> None:
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")
    RIGHTS.write_text(broker_rights(), encoding="utf-8")


if __name__ == "__main__":
    write()
