"""Prometheus' configuration, recording rules and alerts, and the Alertmanager's: valid, tested, and each alert with
something to do."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.deploy.promql import known, names_in, rules, yaml_file
from tests.house.code import ROOT

PROMETHEUS = ROOT / "deploy" / "prometheus"
TESTS = sorted((PROMETHEUS / "tests").glob("*.yml"))
ALERTS = {rule["alert"]: rule for rule in rules("alerts")}
RUNBOOK = "docs/operations.md"


def run(*words: str, **more: str) -> str:
    """What a program says; it has to succeed."""
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, **more})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout + ran.stderr


def test_prometheus_reads_its_configuration_and_rules() -> None:
    assert f"{len(rules('alerts'))} rules found" in run(
        "promtool", "check", "config", str(PROMETHEUS / "prometheus.yml")
    )


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_only_then(path: Path) -> None:
    assert "SUCCESS" in run("promtool", "test", "rules", str(path))


def test_each_alert_is_tested_with_figures_at_which_it_fires_and_at_which_it_does_not() -> None:
    cases = [case for path in TESTS for group in yaml_file(path)["tests"] for case in group.get("alert_rule_test", ())]
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == set(ALERTS)
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == set(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_how_bad_it_is_and_where_it_stands_what_to_do(name: str) -> None:
    alert = ALERTS[name]
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"]["summary"]
    page, _, anchor = alert["annotations"]["runbook_url"].partition("#")
    assert (page, anchor) == (RUNBOOK, name.lower())
    headings = (ROOT / RUNBOOK).read_text(encoding="utf-8").splitlines()
    assert f"#### {name}" in headings


def test_operations_has_no_alert_that_is_gone() -> None:
    text = (ROOT / RUNBOOK).read_text(encoding="utf-8")
    assert {line.removeprefix("#### ") for line in text.splitlines() if line.startswith("#### Bangkom")} == set(ALERTS)


@pytest.mark.parametrize("file", ["alerts", "recording"])
def test_rules_ask_for_metrics_that_exist(file: str) -> None:
    for rule in rules(file):
        assert names_in(rule["expr"]) <= known(), rule


@pytest.mark.parametrize("mail", [False, True], ids=["no mail", "mail"])
@pytest.mark.parametrize("hook", [False, True], ids=["no hook", "hook"])
def test_the_alertmanager_starts_with_the_ways_that_are_set_up(tmp_path: Path, mail: bool, hook: bool) -> None:
    made, secrets = tmp_path / "made.yml", tmp_path / "secrets"
    secrets.mkdir()
    settings = {"ALERT_CONFIG": str(made), "ALERT_SECRETS": str(secrets), "ALERTMANAGER": "true"}
    if hook:
        (secrets / "alert_webhook").write_text("https://alerts.example/hook?a=1&b=2\n", encoding="utf-8")
    if mail:
        settings |= {
            "ALERT_MAIL_TO": "operators@example.go.id",
            "ALERT_MAIL_FROM": "bangkom@example.go.id",
            "ALERT_MAIL_HOST": "mail.example.go.id:587",
            "ALERT_MAIL_USER": "bangkom",
        }
        (secrets / "alert_mail_password").write_text("x", encoding="utf-8")
    run("sh", str(ROOT / "deploy" / "alertmanager" / "start.sh"), **settings)
    said = run("amtool", "check-config", str(made))
    assert "1 receivers" in said
    receiver = yaml_file(made)["receivers"][0]
    if hook:
        assert receiver["webhook_configs"][0]["url"] == "https://alerts.example/hook?a=1&b=2"
    assert made.stat().st_mode & 0o077 == 0
    assert ("email_configs" in receiver, "webhook_configs" in receiver) == (mail, hook)


def test_the_alertmanager_does_not_start_with_half_of_a_mail(tmp_path: Path) -> None:
    settings = {"ALERT_CONFIG": str(tmp_path / "made.yml"), "ALERTMANAGER": "true", "ALERT_MAIL_TO": "a@example.go.id"}
    words = ["sh", str(ROOT / "deploy" / "alertmanager" / "start.sh")]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, env={**os.environ, **settings})
    assert ran.returncode != 0
    assert "ALERT_MAIL_HOST" in ran.stderr
