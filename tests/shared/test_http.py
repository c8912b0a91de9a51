import http.server
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from shared.envelope import TRACEPARENT
from shared.http import NoAnswer, Outside, Refused, private_hosts

HERE = frozenset({"127.0.0.1", "::1", "lms.test"})


class Peer:
    """A server that gives the answers it was told, the last one for ever, and keeps what it got."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.answers: list[dict[str, Any]] = [{}]
        self.got: list[dict[str, Any]] = []
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                peer.got.append({"path": self.path, "headers": dict(self.headers), "body": body})
                answer = peer.answers.pop(0) if len(peer.answers) > 1 else peer.answers[0]
                if answer.get("hang"):
                    time.sleep(answer["hang"])
                    return
                self.send_response(answer.get("status", 200))
                for name, value in answer.get("headers", {}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.get("body", b"{}"))

            do_GET = do_POST = do_PUT = _any

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/x"


@pytest.fixture
def peer() -> Iterator[Peer]:
    made = Peer()
    yield made
    made.server.shutdown()
    made.server.server_close()


def outside(**more: Any) -> Outside:
    return Outside(allowed=HERE, pause=lambda seconds: None, **more)


def test_an_answer_of_any_status_is_an_answer(peer: Peer) -> None:
    peer.answers = [{"status": 404, "body": b'{"a": 1}'}]
    answer = outside().send("GET", peer.url)
    assert (answer.status, answer.good, answer.json()) == (404, False, {"a": 1})


def test_a_call_carries_key_request_id_and_trace(peer: Peer) -> None:
    token = TRACEPARENT.set("00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        outside().send("POST", peer.url, json={"a": 1}, key="k-1")
    TRACEPARENT.reset(token)
    headers = peer.got[0]["headers"]
    assert headers["Idempotency-Key"] == "k-1"
    assert headers["X-Request-ID"] == "r-1"
    assert headers["traceparent"].startswith("00-" + "a" * 32)
    assert peer.got[0]["body"] == b'{"a": 1}'


def test_what_is_safe_to_repeat_is_repeated(peer: Peer) -> None:
    peer.answers = [{"status": 503}, {"status": 502}, {"status": 200}]
    assert outside().send("POST", peer.url, key="k").status == 200
    assert {got["headers"]["Idempotency-Key"] for got in peer.got} == {"k"}
    assert len(peer.got) == 3


def test_a_post_without_a_key_is_sent_once(peer: Peer) -> None:
    peer.answers = [{"status": 503}]
    assert outside().send("POST", peer.url).status == 503
    assert len(peer.got) == 1


def test_tries_come_to_an_end(peer: Peer) -> None:
    peer.answers = [{"status": 503}]
    assert outside().send("GET", peer.url).status == 503
    assert len(peer.got) == 3


def test_it_waits_as_long_as_it_is_asked_to_within_reason(peer: Peer) -> None:
    waited: list[float] = []
    peer.answers = [
        {"status": 429, "headers": {"Retry-After": "4"}},
        {"status": 429, "headers": {"Retry-After": "4000"}},
        {},
    ]
    Outside(allowed=HERE, pause=waited.append).send("GET", peer.url)
    assert waited == [4.0, 10.0]


def test_a_peer_that_does_not_answer_is_given_up(peer: Peer) -> None:
    peer.answers = [{"hang": 1}]
    with pytest.raises(NoAnswer) as caught:
        outside(read=0.1, tries=2).send("GET", peer.url)
    assert caught.value.sent
    assert len(peer.got) == 2


def test_a_port_where_nobody_listens_means_that_nothing_was_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(NoAnswer) as caught:
        outside().send("POST", f"http://127.0.0.1:{port}/")
    assert not caught.value.sent


def test_an_answer_that_is_too_large_is_cut_off(peer: Peer) -> None:
    peer.answers = [{"body": b"x" * 2000}]
    with pytest.raises(NoAnswer, match="too large"):
        outside(most=1000).send("POST", peer.url)


def test_a_redirect_is_not_followed(peer: Peer) -> None:
    peer.answers = [{"status": 302, "headers": {"Location": "http://169.254.169.254/"}}]
    assert outside().send("GET", peer.url).status == 302
    assert len(peer.got) == 1


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_an_answer_that_is_not_json_says_so(peer: Peer, body: bytes) -> None:
    peer.answers = [{"body": body}]
    with pytest.raises(NoAnswer, match="not JSON"):
        outside().send("GET", peer.url).json()


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[2002:7f00:1::]",
        "2130706433",
        "0x7f.1",
        "localhost",
    ],
)
def test_an_address_inside_is_refused(address: str) -> None:
    with pytest.raises((Refused, NoAnswer)) as caught:
        Outside(allowed=frozenset(), tries=1).send("GET", f"http://{address}/")
    assert isinstance(caught.value, Refused) or "no address" in str(caught.value)


def test_a_name_is_refused_when_any_of_its_addresses_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(Refused, match="BANGKOM_PRIVATE_HOSTS"):
        Outside(allowed=frozenset()).send("GET", "http://lms.test/")


def test_a_name_that_changes_its_address_afterwards_gains_nothing(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = resolve(monkeypatch, "127.0.0.1")
    port = peer.url.rsplit(":", 1)[1]
    assert outside().send("GET", f"http://lms.test:{port}").status == 200
    assert asked == ["lms.test"]
    assert peer.got[0]["headers"]["Host"] == f"lms.test:{port.split('/')[0]}"


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/", "http://u:p@example.org/", "http:///x", "gopher://x", "x"]
)
def test_anything_but_a_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        outside().send("GET", url)


def test_hosts_and_networks_inside_can_be_allowed_by_setting(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_PRIVATE_HOSTS", "lms.internal, 127.0.0.0/8")
    assert private_hosts() == {"lms.internal", "127.0.0.0/8"}
    assert Outside().send("GET", peer.url).status == 200


def test_proxies_of_the_environment_are_not_used(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert outside().send("GET", peer.url).status == 200


@pytest.mark.parametrize(("name", "good"), [("lms.test", True), ("other.test", False)])
def test_a_certificate_must_be_for_the_name_that_was_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, good: bool
) -> None:
    resolve(monkeypatch, "127.0.0.1")
    file = certificate(tmp_path / "certificate", name)
    peer = Peer(file)
    url = f"https://lms.test:{peer.server.server_port}/"
    if good:
        assert outside(authorities=str(file)).send("GET", url).status == 200
    else:
        with pytest.raises(NoAnswer, match="SSLError"):
            outside(authorities=str(file), tries=1).send("GET", url)
    with pytest.raises(NoAnswer, match="SSLError"):
        outside(tries=1).send("GET", url)
    peer.server.shutdown()
    peer.server.server_close()


def certificate(file: Path, name: str) -> Path:
    """A key and a certificate for the name, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return file


def resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let the resolver answer these for the name lms.test, and note each question by us."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def answer(host: str, port: int, *args: Any, **kwargs: Any) -> Any:
        if host != "lms.test":
            return real(host, port, *args, **kwargs)
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asked
