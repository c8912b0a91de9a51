"""Things for a doctor to look at: a server that answers what a test wants, one that never answers, a certificate."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.doctor import Finding

Answers = Callable[..., str]


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is set but what a test sets, on a machine where short passwords may be."""
    for name in ("AMQP_URL", "BANGKOM_PUBLIC_URL", "BANGKOM_BACKUP", "BANGKOM_TOKEN", "BANGKOM_LMS_FOLDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BANGKOM_ENV", "development")
    monkeypatch.setenv("BANGKOM_HOME", str(tmp_path / "home"))


@pytest.fixture
def answering() -> Iterator[Answers]:
    """`answering(200, "{}", date="...")` is the address of a server that answers just that."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: str = "{}", date: str = "") -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response_only(status)
                self.send_header("Date", date or self.date_time_string())
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def certificate(folder: Path, days: float) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody signed but itself, good for so many days, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=30))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, secret = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    secret.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return file, secret


def told(findings: Iterable[Finding]) -> dict[tuple[str, str], str]:
    """The state of each line, by what was looked at; what is not well says what to do in both languages."""
    found = list(findings)
    for one in found:
        assert (one.state == "ok") == (not one.indonesian) == (not one.english), one
    return {(one.check, one.subject): one.state for one in found}
