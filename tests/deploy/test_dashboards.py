"""Dashboards of Grafana: what lies there is what deploy/grafana/make.py makes, and a live Prometheus answers every
query with something."""

import os
import runpy
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from demo import house
from demo.city import write
from shared.whole import Whole
from tests.deploy.promql import RATE_INTERVAL, RULES, known, names_in, rules
from tests.house.code import ROOT
from tests.journeys.conftest import own_environment  # noqa: F401 - a fixture
from tests.journeys.main_job import story_of
from tests.ports import free_port
from tests.shared.doctor.fixtures import certificate

MADE = runpy.run_path(str(ROOT / "deploy" / "grafana" / "make.py"))
DASHBOARDS: dict[str, dict[str, Any]] = MADE["dashboards"]()
MAY_BE_EMPTY: dict[str, str] = MADE["ONLY"]
_WITHIN = 120.0


def queries() -> Iterator[tuple[str, str, str]]:
    """Dashboard, panel, query."""
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield name, panel["title"], target["expr"]


def test_the_files_are_what_the_code_makes() -> None:
    texts: dict[Path, str] = MADE["texts"]()
    assert {path: path.read_text(encoding="utf-8") for path in MADE["FOLDER"].glob("*.json")} == texts, "`make pages`"


def test_no_two_dashboards_have_one_name_and_no_panels_overlap() -> None:
    assert len({dashboard["uid"] for dashboard in DASHBOARDS.values()}) == len(DASHBOARDS)
    for dashboard in DASHBOARDS.values():
        taken = set[tuple[int, int]]()
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert not cells & taken, panel["title"]
            taken |= cells


def test_every_query_is_one_and_asks_for_metrics_that_exist() -> None:
    for name, title, query in queries():
        assert names_in(query) <= known(), f"{name}, {title}: {query}"


def test_every_metric_that_is_a_figure_is_shown_or_watched() -> None:
    """What nobody looks at need not be measured."""
    asked = set().union(*(names_in(query) for _, _, query in queries()))
    asked |= set().union(*(names_in(rule["expr"]) for rule in (*rules("alerts"), *rules("recording"))))
    unseen = {name for name in known() - asked if name.startswith("bangkom_")}
    assert {name for name in unseen if not name.endswith(("_sum", "_bucket", "_count"))} == set()


@pytest.mark.usefixtures("own_environment")
def test_no_panel_of_a_house_with_people_in_it_is_empty(tmp_path: Path) -> None:
    with ExitStack() as stack:
        whole = Whole(tmp_path / "home", more={"BANGKOM_FIGURES_SECONDS": "1"})
        stack.callback(whole.stop)
        whole.start()
        whole.join()
        watch = stack.enter_context(watching(whole, tmp_path))
        address = stack.enter_context(prometheus(tmp_path, {"bangkom-web": whole.address, "bangkom-work": watch}))
        story = story_of(house.doors(whole), seed=1, patience=60)
        story.arrive(write(story.city, tmp_path / "files"))
        story.plan()
        story.nominate()
        story.change_minds()
        story.first_run()
        assert story.ask_first_run() is not None
        left = {(panel, query) for _, panel, query in queries() if panel not in MAY_BE_EMPTY}
        until = time.monotonic() + _WITHIN
        while left:
            assert time.monotonic() < until, sorted(left)
            for address_of in (*whole.addresses.values(), whole.address):
                requests.get(f"{address_of}/openapi.json", timeout=10)
            left = {(panel, query) for panel, query in left if not answer(address, query)}
            time.sleep(0.5)
        for _, panel, query in queries():
            if panel in MAY_BE_EMPTY:
                answer(address, query)
        groups = requests.get(f"{address}/api/v1/rules", timeout=10).json()["data"]["groups"]
        assert [rule for group in groups for rule in group["rules"] if rule["health"] != "ok"] == []
        firing = requests.get(f"{address}/api/v1/alerts", timeout=10).json()["data"]["alerts"]
        assert {one["labels"]["alertname"] for one in firing if one["state"] == "firing"} == set()


def answer(address: str, query: str) -> list[Any]:
    """What Prometheus answers now; fails where it can't read the query."""
    asked = {"query": query.replace(RATE_INTERVAL, "5m")}
    read = requests.get(f"{address}/api/v1/query", params=asked, timeout=10).json()
    assert read["status"] == "success", f"{query}: {read}"
    found: list[Any] = read["data"]["result"]
    return found


@contextmanager
def watching(whole: Whole, folder: Path) -> Iterator[str]:
    """`bangkom watch` beside the whole."""
    port, backups = free_port(), folder / "backups"
    backups.mkdir()
    settings = {
        "BANGKOM_WATCH_LISTEN": f"127.0.0.1:{port}",
        "BANGKOM_WATCH_CERTIFICATES": str(certificate(folder, 60)[0]),
        "BANGKOM_WATCH_FOLDERS": str(folder),
        "BANGKOM_WATCH_DATABASE_URL": whole.environment["BANGKOM_BUDGET_DATABASE_URL"],
        "BANGKOM_BACKUP": str(backups),
    }
    words = [sys.executable, "-m", "shared.cli", "watch"]
    with running(words, folder / "watch.log", {**os.environ, **whole.environment, **settings}):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def prometheus(folder: Path, targets: dict[str, str]) -> Iterator[str]:
    """Prometheus with the rules of deploy/, looking each second."""
    port = free_port()
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES / "*.yml")],
        "scrape_configs": [
            {
                "job_name": job,
                "static_configs": [{"targets": [target.removeprefix("http://")], "labels": {"process": job}}],
            }
            for job, target in targets.items()
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    words = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/prometheus",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(words, folder / "prometheus.log", dict(os.environ)):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running(words: list[str], log: Path, environ: dict[str, str]) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(words, cwd=ROOT, env=environ, stdout=output, stderr=output)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
