"""What the tests need beside Python: a RabbitMQ, a Chromium, a PHPUnit, a Prometheus and an amtool. Found, or started,
or installed, or asked for in a sentence."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

HERE = "amqp://guest:guest@127.0.0.1:5672//"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_SERVERS = ("/usr/lib/rabbitmq/bin/rabbitmq-server",)
_UP_WITHIN = 90.0


class Missing(Exception):
    """Something the tests can't do without; the sentence says what to do."""


@contextmanager
def a_broker() -> Iterator[str]:
    """The address of a RabbitMQ: AMQP_URL, one on this machine, or one started for this run on ports of its own."""
    given = os.environ.get("AMQP_URL")
    if given:
        parts = urlsplit(given)
        if not _listens(parts.hostname or "127.0.0.1", parts.port or 5672):
            raise Missing(f"AMQP_URL names {parts.hostname}:{parts.port or 5672}, where nothing listens.")
        yield given
        return
    if _listens("127.0.0.1", 5672):
        yield HERE
        return
    program = _server()
    if program is None:
        _install("rabbitmq-server", "a RabbitMQ (or set AMQP_URL to one)")
        if _listens("127.0.0.1", 5672):
            yield HERE
            return
        program = _server()
    if program is None:
        raise Missing("RabbitMQ is installed, but its rabbitmq-server was not found; set AMQP_URL to a running one.")
    with _started(program) as url:
        yield url


@contextmanager
def a_strict_broker(definitions: str) -> Iterator[str]:
    """A RabbitMQ of one's own that knows the users of these definitions (JSON) and nobody else; the address has no
    user."""
    program = _server()
    if program is None:
        _install("rabbitmq-server", "a RabbitMQ")
        program = _server()
    if program is None:
        raise Missing("RabbitMQ's rabbitmq-server was not found.")
    with _started(program, definitions) as url:
        yield url.replace("guest:guest@", "")


def a_browser() -> str:
    """The path of a Chromium: CHROMIUM, one on the PATH, or one installed now."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    for attempt in range(2):
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        if found:
            return found
        if attempt == 0:
            _install("chromium", "a Chromium for the browser tests (or name one in CHROMIUM)")
    raise Missing("Chromium was installed, but is not on the PATH; name it in CHROMIUM.")


def a_phpunit() -> str:
    """The path of a PHPUnit, which brings its PHP: PHPUNIT, one on the PATH, or one installed now."""
    given = os.environ.get("PHPUNIT")
    if given:
        return given
    found = shutil.which("phpunit")
    if found is None:
        _install("phpunit", "a PHPUnit for the Moodle plugins (or name one in PHPUNIT)")
        found = shutil.which("phpunit")
    if found is None:
        raise Missing("PHPUnit was installed, but is not on the PATH; name it in PHPUNIT.")
    return found


def the_prometheus() -> None:
    """prometheus, promtool and amtool on the PATH, installed now where they are not."""
    for package, programs in {
        "prometheus": ("prometheus", "promtool"),
        "prometheus-alertmanager": ("amtool",),
    }.items():
        if not all(map(shutil.which, programs)):
            _install(package, f"{' and '.join(programs)} for the rules and dashboards")
        for program in programs:
            if shutil.which(program) is None:
                raise Missing(f"{package} was installed, but {program} is not on the PATH.")


def _install(package: str, what: str) -> None:
    """Install a package of Debian's where that may be done without asking anybody."""
    sudo = _sudo()
    if sudo is None or not shutil.which("apt-get"):
        raise Missing(f"The tests need {what}. Install it, for example: sudo apt-get install {package}")
    print(f"Installing {package}", flush=True)  # noqa: T201
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    environ = ["env", "DEBIAN_FRONTEND=noninteractive"]
    subprocess.run([*sudo, "apt-get", "update", "-qq"], env=quiet, check=False, stdout=subprocess.DEVNULL)
    command = [*sudo, *environ, "apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
    if subprocess.run(command, env=quiet, check=False, stdout=subprocess.DEVNULL).returncode != 0:
        raise Missing(f"The tests need {what}, and installing {package} failed.")


def _sudo() -> Sequence[str] | None:
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _server() -> str | None:
    """The server's own program: Debian's wrapper around it insists on a certain user and folders."""
    return next((path for path in _SERVERS if os.access(path, os.X_OK)), shutil.which("rabbitmq-server"))


@contextmanager
def _started(program: str, definitions: str = "") -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="bangkom-rabbit-") as folder:
        home = Path(folder)
        port, between, names = _free_ports(3)
        environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("RABBITMQ_", "ERL_"))},
            "HOME": folder,
            "ERL_EPMD_PORT": str(names),
            "RABBITMQ_NODENAME": f"bangkom{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(between),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(home / "none"),
            "RABBITMQ_CONF_ENV_FILE": str(home / "none.conf"),
        }
        (home / "plugins").write_text("[].\n", encoding="ascii")
        if definitions:
            (home / "definitions.json").write_text(definitions, encoding="utf-8")
            (home / "with.conf").write_text(f"load_definitions = {home}/definitions.json\n", encoding="utf-8")
            environ["RABBITMQ_CONFIG_FILE"] = str(home / "with")
        with (home / "output").open("wb") as output:
            server = subprocess.Popen(
                [program], env=environ, stdout=output, stderr=output, cwd=folder, start_new_session=True
            )
        try:
            until = time.monotonic() + _UP_WITHIN
            while not _speaks("127.0.0.1", port):
                if server.poll() is not None or time.monotonic() > until:
                    said = (home / "output").read_text(errors="replace").strip().splitlines()[-5:]
                    raise Missing("RabbitMQ did not start; set AMQP_URL to a running one.\n" + "\n".join(said))
                time.sleep(0.2)
            yield f"amqp://guest:guest@127.0.0.1:{port}//"
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()
            epmd = shutil.which("epmd")
            if epmd:
                subprocess.run([epmd, "-kill"], env=environ, capture_output=True, check=False)


def _listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False


def _speaks(host: str, port: int) -> bool:
    """Whether an AMQP server answers a greeting, which it does only once it is up."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(b"AMQP\x00\x00\x09\x01")
            return connection.recv(1) == b"\x01"
    except OSError:
        return False


def _free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    try:
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in taken]
    finally:
        for each in taken:
            each.close()
