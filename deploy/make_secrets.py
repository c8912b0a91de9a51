"""Writes the secrets of an installation with docker-compose.yml, a file each: `make secrets`.

What is there stays: to change one, remove its file, run it again and follow docs/operations.md. The folder is its
owner's alone; the files in it can be read by whoever is given one, because a container's user is another one.
"""

import argparse
import ipaddress
import json
import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared import rights
from shared.home import make_folder
from shared.ids import new_id
from shared.operator_key import new_key
from shared.provision import name_of
from shared.services import services

ROOT = Path(__file__).resolve().parent.parent
_BROKER = "amqp://rabbitmq:5672/bangkom"
_YEARS = timedelta(days=825)


def write(folder: Path, host: str) -> list[str]:
    """Make what is missing in `folder`; answers the names of the files written."""
    make_folder(folder)
    owners = [service for service in services() if service.metadata is not None]
    made: list[str] = []

    def keep(name: str, text: str) -> None:
        path = folder / name
        if not path.exists():
            path.write_text(text, encoding="utf-8")
            path.chmod(0o644)
            made.append(name)

    keep("postgres_password", secrets.token_urlsafe(32))
    keep("database_url", f"postgresql://postgres:{_read(folder, 'postgres_password')}@postgres:5432/postgres")
    passwords = {}
    for name in [*(service.name for service in owners), rights.TOPOLOGY]:
        if name != rights.TOPOLOGY:
            role = name_of(name)
            address = f"postgresql://{role}:{secrets.token_urlsafe(32)}@postgres:5432/{role}"
            keep(f"{name}_database_url", address)
        if not (folder / f"{name}_amqp_url").exists():
            (folder / "rabbitmq_definitions.json").unlink(missing_ok=True)
        keep(f"{name}_amqp_url", rights.address_for(_BROKER, name, secrets.token_urlsafe(32)))
        passwords[name] = str(urlsplit(_read(folder, f"{name}_amqp_url")).password)
    known = rights.definitions(owners, passwords, rights.vhost_of(_BROKER))
    keep("rabbitmq_definitions.json", json.dumps(known, indent=1))
    keep("portal_secret", secrets.token_urlsafe(32))
    keep("lms_keys", Fernet.generate_key().decode())
    keep("grafana_password", secrets.token_urlsafe(24))
    # Filled by hand where there is one; empty means that there is none.
    for name in ("oidc_client_secret", "alert_webhook", "alert_mail_password"):
        keep(name, "")
    if not all((folder / name).exists() for name in ("operator_key", "operator_jwks.json")):
        private, public = new_key(new_id().hex)
        for name, text in (("operator_key", private), ("operator_jwks.json", public)):
            (folder / name).unlink(missing_ok=True)
            keep(name, text)
    if not all((folder / name).exists() for name in ("tls.crt", "tls.key")):
        for name, text in zip(("tls.crt", "tls.key"), certificate(host), strict=True):
            (folder / name).unlink(missing_ok=True)
            keep(name, text)
    return made


def certificate(host: str) -> tuple[str, str]:
    """A certificate that nobody but ourselves has signed, for a start, and its key: both PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host[:64])])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    if host != "localhost":
        names.append(_general_name(host))
    signed = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _YEARS)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8").strip()


def main() -> None:
    """The command: says which files were made, never what is in them."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--host", default="localhost", help="the name people type; for the certificate")
    asked.add_argument("--folder", type=Path, default=ROOT / "secrets")
    words = asked.parse_args()
    made = write(words.folder, words.host)
    sys.stdout.write(f"{len(made)} files written to {words.folder}; what was there stayed\n")


if __name__ == "__main__":
    main()
