"""The portal's settings, read once from the environment; every missing one is named before anything starts."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.config import BadSettings, guessable, value_of, whole_number

SERVICES = ("enrolment", "content", "surveys", "budget", "bridge")
DEVELOPMENT = "development"
_TIME_OUT = "BANGKOM_PORTAL_TIME_OUT"
_ZONE = "BANGKOM_TIME_ZONE"
_REQUESTS = "BANGKOM_REQUESTS_A_MINUTE"
_OIDC = ("BANGKOM_OIDC_ISSUER", "BANGKOM_OIDC_CLIENT_ID", "BANGKOM_OIDC_CLIENT_SECRET")
WIB = ZoneInfo("Asia/Jakarta")


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """The agency's identity provider. `audience` is asked for where the provider wants one."""

    issuer: str
    client_id: str
    client_secret: str
    audience: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`urls` maps a service's name to its base address; `issuer_url` is the development issuer, only in development;
    `time_out` is in seconds and bounds each call to another service; `zone` is the city's: times are shown and typed in
    it; `requests_a_minute` bounds each visitor in each process (0: no limit)."""

    env: str
    secret: str
    urls: Mapping[str, str]
    oidc: Oidc | None = None
    issuer_url: str = ""
    secure_cookies: bool = True
    time_out: float = 5.0
    zone: ZoneInfo = WIB
    requests_a_minute: int = 0
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def development(self) -> bool:
        """Whether personas may sign in without an identity provider."""
        return self.env == DEVELOPMENT


def from_environment(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`; BadSettings names what is not there or can't be read."""
    found: dict[str, str] = {}
    read = dict(environ)
    for name in ("BANGKOM_PORTAL_SECRET", *_OIDC):
        try:
            read[name] = value_of(name, environ)
        except ValueError as error:
            found[name] = str(error)
    environ = read
    env = environ.get("BANGKOM_ENV") or "production"
    needed = [f"BANGKOM_{service.upper()}_URL" for service in SERVICES if service != "bridge"]
    if env != DEVELOPMENT:
        needed.append("BANGKOM_PORTAL_SECRET")
        if environ["BANGKOM_PORTAL_SECRET"] and guessable(environ["BANGKOM_PORTAL_SECRET"]):
            found |= {"BANGKOM_PORTAL_SECRET": "can be guessed; take 32 random characters"}
        # Without a provider nobody can sign in, and the page says what to set; half a provider is a mistake.
        if any(environ[name] for name in _OIDC):
            needed += _OIDC
    found |= {name: "is missing" for name in needed if not environ.get(name)}
    time_out, zone, requests_a_minute = 5.0, WIB, 0
    try:
        time_out = float(environ.get(_TIME_OUT) or 5)
        if not 0 < time_out <= 60:
            raise ValueError
    except ValueError:
        found[_TIME_OUT] = "must be a number of seconds, more than 0 and at most 60"
    try:
        zone = ZoneInfo(environ.get(_ZONE) or WIB.key)
    except (ZoneInfoNotFoundError, ValueError):
        found[_ZONE] = "must be a time zone such as Asia/Jakarta"
    try:
        requests_a_minute = whole_number(0, 1_000_000)(environ.get(_REQUESTS, "").strip() or "1200")
    except ValueError as error:
        found[_REQUESTS] = str(error)
    if found:
        raise BadSettings("web portal", found)
    oidc = None
    if environ.get("BANGKOM_OIDC_ISSUER"):
        oidc = Oidc(
            issuer=environ["BANGKOM_OIDC_ISSUER"].rstrip("/"),
            client_id=environ.get("BANGKOM_OIDC_CLIENT_ID", ""),
            client_secret=environ.get("BANGKOM_OIDC_CLIENT_SECRET", ""),
            audience=environ.get("BANGKOM_OIDC_AUDIENCE", ""),
        )
    return Settings(
        env=env,
        secret=environ.get("BANGKOM_PORTAL_SECRET") or secrets.token_urlsafe(32),
        urls={
            service: environ[f"BANGKOM_{service.upper()}_URL"].rstrip("/")
            for service in SERVICES
            if environ.get(f"BANGKOM_{service.upper()}_URL")
        },
        oidc=oidc,
        issuer_url=environ.get("BANGKOM_ISSUER_URL", "").rstrip("/") if env == DEVELOPMENT else "",
        secure_cookies=env != DEVELOPMENT,
        time_out=time_out,
        zone=zone,
        requests_a_minute=requests_a_minute,
    )
