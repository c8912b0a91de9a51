"""Secrets at rest: what is kept of a site that must not be read from a database or a dump of it is sealed.

BANGKOM_LMS_KEYS holds Fernet keys, the newest first: the first one seals, all of them open, so that a key is changed
by putting a new one in front and running `bangkom lms rotate`. In development a key is made in the data folder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from msgspec import json

from shared.config import DEVELOPMENT, PRODUCTION, BadSettings, environment, read, setting
from shared.errors import problem
from shared.home import home, secret_in

UNREADABLE = problem(
    "lms.unreadable_secret",
    500,
    "Rahasia LMS tidak dapat dibuka. Periksa BANGKOM_LMS_KEYS, atau isi kembali setelan LMS itu.",
    "The LMS's secret can't be opened. Look at BANGKOM_LMS_KEYS, or enter the settings of that LMS again.",
)
_SEALED = "sealed"
_NAME = "BANGKOM_LMS_KEYS"


def fernet_keys(text: str) -> str:
    """Fernet keys with commas between them; ValueError where one is none."""
    found = [one.strip() for one in text.split(",") if one.strip()]
    if not found:
        raise ValueError("names no key")
    for one in found:
        try:
            Fernet(one)
        except ValueError:
            raise ValueError("must be Fernet keys (32 bytes in URL-safe base64), the newest first") from None
    return ",".join(found)


@dataclass(frozen=True, kw_only=True)
class SealSettings:
    """Every process of the bridge. `keys` are those that seal, the newest first."""

    env: str = setting("BANGKOM_ENV", environment, PRODUCTION)
    keys: str = setting("BANGKOM_LMS_KEYS", fernet_keys, "")


def check_keys() -> None:
    """BadSettings where this process has no keys to seal with."""
    _sealer()


def seal(text: str) -> str:
    """The text, sealed with the newest key."""
    return _sealer().encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """What was sealed; DomainError lms.unreadable_secret where no key opens it."""
    try:
        return _sealer().decrypt(sealed).decode()
    except InvalidToken:
        raise UNREADABLE() from None


def reseal(sealed: str) -> str:
    """The same secret, sealed with the newest key."""
    return seal(unseal(sealed))


def seal_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a plugin as they are kept."""
    return {_SEALED: seal(json.encode(settings).decode())}


def open_settings(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a plugin from what is kept; what an older release kept is plain."""
    sealed = kept.get(_SEALED) if set(kept) == {_SEALED} else None
    if not isinstance(sealed, str):
        return dict(kept)
    opened: dict[str, Any] = json.decode(unseal(sealed))
    return opened


def _sealer() -> MultiFernet:
    settings = read(SealSettings, process="bridge")
    keys = settings.keys
    if not keys:
        if settings.env != DEVELOPMENT:
            raise BadSettings("bridge", {_NAME: "is missing"})
        # A secret of ours has 32 bytes in URL-safe base64 without the padding: a Fernet key but for that.
        keys = secret_in(home() / "lms.key") + "="
    return _of(keys)


@cache
def _of(keys: str) -> MultiFernet:
    return MultiFernet([Fernet(one) for one in keys.split(",")])
