"""Settings: a typed dataclass for each kind of process, read from the environment and nowhere else.

    settings = read(WebSettings, "budget")

Every variable that is missing or wrong is named at once, in one BadSettings; then the process stops. docs/settings.md
lists all of them and is tested against this file. There is no default for a secret outside development, and none that
can be guessed is taken there. A setting NAME may lie in a file instead, whose path is in NAME_FILE.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import unquote, urlsplit

from sqlalchemy import URL

from shared.db import driver_url

PRODUCTION = "production"
DEVELOPMENT = "development"
MEMORY = "memory://"
_LEAST = 12
_LEAST_DIFFERENT = 5

Settings = TypeVar("Settings")


class BadSettings(Exception):
    """What is missing or wrong, a sentence each. `names` are the variables."""

    def __init__(self, process: str, found: Mapping[str, str]) -> None:
        self.names = tuple(found)
        lines = [f"  {name}: {why}" for name, why in found.items()]
        super().__init__(f"{process} cannot start; see docs/settings.md.\n" + "\n".join(lines))


def setting(name: str, of: Callable[[str], Any], default: Any = MISSING) -> Any:
    """A field that is read from the variable `name` ({SERVICE} is the service's), turned into a value by `of`."""
    metadata = {"name": name, "of": of}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


def read(
    kind: type[Settings], service: str = "", environ: Mapping[str, str] | None = None, process: str | None = None
) -> Settings:
    """The settings of this kind of process; BadSettings names everything that stops it."""
    environ = os.environ if environ is None else environ
    found: dict[str, str] = {}
    values: dict[str, Any] = {}
    for each in _fields(kind):
        name = each.metadata["name"].replace("{SERVICE}", service.upper())
        try:
            text = value_of(name, environ)
            if text:
                values[each.name] = _hard_to_guess(each.metadata["of"](text), environ, kind)
            elif each.default is MISSING:
                found[name] = "is missing"
        except ValueError as error:
            found[name] = str(error) or "cannot be read"
    if found:
        raise BadSettings(process or f"{kind.__name__.removesuffix('Settings').lower()} {service}".strip(), found)
    return kind(**values)


def value_of(name: str, environ: Mapping[str, str]) -> str:
    """The text of a setting: of the variable itself, or of the file named in NAME_FILE; empty where there is neither.
    ValueError where there are both, or where the file can't be read."""
    text, path = environ.get(name, "").strip(), environ.get(f"{name}_FILE", "").strip()
    if not path:
        return text
    if text:
        raise ValueError(f"is set, and {name}_FILE too; keep one of them")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ValueError(f"the file in {name}_FILE cannot be read") from None


def guessable(password: str, user: str = "") -> bool:
    """Whether a password is one of those that everybody tries first, or too short to hold out."""
    return len(password) < _LEAST or password.lower() == user.lower() or len(set(password)) < _LEAST_DIFFERENT


def _hard_to_guess(value: Any, environ: Mapping[str, str], kind: type[Any]) -> Any:
    """The value; ValueError for an address whose password can be guessed, outside development."""
    own = next((each.default for each in fields(kind) if each.name == "env"), PRODUCTION)
    if (environ.get("BANGKOM_ENV", "").strip() or own) == DEVELOPMENT:
        return value
    user = password = None
    if isinstance(value, URL):
        user, password = value.username, value.password
    elif isinstance(value, str) and value.startswith(("amqp://", "amqps://")):
        parts = urlsplit(value)
        # An AMQP address without a user means guest, whose password everybody knows.
        user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
    if password is not None and guessable(str(password), user or ""):
        raise ValueError(f"has a password that can be guessed: outside development take {_LEAST} characters or more")
    return value


def names_of(kind: type[Any]) -> Iterator[str]:
    """The variables of this kind of process, with {SERVICE} left as it is."""
    for each in _fields(kind):
        yield each.metadata["name"]


def _fields(kind: type[Any]) -> list[Field[Any]]:
    return [each for each in fields(kind) if "name" in each.metadata]


def environment(text: str) -> str:
    if text not in (PRODUCTION, DEVELOPMENT):
        raise ValueError(f"must be {PRODUCTION} or {DEVELOPMENT}")
    return text


def database(text: str) -> URL:
    try:
        url = driver_url(text)
    except Exception as error:
        raise ValueError("must be like postgresql://role:password@host:5432/database") from error
    if not url.database:
        raise ValueError("names no database")
    return url


def broker(text: str) -> str:
    if text != MEMORY and urlsplit(text).scheme not in ("amqp", "amqps"):
        raise ValueError("must be like amqp://user:password@host:5672/vhost")
    return text


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def of(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return of


def address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host:
        raise ValueError("must be like 127.0.0.1:8000")
    return host.strip("[]"), whole_number(0, 65535)(port)


def level(text: str) -> str:
    if text not in ("debug", "info", "warning", "error"):
        raise ValueError("must be debug, info, warning or error")
    return text


def keys(text: str) -> str:
    """Where the issuer's public keys are: a file, or an https address (http only for this very machine, and for a name
    without a dot, which only a network of one's own knows)."""
    parts = urlsplit(text)
    if parts.scheme == "http" and parts.hostname and not set(parts.hostname) & {".", ":"}:
        return text
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        return text
    if parts.scheme or not Path(text).is_absolute():
        raise ValueError("must be an https:// address or the absolute path of a file")
    return text


def web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be like https://host/api/name")
    return text.rstrip("/")


def text_of(most: int) -> Callable[[str], str]:
    def of(text: str) -> str:
        if len(text) > most:
            raise ValueError(f"is longer than {most} characters")
        return text

    return of


@dataclass(frozen=True, kw_only=True)
class WebSettings:
    """`bangkom web NAME`. `pool` is connections per process, `threads` per process, `proxies` how many proxies in
    front add X-Forwarded-* headers that may be believed, `requests_a_minute` per client and process (0: no limit)."""

    env: str = setting("BANGKOM_ENV", environment, PRODUCTION)
    database_url: URL = setting("BANGKOM_{SERVICE}_DATABASE_URL", database)
    jwks: str = setting("BANGKOM_JWKS", keys)
    token_issuer: str = setting("BANGKOM_TOKEN_ISSUER", text_of(300))
    token_audience: str = setting("BANGKOM_TOKEN_AUDIENCE", text_of(300), "bangkom")
    lms_jwks: str | None = setting("BANGKOM_LMS_JWKS", keys, None)
    operator_jwks: str | None = setting("BANGKOM_OPERATOR_JWKS", keys, None)
    pool: int = setting("BANGKOM_WEB_POOL", whole_number(1, 100), 8)
    listen: tuple[str, int] = setting("BANGKOM_LISTEN", address, ("127.0.0.1", 8000))
    workers: int = setting("BANGKOM_WEB_WORKERS", whole_number(1, 64), 2)
    threads: int = setting("BANGKOM_WEB_THREADS", whole_number(1, 64), 8)
    proxies: int = setting("BANGKOM_PROXIES", whole_number(0, 5), 0)
    requests_a_minute: int = setting("BANGKOM_REQUESTS_A_MINUTE", whole_number(0, 1_000_000), 1200)
    log_level: str = setting("BANGKOM_LOG_LEVEL", level, "info")


@dataclass(frozen=True, kw_only=True)
class PageSettings:
    """`bangkom web NAME` for a service that owns no data; its own settings it reads itself."""

    env: str = setting("BANGKOM_ENV", environment, PRODUCTION)
    listen: tuple[str, int] = setting("BANGKOM_LISTEN", address, ("127.0.0.1", 8000))
    workers: int = setting("BANGKOM_WEB_WORKERS", whole_number(1, 64), 2)
    threads: int = setting("BANGKOM_WEB_THREADS", whole_number(1, 64), 8)
    proxies: int = setting("BANGKOM_PROXIES", whole_number(0, 5), 0)
    log_level: str = setting("BANGKOM_LOG_LEVEL", level, "info")


@dataclass(frozen=True, kw_only=True)
class WorkSettings:
    """`bangkom work NAME`. `listen` is where its own /live, /ready and /metrics are."""

    env: str = setting("BANGKOM_ENV", environment, PRODUCTION)
    database_url: URL = setting("BANGKOM_{SERVICE}_DATABASE_URL", database)
    broker_url: str = setting("AMQP_URL", broker)
    pool: int = setting("BANGKOM_WORK_POOL", whole_number(1, 100), 8)
    listen: tuple[str, int] = setting("BANGKOM_WORK_LISTEN", address, ("127.0.0.1", 9100))
    log_level: str = setting("BANGKOM_LOG_LEVEL", level, "info")


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Commands that work on one service's database: `migrate`, `replay`, imports."""

    env: str = setting("BANGKOM_ENV", environment, PRODUCTION)
    database_url: URL = setting("BANGKOM_{SERVICE}_DATABASE_URL", database)


@dataclass(frozen=True, kw_only=True)
class BrokerSettings:
    """Commands that talk to the broker: `topology`, `dead`."""

    broker_url: str = setting("AMQP_URL", broker)


@dataclass(frozen=True, kw_only=True)
class ProvisionSettings:
    """`bangkom provision`: the administrator's address of a PostgreSQL server."""

    admin_url: URL = setting("DATABASE_URL", database)


@dataclass(frozen=True, kw_only=True)
class UpSettings:
    """`bangkom up`: everything has a default, for it is meant for a laptop."""

    env: str = setting("BANGKOM_ENV", environment, DEVELOPMENT)
    admin_url: URL | None = setting("DATABASE_URL", database, None)
    broker_url: str = setting("AMQP_URL", broker, MEMORY)
    listen: tuple[str, int] = setting("BANGKOM_LISTEN", address, ("127.0.0.1", 8000))
    threads: int = setting("BANGKOM_WEB_THREADS", whole_number(1, 64), 8)
    log_level: str = setting("BANGKOM_LOG_LEVEL", level, "warning")


@dataclass(frozen=True, kw_only=True)
class HouseSettings:
    """Commands that ask every service: `audit`, `explain`, `reconcile`. `url` is where a service's API begins; `token`
    has the roles auditor and operator; without one it is signed with `operator_key`, in development by the issuer
    there."""

    url: str = setting("BANGKOM_{SERVICE}_URL", web_address)
    token: str | None = setting("BANGKOM_TOKEN", text_of(20_000), None)
    operator_key: str | None = setting("BANGKOM_OPERATOR_KEY", text_of(5_000), None)


@dataclass(frozen=True, kw_only=True)
class SignSettings:
    """`bangkom token`: the installation's own key, none in development."""

    operator_key: str | None = setting("BANGKOM_OPERATOR_KEY", text_of(5_000), None)


PROCESSES = cast(
    "tuple[type[Any], ...]",
    (
        WebSettings,
        PageSettings,
        WorkSettings,
        DatabaseSettings,
        BrokerSettings,
        ProvisionSettings,
        UpSettings,
        HouseSettings,
        SignSettings,
    ),
)
