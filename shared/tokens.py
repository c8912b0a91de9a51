"""Bearer tokens: a signed JWT becomes a Principal, or UNAUTHENTICATED without saying why.

Signatures by Ed25519 (also under its older name EdDSA) or ES256; issuer, audience and expiry are checked. An
issuer's public keys are a JWKS in a file or behind an address; a key that is not known yet is looked for again, at
most every half minute.

Beside the agency's identity provider there may be other issuers that may say less (`Issuer.most`): the bridge vouches
for people whom an LMS has signed in. A token is checked with the keys of the issuer it names and of no other.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import requests
import structlog
from flask import Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from shared.auth import AUDITOR, EVERYWHERE, LEARNER, OPERATOR, ROLES, TRAINER, Principal
from shared.errors import UNAUTHENTICATED

ALGORITHMS = ["Ed25519", "EdDSA", "ES256"]
LMS_ISSUER = "urn:bangkom:lms"
OPERATOR_ISSUER = "urn:bangkom:operator"
MOST_OF_OPERATOR = frozenset({AUDITOR, OPERATOR})
"""What a token may say that an installation's own key signed, once an identity provider says who people are."""
MOST_OF_LMS = frozenset({LEARNER, TRAINER})
"""What a person may be whom an LMS has signed in. An LMS's administrator can sign in as anybody there, so its word must
never approve, pay or decide."""
_FRESH_FOR = 600.0
_LOOK_AGAIN_AFTER = 30.0
_MOST_BYTES = 256 * 1024
_LONGEST_TOKEN = 16 * 1024
_BELIEVED_FOR = 10.0
_MOST_BELIEVED = 10_000
_LEEWAY = 30
"""Seconds by which clocks may differ."""

log = structlog.get_logger("bangkom.tokens")


@dataclass
class Keys:
    """The public keys at `place`, a file's path or an address. What was read last stays in use while a new read
    fails."""

    place: str
    _known: KeySet | None = None
    _read_at: float = float("-inf")
    _tried_at: float = float("-inf")
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def holding(self, kid: str | None) -> KeySet | None:
        """The keys, read again where they are old or hold no key of that name; None where none could ever be read."""
        with self._lock:
            now = time.monotonic()
            old = now - self._read_at > _FRESH_FOR
            missing = self._known is None or (kid is not None and all(key.kid != kid for key in self._known.keys))
            if (old or missing) and (now - self._tried_at > _LOOK_AGAIN_AFTER or self._known is None):
                self._tried_at = now
                try:
                    self._known = KeySet.import_key_set(json.loads(self._text()))
                    self._read_at = now
                except (OSError, ValueError, TypeError, KeyError, JoseError, requests.RequestException) as error:
                    log.warning("tokens.keys_unreadable", error=type(error).__name__)
            return self._known

    def _text(self) -> str:
        if not self.place.startswith(("http://", "https://")):
            return Path(self.place).read_text(encoding="utf-8")
        with requests.get(self.place, timeout=(3, 5), allow_redirects=False, stream=True) as answer:
            answer.raise_for_status()
            body = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
        if len(body) > _MOST_BYTES:
            raise ValueError("too large")
        return str(body, "utf-8")


@dataclass(frozen=True)
class Issuer:
    """One who may say who somebody is. With `most` its tokens speak of people, never of a service, and give these
    roles at most, each for agencies named one by one; a token that says more is not believed at all. `of_commands`
    turns that round: its tokens speak of a service, wherever it acts, and never of a person."""

    name: str
    keys: Keys
    most: frozenset[str] | None = None
    of_commands: bool = False


def operator_issuer(place: str) -> Issuer:
    """The installation's own key as an issuer, for its commands; the public key is at `place`."""
    return Issuer(OPERATOR_ISSUER, Keys(place), MOST_OF_OPERATOR, of_commands=True)


def lms_issuer(place: str) -> Issuer:
    """The bridge as an issuer; its public keys are at `place`."""
    return Issuer(LMS_ISSUER, Keys(place), MOST_OF_LMS)


@dataclass(frozen=True)
class Verifier:
    """Reads tokens of these issuers, meant for one audience."""

    issuers: tuple[Issuer, ...]
    audience: str
    _believed: dict[str, tuple[float, float, Principal]] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, request: Request) -> Principal:
        """The principal of a request's bearer token."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise UNAUTHENTICATED()
        return self.principal(token.strip())

    def principal(self, token: str) -> Principal:
        """The principal a token speaks of; DomainError UNAUTHENTICATED where it is not to be believed."""
        # A page asks several services at once, a browser again and again: what was verified a moment ago is believed.
        until, expires, known = self._believed.get(token, (0.0, 0.0, None))
        if known is not None and time.monotonic() < until and time.time() < expires:
            return known
        try:
            claims, issuer = self._claims(token)
            principal = _principal(claims, lent=issuer.most is not None and not issuer.of_commands)
            _within(issuer, principal)
        except (JoseError, ValueError, TypeError, AttributeError, RecursionError):
            raise UNAUTHENTICATED() from None
        if len(self._believed) >= _MOST_BELIEVED:
            self._believed.clear()
        self._believed[token] = (time.monotonic() + _BELIEVED_FOR, float(claims["exp"]), principal)
        return principal

    def _claims(self, token: str) -> tuple[Mapping[str, Any], Issuer]:
        if not token or len(token) > _LONGEST_TOKEN:
            raise ValueError("no token")
        compact = extract_compact(token.encode("ascii"))
        kid = compact.headers().get("kid")
        issuer = self._issuer(json.loads(compact.payload).get("iss"))
        keys = issuer.keys.holding(kid if isinstance(kid, str) else None)
        if keys is None:
            raise ValueError("no keys")
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        _RULES(issuer.name, self.audience).validate(claims)
        return claims, issuer

    def _issuer(self, name: Any) -> Issuer:
        """Whose token it says it is: that decides with whose keys it is checked, and only with those."""
        for each in self.issuers:
            if each.name == name:
                return each
        raise ValueError("iss")


def _within(issuer: Issuer, principal: Principal) -> None:
    if issuer.most is None:
        return
    person = principal.person_id is not None
    if person == issuer.of_commands or (EVERYWHERE in principal.roles and not issuer.of_commands):
        raise ValueError("more than the issuer may say")
    if any(not held <= issuer.most for held in principal.roles.values()):
        raise ValueError("more than the issuer may say")


def _RULES(issuer: str, audience: str) -> jwt.JWTClaimsRegistry:  # noqa: N802 (made for each check: it holds the time)
    return jwt.JWTClaimsRegistry(
        leeway=_LEEWAY,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience},
        exp={"essential": True},
        sub={"essential": True},
    )


def _principal(claims: Mapping[str, Any], lent: bool) -> Principal:
    subject = claims["sub"]
    if not isinstance(subject, str):
        raise ValueError("sub")
    name = subject.removeprefix("service:")
    subject = f"service:{name}" if name != subject and name.isidentifier() else str(UUID(subject))
    held = claims.get("roles", {})
    if not isinstance(held, Mapping):
        raise ValueError("roles")
    roles = {}
    for agency, words in held.items():
        if not isinstance(words, list):
            raise ValueError("roles")
        # A role this edition does not know gives nothing; the rest of the token stays good.
        known = frozenset(word for word in words if word in ROLES)
        roles[agency if agency == EVERYWHERE else str(UUID(agency))] = known
    return Principal(subject, roles, lent)
