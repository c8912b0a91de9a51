"""The doctor at settings, web processes, certificates, LMSs, disks and backups, and the whole command."""

import json
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from shared.backup import Place
from shared.backup.manifest import FORMAT, Manifest
from shared.cli import bangkom
from shared.cli import doctor as command
from shared.doctor import Check, machine, processes, web
from shared.doctor.databases import clock_of
from shared.doctor.finding import look
from shared.provision import setting_of
from shared.whole import Whole
from tests.ports import free_port
from tests.shared.doctor.fixtures import Answers, certificate, told
from tests.town import service_named

BUDGET, BRIDGE = service_named("budget"), service_named("bridge")


def test_settings_are_read_as_each_process_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "JWKS", "TOKEN_ISSUER", "LMS_KEYS"):
        monkeypatch.delenv(f"BANGKOM_{name}", raising=False)
    monkeypatch.delenv(setting_of("budget"), raising=False)
    monkeypatch.setenv("BANGKOM_ENV", "production")
    found = list(processes.settings(BUDGET))
    assert told(found) == {("settings", "web budget"): "bad", ("settings", "work budget"): "bad"}
    assert "BANGKOM_JWKS" in found[0].seen
    assert "AMQP_URL" in found[1].seen
    assert "BANGKOM_LMS_KEYS" in next(iter(processes.settings(BRIDGE))).seen
    monkeypatch.setenv(setting_of("budget"), "postgresql://budget:hard-to-guess-1@db/budget")
    monkeypatch.setenv("BANGKOM_JWKS", "https://id.example/jwks.json")
    monkeypatch.setenv("BANGKOM_TOKEN_ISSUER", "https://id.example")
    monkeypatch.setenv("AMQP_URL", "amqp://budget:hard-to-guess-2@mq/")
    assert set(told(processes.settings(BUDGET)).values()) == {"ok"}


def test_a_web_process_that_is_not_ready_or_away_is_seen(answering: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BANGKOM_BUDGET_URL", raising=False)
    assert told(web.service(BUDGET)) == {("service", "budget"): "warn"}
    monkeypatch.setenv("BANGKOM_BUDGET_URL", answering(200))
    assert told(web.service(BUDGET)) == {("service", "budget"): "ok", ("clock", "web budget"): "ok"}
    monkeypatch.setenv("BANGKOM_BUDGET_URL", answering(503))
    assert told(web.service(BUDGET))["service", "budget"] == "bad"
    monkeypatch.setenv("BANGKOM_BUDGET_URL", f"http://127.0.0.1:{free_port()}")
    assert told(web.service(BUDGET)) == {("service", "budget"): "bad"}


def test_a_clock_that_goes_wrong_is_seen(answering: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_BUDGET_URL", answering(200, date="Mon, 05 Jan 2026 10:00:00 GMT"))
    (clock,) = [one for one in web.service(BUDGET) if one.check == "clock"]
    assert clock.state == "bad"
    assert "NTP" in clock.english
    now = datetime.now(UTC)
    states = [clock_of("a", now + timedelta(seconds=off), now).state for off in (0, 1.9, -2, 29, -30)]
    assert states == ["ok", "ok", "warn", "warn", "bad"]


def test_a_door_that_is_shut_is_seen(answering: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(web.door()) == []
    for status, state in ((200, "ok"), (302, "ok"), (502, "bad")):
        monkeypatch.setenv("BANGKOM_PUBLIC_URL", answering(status))
        assert set(told(web.door()).values()) == {state}
    monkeypatch.setenv("BANGKOM_PUBLIC_URL", f"http://127.0.0.1:{free_port()}")
    assert set(told(web.door()).values()) == {"bad"}


@pytest.mark.parametrize(("days", "state"), [(40, "ok"), (15, "warn"), (5, "bad"), (-1, "bad")])
def test_a_certificate_that_ends_soon_is_seen(tmp_path: Path, days: float, state: str) -> None:
    file, _ = certificate(tmp_path, days)
    assert set(told(web.certificate(file)).values()) == {state}


def test_a_certificate_that_browsers_refuse_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, key = certificate(tmp_path, 15)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        monkeypatch.setenv("BANGKOM_PUBLIC_URL", f"https://127.0.0.1:{server.server_address[1]}")
        (refused,) = web.certificate(None)
        assert refused.state == "bad"
        assert "verif" in refused.seen.lower()
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        (trusted,) = web.certificate(None)
        assert (trusted.state, "14 d" in trusted.seen) == ("warn", True)
    finally:
        server.shutdown()
        server.server_close()
    no_certificate = tmp_path / "none.pem"
    no_certificate.write_text("nothing")
    assert next(iter(web.certificate(no_certificate))).state == "bad"


def test_an_lms_that_is_down_is_seen(answering: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_TOKEN", "a token")
    rows = [
        {"code": code, "health": {"state": code, "detail": "timeout", "waiting": 0}}
        for code in ("ok", "failing", "resting", "unknown")
    ]
    monkeypatch.setenv("BANGKOM_BRIDGE_URL", answering(200, json.dumps({"items": rows})))
    assert told(web.sites()) == {
        ("sites", "ok"): "ok",
        ("sites", "failing"): "bad",
        ("sites", "resting"): "bad",
        ("sites", "unknown"): "warn",
    }
    monkeypatch.setenv("BANGKOM_BRIDGE_URL", answering(403))
    assert told(web.sites()) == {("sites", "bridge"): "warn"}
    monkeypatch.delenv("BANGKOM_TOKEN")
    monkeypatch.setenv("BANGKOM_ENV", "production")
    assert told(web.sites()) == {("sites", "bridge"): "warn"}


def test_a_disk_that_fills_up_is_seen(tmp_path: Path) -> None:
    gigabyte = 1024**3
    states = [machine.room(tmp_path, 100 * gigabyte, free * gigabyte // 10).state for free in (500, 160, 140, 60, 40)]
    assert states == ["ok", "ok", "warn", "warn", "bad"]
    assert machine.room(tmp_path, gigabyte, gigabyte // 3).state == "bad", "a third of a small disk is not enough"
    assert list(machine.disk())


def test_a_backup_that_is_late_or_was_never_made_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(machine.backup()) == {("backup", "BANGKOM_BACKUP"): "warn"}
    address = str(tmp_path / "backups")
    monkeypatch.setenv("BANGKOM_BACKUP", address)
    assert told(machine.backup()) == {("backup", address): "bad"}
    place = Place(address)
    for hours, state in ((24 * 4, "bad"), (30, "warn"), (25, "ok")):
        cut = datetime.now(UTC) - timedelta(hours=hours)
        name = place.begin(cut)
        place.finish(Manifest(format=FORMAT, name=name, product="0.1.0", started=cut, cut=cut, ended=cut, databases={}))
        assert told(machine.backup()) == {("backup", address): state}
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BANGKOM_BACKUP", str(tmp_path / "file" / "under"))
    assert set(told(machine.backup()).values()) == {"bad"}


def test_what_never_answers_keeps_nobody_waiting(silent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Database, broker, service, door and certificate all hang; the doctor ends on time and names each of them."""
    monkeypatch.setenv("BANGKOM_SERVICES", "budget")
    monkeypatch.setenv(setting_of("budget"), f"postgresql://a:b@127.0.0.1:{silent}/budget")
    monkeypatch.setenv("AMQP_URL", f"amqp://127.0.0.1:{silent}/")
    monkeypatch.setenv("BANGKOM_BUDGET_URL", f"http://127.0.0.1:{silent}")
    monkeypatch.setenv("BANGKOM_PUBLIC_URL", f"https://127.0.0.1:{silent}")
    ran = CliRunner().invoke(bangkom, ["doctor", "--json", "--english", "--time-out", "1"])
    assert ran.exit_code == 1
    late = {one["check"] for one in json.loads(ran.stdout)["findings"] if "in time" in one["do"]}
    assert late == {"database", "broker", "service", "door", "certificate"}


def test_what_a_check_found_before_it_hung_is_told() -> None:
    gate = threading.Event()

    def run():  # type: ignore[no-untyped-def]
        yield clock_of("a", datetime.now(UTC), datetime.now(UTC))
        gate.wait()

    def fails():  # type: ignore[no-untyped-def]
        raise RuntimeError("secret in no line but the first\nhidden-word")
        yield

    began = time.monotonic()
    found = look([Check("clock", "a", run), Check("disk", "b", fails)], 0.2)
    gate.set()
    assert time.monotonic() - began < 10
    assert [(one.check, one.state) for one in found] == [("clock", "ok"), ("clock", "bad"), ("disk", "bad")]
    assert "hidden-word" not in repr(found)


def test_a_service_that_cannot_be_loaded_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> None:
        raise ImportError(f"no module of {name}")

    monkeypatch.setenv("BANGKOM_SERVICES", "budget")
    monkeypatch.setattr(command, "service_named", broken)
    ran = CliRunner().invoke(bangkom, ["doctor"])
    assert ran.exit_code == 1
    assert "buruk Setelan budget: ImportError: no module of budget" in ran.stdout
    assert "Disk" in ran.stdout


def test_a_whole_house_is_well_and_one_that_is_down_says_what_to_do(tmp_path: Path) -> None:
    whole = Whole(tmp_path / "home", services=("budget", "content"))
    whole.start()
    try:
        whole.more = {"BANGKOM_BACKUP": str(tmp_path / "backups")}
        assert whole.command("backup", "create").returncode == 0
        ran = whole.command("doctor", "--json", "--english", check=False)
        found = json.loads(ran.stdout)
        wrong = [one for one in found["findings"] if one["state"] != "ok" and one["check"] != "disk"]
        assert (wrong, ran.stderr) == ([], "")
        checks = {one["check"] for one in found["findings"]}
        assert {"settings", "database", "migrations", "rights", "clock", "broker", "service", "backup"} <= checks
    finally:
        whole.stop()
    down = whole.command("doctor", "--english", check=False)
    assert down.returncode == 1
    assert "bad   Database budget" in down.stdout
    assert "-> Start `bangkom web budget`, and look at its log." in down.stdout
    assert "Traceback" not in down.stderr
