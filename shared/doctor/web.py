"""What answers over HTTP: every service's web process, the public door and its certificate, and what the bridge says of
the LMSs."""

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509

from shared.auth import AUDITOR, EVERYWHERE, OPERATOR, Principal
from shared.config import BadSettings, HouseSettings, read, setting, web_address
from shared.doctor.databases import clock_of
from shared.doctor.finding import BAD, OK, WARN, Finding, first_line
from shared.home import home
from shared.http import Answer, NoAnswer, Outside, Refused
from shared.issuer import DevelopmentIssuer, DevelopmentOnly
from shared.operator_key import operator_token
from shared.service import Service

BRIDGE = "bridge"
_SOON, _VERY_SOON = timedelta(days=21), timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class DoorSettings:
    """`public` is where people reach the pages."""

    public: str | None = setting("BANGKOM_PUBLIC_URL", web_address, None)


def service(one: Service) -> Iterator[Finding]:
    """Whether a service's web process is ready, and its clock."""
    try:
        address = read(HouseSettings, one.name).url
    except BadSettings as error:
        yield Finding(
            "service",
            one.name,
            WARN,
            ", ".join(error.names),
            "Alamatnya tidak diketahui, jadi tidak ditanya; `audit` dan `reconcile` juga memerlukannya.",
            "Its address is not known, so it is not asked; `audit` and `reconcile` need it too.",
        )
        return
    try:
        answer = _get(f"{address}/ready")
    except (NoAnswer, Refused) as error:
        yield Finding(
            "service",
            one.name,
            BAD,
            first_line(error),
            f"Hidupkan `bangkom web {one.name}`, dan lihat lognya.",
            f"Start `bangkom web {one.name}`, and look at its log.",
        )
        return
    if answer.status == 200:
        yield Finding("service", one.name, OK, "ready")
    else:
        yield Finding(
            "service",
            one.name,
            BAD,
            f"/ready {answer.status}",
            "Belum siap: lihat basis data dan migrasinya di atas, lalu lognya.",
            "Not ready: look at its database and migrations above, then at its log.",
        )
    if (date := answer.headers.get("Date")) is not None:
        yield clock_of(f"web {one.name}", parsedate_to_datetime(date), datetime.now(UTC).replace(microsecond=0))


def door() -> Iterator[Finding]:
    """Whether the public address answers."""
    public = _public()
    if public is None:
        return
    try:
        status = _get(f"{public}/").status
    except (NoAnswer, Refused) as error:
        status, why = 599, first_line(error)
    else:
        why = f"{status}"
    if status < 500:
        yield Finding("door", public, OK, why)
        return
    yield Finding(
        "door",
        public,
        BAD,
        why,
        "Orang tidak dapat masuk: periksa nginx, `bangkom web portal`, DNS dan sertifikat.",
        "People can't get in: look at nginx, `bangkom web portal`, DNS and the certificate.",
    )


def certificate(file: Path | None) -> Iterator[Finding]:
    """Until when the certificate holds: the one in this file, and the one the public address shows."""
    if file is not None:
        try:
            found = x509.load_pem_x509_certificate(file.read_bytes())
        except (OSError, ValueError) as error:
            yield Finding(
                "certificate",
                str(file),
                BAD,
                first_line(error),
                "Berkas ini bukan sertifikat PEM yang dapat dibaca.",
                "This file is no PEM certificate that can be read.",
            )
        else:
            yield _until(str(file), found.not_valid_after_utc)
    parts = urlsplit(_public() or "")
    if parts.scheme != "https":
        return
    host, port = parts.hostname or "", parts.port or 443
    try:
        with (
            socket.create_connection((host, port), timeout=5) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as sealed,
        ):
            told = sealed.getpeercert()
    except OSError as error:
        yield Finding(
            "certificate",
            f"{host}:{port}",
            BAD,
            first_line(error),
            "Peramban menolak sertifikat ini: pasang yang berlaku untuk nama ini, lengkap dengan rantainya.",
            "Browsers refuse this certificate: install one that is valid for this name, with its chain.",
        )
        return
    assert told is not None
    yield _until(f"{host}:{port}", datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told["notAfter"])), UTC))


def sites() -> Iterator[Finding]:
    """How the bridge found each LMS when it looked last."""
    try:
        settings = read(HouseSettings, BRIDGE)
        asking = Principal("service:doctor", {EVERYWHERE: frozenset({AUDITOR, OPERATOR})})
        key = settings.operator_key
        signed = operator_token(key, asking, 120) if key else None
        token = settings.token or signed or DevelopmentIssuer(home()).token(asking, seconds=120)
        answer = _get(f"{settings.url}/v1/sites", token)
        items, why = (answer.json()["items"], "") if answer.good else (None, f"{answer.status}")
    except BadSettings:
        return  # The service's own line says so.
    except (DevelopmentOnly, NoAnswer, Refused) as error:
        items, why = None, first_line(error)
    if items is None:
        yield Finding(
            "sites",
            BRIDGE,
            WARN,
            why,
            "LMS tidak dapat ditanyakan: jembatan harus hidup, dan BANGKOM_TOKEN berperan operator.",
            "Nobody can tell about LMSs: the bridge must be up, and BANGKOM_TOKEN have the role operator.",
        )
        return
    for site in items:
        health = site["health"]
        told = f"{health['state']} {health['detail']}".strip()[:160]
        if health["state"] == "ok":
            yield Finding("sites", site["code"], OK, told)
            continue
        yield Finding(
            "sites",
            site["code"],
            WARN if health["state"] == "unknown" else BAD,
            told,
            f"Jalankan `bangkom lms check {site['code']}`; perubahan menunggu dan tidak hilang.",
            f"Run `bangkom lms check {site['code']}`; changes wait and are not lost.",
        )


def _until(subject: str, end: datetime) -> Finding:
    left = end - datetime.now(UTC)
    state = OK if left > _SOON else WARN if left > _VERY_SOON else BAD
    seen = f"{end:%Y-%m-%d} ({left.days} d)"
    if state == OK:
        return Finding("certificate", subject, OK, seen)
    return Finding(
        "certificate",
        subject,
        state,
        seen,
        "Perbarui sertifikat, lalu muat ulang nginx (`nginx -s reload`).",
        "Renew the certificate, then reload nginx (`nginx -s reload`).",
    )


def _public() -> str | None:
    try:
        return read(DoorSettings, process="bangkom doctor").public
    except BadSettings:
        return None


def _get(address: str, token: str = "") -> Answer:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    outside = Outside(allowed=[urlsplit(address).hostname or ""], read=5, whole=8, tries=1)
    return outside.send("GET", address, headers=headers)
