"""What an operator of one machine starts from: compose file, recipe of the image, secrets. No engine is needed."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.auth import AUDITOR, EVERYWHERE, OPERATOR, TRAINING_OFFICE, Principal
from shared.backup import KeepSettings
from shared.config import BadSettings, BrokerSettings, read, value_of
from shared.errors import DomainError
from shared.operator_key import new_key, operator_token
from shared.services import services
from shared.tokens import Verifier, operator_issuer
from tests.house.code import ROOT
from tests.house.pages import variables_on_page

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
BIN = Path(sys.executable).parent
ONE_SHOTS = {"setup", "tools"}


def test_compose_reads_the_file_with_every_profile() -> None:
    words = ["--env-file", ".env.example", "--profile", "monitoring", "--profile", "tools", "config", "-q"]
    done = subprocess.run([BIN / "docker-compose", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_hadolint_finds_nothing_in_the_image_s_recipe() -> None:
    done = subprocess.run(
        [BIN / "hadolint", "deploy/Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_a_shell_can_read_the_rolling_update() -> None:
    subprocess.run(["sh", "-n", ROOT / "deploy" / "roll.sh"], check=True)


def test_every_setting_in_the_compose_file_is_explained() -> None:
    known = {
        name.replace("{SERVICE}", each)
        for name in variables_on_page()
        for each in ("ENROLMENT", "CONTENT", "SURVEYS", "BUDGET", "BRIDGE")
    }
    ours = {
        name.removesuffix("_FILE")
        for service in COMPOSE["services"].values()
        for name in service.get("environment", {})
        if name.startswith(("BANGKOM_", "AMQP_", "DATABASE_", "OTEL_"))
    }
    assert ours
    assert ours <= known


def test_the_example_names_every_variable_with_the_default_it_has() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", text))
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    assert dict(line.split("=", 1) for line in lines if line and not line.startswith("#")) == used


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_every_container_has_as_few_rights_as_it_can(name: str) -> None:
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["deploy"]["resources"]["limits"].keys() == {"memory", "pids"}
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
    assert service["restart"] == ("no" if name in ONE_SHOTS else "unless-stopped")


def test_the_door_alone_can_be_reached_from_elsewhere() -> None:
    published = {name: service["ports"] for name, service in COMPOSE["services"].items() if "ports" in service}
    assert published.keys() == {"nginx", "grafana"}
    assert all(port.startswith("127.0.0.1:") for port in published["grafana"])


def test_backups_make_themselves_with_what_they_need_and_no_more() -> None:
    backups = COMPOSE["services"]["backups"]
    assert backups["command"] == ["backup", "keep"]
    assert "profiles" not in backups, "always on"
    owners = {f"{service.name}_database_url" for service in services() if service.metadata is not None}
    assert set(backups["secrets"]) == owners | {"database_url"}
    assert backups["networks"] == ["inside"]
    assert "lms:/var/lib/bangkom/lms:ro" in backups["volumes"]
    given = {name: re.sub(r"^\$\{\w+:-(.*)\}$", r"\1", text) for name, text in backups["environment"].items()}
    assert read(KeepSettings, environ=given) == KeepSettings()


def test_what_looks_at_backups_looks_where_they_are_made() -> None:
    """Else BangkomBackupOld would fire, or be still, for a place that nobody writes to."""
    for name in ("backups", "watch", "tools"):
        service = COMPOSE["services"][name]
        place = service["environment"]["BANGKOM_BACKUP"]
        (volume,) = (each for each in service["volumes"] if each.startswith("backups:"))
        assert volume.split(":")[1] == place == "/var/backups/bangkom"
        assert volume.endswith(":ro") == (name == "watch")


def test_no_secret_is_in_the_repository(tmp_path: Path) -> None:
    assert all(each["file"].startswith("./secrets/") for each in COMPOSE["secrets"].values())
    assert {"secrets/", ".env"} <= set((ROOT / ".gitignore").read_text(encoding="utf-8").splitlines())


def test_secrets_are_written_once_and_fit_the_compose_file(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    script = str(ROOT / "deploy" / "make_secrets.py")
    make = [sys.executable, script, "--folder", str(folder), "--host", "bangkom.example"]
    subprocess.run(make, cwd=ROOT, check=True, capture_output=True)
    before = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
    assert before.keys() == COMPOSE["secrets"].keys()
    assert folder.stat().st_mode & 0o777 == 0o700
    subprocess.run(make, cwd=ROOT, check=True, capture_output=True)
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == before
    assert json.loads(before["rabbitmq_definitions.json"])["users"]


@pytest.mark.parametrize(
    "url",
    [
        "amqp://guest:guest@broker",
        "amqp://broker",
        "amqp://us:short@broker",
        "amqp://bangkom-bangkom:bangkom-bangkom@b",
    ],
)
def test_a_password_that_can_be_guessed_is_refused_outside_development(url: str) -> None:
    with pytest.raises(BadSettings) as caught:
        read(BrokerSettings, "", {"AMQP_URL": url})
    assert caught.value.names == ("AMQP_URL",)
    assert read(BrokerSettings, "", {"AMQP_URL": url, "BANGKOM_ENV": "development"}).broker_url == url


def test_a_setting_may_lie_in_a_file_but_not_in_both_places(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("amqp://user:long-and-secret-word@broker\n", encoding="utf-8")
    environ = {"AMQP_URL_FILE": str(tmp_path / "url")}
    assert read(BrokerSettings, "", environ).broker_url == "amqp://user:long-and-secret-word@broker"
    for wrong in ({**environ, "AMQP_URL": "x"}, {"AMQP_URL_FILE": str(tmp_path / "none")}):
        with pytest.raises(ValueError, match="AMQP_URL_FILE"):
            value_of("AMQP_URL", wrong)


@pytest.mark.parametrize("audience", ["", "api://sibolga"])
def test_the_installation_s_own_key_speaks_for_commands_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, audience: str
) -> None:
    monkeypatch.setenv("BANGKOM_TOKEN_AUDIENCE", audience)
    private, public = new_key("one")
    (tmp_path / "jwks.json").write_text(public, encoding="utf-8")
    verifier = Verifier((operator_issuer(str(tmp_path / "jwks.json")),), audience or "bangkom")
    asking = Principal("service:command", {EVERYWHERE: frozenset({AUDITOR, OPERATOR})})
    assert verifier.principal(operator_token(private, asking, 60)) == asking
    person = "01890000-0000-7000-8000-000000000001"
    for more in (
        Principal("service:command", {EVERYWHERE: frozenset({TRAINING_OFFICE})}),
        Principal(person, {EVERYWHERE: frozenset({AUDITOR})}),
    ):
        with pytest.raises(DomainError):
            verifier.principal(operator_token(private, more, 60))
