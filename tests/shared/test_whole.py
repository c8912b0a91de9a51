"""The embedded whole as a process of its own: it comes up, is alone on its data, and survives kill -9."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine, text

from shared.auth import AUDITOR, BUDGET_OFFICER, Principal
from shared.ids import new_id
from shared.provision import setting_of
from shared.whole import CannotStart, Whole
from tests.ports import free_port

SERVICES = ("budget", "content")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    made = Whole(tmp_path_factory.mktemp("whole") / "home", services=SERVICES)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def joined(whole: Whole, monkeypatch: pytest.MonkeyPatch) -> Whole:
    for name, value in whole.environment.items():
        monkeypatch.setenv(name, value)
    return whole


def someone(role: str) -> Principal:
    return Principal(str(new_id()), {"*": frozenset({role})})


def test_it_is_ready_when_it_says_that_it_has_started(whole: Whole) -> None:
    assert requests.get(f"{whole.address}/ready", timeout=10).json()["ready"]
    assert requests.get(f"{whole.address}/live", timeout=10).json()["live"]
    assert "bangkom_outbox_depth" in requests.get(f"{whole.address}/metrics", timeout=10).text


def test_every_service_is_under_its_own_path(joined: Whole) -> None:
    assert set(joined.addresses) == set(SERVICES)
    for address in joined.addresses.values():
        assert requests.get(f"{address}/ready", timeout=10).json() == {"ready": True, "checks": {"database": True}}
        assert requests.get(f"{address}/openapi.json", timeout=10).json()["openapi"] == "3.1.0"
        assert requests.get(f"{address}/docs", timeout=10).ok


def test_its_own_tokens_open_it_and_others_do_not(joined: Whole, tmp_path: Path) -> None:
    address = f"{joined.addresses['budget']}/v1/lines"
    good = {"Authorization": f"Bearer {joined.token(someone(BUDGET_OFFICER))}"}
    assert requests.get(address, headers=good, timeout=10).json()["items"] == []
    foreign = {"Authorization": f"Bearer {Whole(tmp_path / 'other').token(someone(BUDGET_OFFICER))}"}
    assert requests.get(address, headers=foreign, timeout=10).json()["code"] == "auth.unauthenticated"


def test_a_second_one_on_the_same_data_is_refused_with_a_sentence(whole: Whole) -> None:
    second = whole.command("up", check=False)
    assert second.returncode == 1
    assert f"already runs on {whole.home} at {whole.address}" in second.stderr
    assert requests.get(f"{whole.address}/live", timeout=10).ok


def test_a_taken_port_is_refused_with_a_sentence(whole: Whole, tmp_path: Path) -> None:
    other = Whole(tmp_path / "home", port=whole.port, services=SERVICES)
    with pytest.raises(CannotStart, match="Choose another --port"):
        other.start()


def test_production_is_refused_with_a_sentence(tmp_path: Path) -> None:
    other = Whole(tmp_path / "home", services=SERVICES, more={"BANGKOM_ENV": "production"})
    with pytest.raises(CannotStart, match="bangkom up is for development"):
        other.start()
    assert not (tmp_path / "home" / "issuer.json").exists()


def test_commands_from_another_shell_work_on_it(whole: Whole) -> None:
    assert whole.command("token", "--role", "auditor").stdout.count(".") == 2
    assert whole.command("migrate", "budget").stdout == "budget: at the newest schema\n"
    assert whole.command("dead", "list", "--service", "budget").stdout == ""
    assert "0 events of budget" in whole.command("replay", "--service", "budget", "--since", "1h").stdout


def test_a_service_s_role_enters_its_own_database_only(whole: Whole) -> None:
    url = whole.environment[setting_of("budget")]
    engine = create_engine(url)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT current_user")) == "bangkom_budget"
    other = create_engine(engine.url.set(database="bangkom_content"))
    with pytest.raises(Exception, match="permission denied"):
        other.connect()


def test_what_it_keeps_is_private(whole: Whole) -> None:
    for file in whole.home.rglob("*"):
        if file.is_file() and ("secret" in file.name or "password" in file.name or file.name == "up.json"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


def test_it_starts_again_on_the_same_address_after_kill_9(tmp_path: Path) -> None:
    whole = Whole(tmp_path / "home", services=("budget",))
    whole.start()
    address, url = whole.address, whole.environment[setting_of("budget")]
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (n int)"))
    engine.dispose()
    whole.kill()
    whole.start()
    assert whole.address == address
    engine = create_engine(whole.environment[setting_of("budget")])
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM kept")) == 0
    engine.dispose()
    whole.stop()


def test_ctrl_c_and_sigterm_end_it_cleanly(tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        whole = Whole(tmp_path / "home", services=("budget",))
        whole.start()
        assert whole._process is not None
        process = whole._process
        os.kill(process.pid, number)
        assert process.wait(60) == 0
        assert not (tmp_path / "home" / "up.json").exists()


def test_health_and_audit_of_a_worker_process_of_its_own(whole: Whole) -> None:
    """`bangkom work` over the same database; its broker is away, which it survives and says."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "shared.cli", "work", "budget"],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ
        | dict(whole.environment)
        | {"AMQP_URL": "amqp://127.0.0.1:1", "BANGKOM_WORK_LISTEN": "127.0.0.1:0", "BANGKOM_HOME": "/nonexistent"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    address = worker.stdout.readline().rsplit(" ", 1)[1].strip()
    assert requests.get(f"{address}/live", timeout=10).ok
    until = time.monotonic() + 20
    while not (told := requests.get(f"{address}/ready", timeout=10).json())["checks"]["database"]:
        assert time.monotonic() < until, told
        time.sleep(0.2)
    assert told == {"ready": False, "checks": {"database": True, "broker": False}}
    assert "bangkom_relay_active" in requests.get(f"{address}/metrics", timeout=10).text
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0


def test_gunicorn_serves_a_service_by_itself(joined: Whole) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "shared.cli", "web", "budget"],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"BANGKOM_LISTEN": f"127.0.0.1:{(port := free_port())}", "BANGKOM_HOME": "/nonexistent"},
    ) as web:
        try:
            wait_for(f"http://127.0.0.1:{port}/ready")
            headers = {"Authorization": f"Bearer {joined.token(someone(AUDITOR))}"}
            audit = requests.get(f"http://127.0.0.1:{port}/internal/audit", headers=headers, timeout=10)
            assert audit.text.splitlines()[-1].startswith('{"fact":"end"')
            metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10).text
            assert "bangkom_request_seconds_count" in metrics
        finally:
            web.terminate()
            assert web.wait(40) == 0


def test_a_web_process_names_every_setting_it_lacks(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BANGKOM_")}
    ran = subprocess.run(
        [sys.executable, "-m", "shared.cli", "web", "budget"],
        cwd=Path(__file__).resolve().parents[2],
        env=environ | {"BANGKOM_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    for name in ("BANGKOM_BUDGET_DATABASE_URL", "BANGKOM_JWKS", "BANGKOM_TOKEN_ISSUER"):
        assert name in ran.stderr
    assert "Traceback" not in ran.stderr


def wait_for(address: str, within: float = 90) -> None:
    until = time.monotonic() + within
    while True:
        try:
            if requests.get(address, timeout=5).ok:
                return
        except requests.RequestException:
            pass
        assert time.monotonic() < until, address
        time.sleep(0.2)
