"""Keys that sign in the bridge's name, and when which of them counts.

A key is published for a day before it signs, and stays published for a day after the next one has begun to: whoever
keeps our public keys for some hours never meets one that it can't find. Kinds: `token` (Ed25519) signs tokens of
people whom an LMS signed in; `lti` (RS256, the only algorithm that every LTI platform speaks) signs what the tool says.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey, RSAKey

TOKEN, LTI = "token", "lti"
ALGORITHMS = {TOKEN: "Ed25519", LTI: "RS256"}
RENEWED_AFTER = timedelta(days=30)
OVERLAP = timedelta(days=1)
_BITS = 2048


@dataclass(frozen=True)
class Key:
    """A key as it is kept: `secret` is sealed, `public` its JWK, `signs_from` the moment from which it signs."""

    kid: str
    kind: str
    secret: str
    public: Mapping[str, Any]
    signs_from: datetime


def made(kind: str, kid: str) -> tuple[str, dict[str, Any]]:
    """A new key: its private JWK as text, its public JWK."""
    about: Any = {"kid": kid, "use": "sig", "alg": ALGORITHMS[kind]}
    key = OKPKey.generate_key("Ed25519", about) if kind == TOKEN else RSAKey.generate_key(_BITS, about)
    return json.dumps(key.as_dict(private=True)), dict(key.as_dict(private=False))


def signs(keys: Sequence[Key], now: datetime) -> Key | None:
    """The key that signs now: the newest whose time has come."""
    return max((key for key in keys if key.signs_from <= now), key=lambda key: key.signs_from, default=None)


def published(keys: Sequence[Key], now: datetime) -> list[Key]:
    """The keys that whoever checks must know: those to come, the one that signs, and those before it for a while."""
    current = signs(keys, now)
    if current is None:
        return list(keys)
    fresh = now < current.signs_from + OVERLAP
    before = signs([key for key in keys if key.signs_from < current.signs_from], now) if fresh else None
    return [key for key in keys if key.signs_from >= current.signs_from or key == before]


def next_signs_from(keys: Sequence[Key], now: datetime, at_once: bool = False) -> datetime | None:
    """From when a new key is to sign; None where none is needed. The very first signs at once, and so does one that
    replaces a key which others may know."""
    if at_once or not keys:
        return now
    newest = max(key.signs_from for key in keys)
    return now + OVERLAP if newest + RENEWED_AFTER <= now else None


def jwks(keys: Sequence[Key]) -> dict[str, Any]:
    """The public keys as a JWK set."""
    return {"keys": [dict(key.public) for key in keys]}


def signed(kind: str, secret: str, claims: Mapping[str, Any]) -> str:
    """A JWT of these claims; `secret` is the private JWK."""
    algorithm = ALGORITHMS[kind]
    key: Any = next(iter(KeySet.import_key_set({"keys": [json.loads(secret)]}).keys))
    header = {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    return jwt.encode(header, dict(claims), key, algorithms=[algorithm])
