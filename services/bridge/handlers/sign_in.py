"""People whom an LMS has signed in: the bridge vouches for them with a token that gives no more than learning.

The bridge is an issuer of its own beside the agency's identity provider, because a browser that comes from an LMS has
no session there. What it can say is bounded where it is read too (`shared.tokens.Issuer`).
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.bridge.domain import UNKNOWN_PERSON
from services.bridge.handlers.facts import agencies_of
from services.bridge.launching import SigningKey
from services.bridge.sealing import seal, unseal
from services.bridge.store import sign_in as store
from services.bridge.tools import signing
from services.bridge.tools.signing import LTI, TOKEN, Key
from shared.auth import LEARNER, TRAINER
from shared.config import read, setting, text_of, web_address
from shared.ids import new_id
from shared.tokens import LMS_ISSUER
from shared.unit import Unit

ACTIVE = "active"
BLOCK_SECONDS = 10 * 60
"""What an LMS asks for to show a card: long enough for a page, too short to be worth stealing."""
LAUNCH_SECONDS = 4 * 3600
"""What a launch gives: half a working day. It can't be called back, and a new launch is one click."""


@dataclass(frozen=True, kw_only=True)
class SignInSettings:
    """The web process of the bridge. `public_url` is where people reach the portal."""

    audience: str = setting("BANGKOM_TOKEN_AUDIENCE", text_of(300), "bangkom")
    public_url: str = setting("BANGKOM_PUBLIC_URL", web_address, "")


@dataclass(frozen=True)
class Pass:
    """A token, and until when it is good."""

    token: str
    expires_at: datetime


def pass_for_site(unit: Unit, site: Row[Any], nip: str) -> dict[str, Any]:
    """A short token for a person whom this LMS has signed in; lms.unknown_person for anybody else."""
    person = person_at(unit, site, nip=nip)
    if person is None:
        raise UNKNOWN_PERSON()
    made = pass_of(unit, person.person_id, person.agency_id, BLOCK_SECONDS)
    return {"token": made.token, "expires_at": made.expires_at, "portal": settings().public_url}


def person_at(unit: Unit, site: Row[Any], nip: str = "", email: str = "") -> Row[Any] | None:
    """The one active person with this NIP (or e-mail) of the agencies that a site may speak of. Two with the same
    e-mail are nobody."""
    found = store.people_named(unit.db, nip or None, email or None) if nip or email else []
    if len(found) != 1 or found[0].standing != ACTIVE:
        return None
    agencies = agencies_of(unit, site)
    return found[0] if agencies is None or found[0].agency_id in agencies else None


def known_at(unit: Unit, site: Row[Any], nips: Collection[str]) -> set[str]:
    """Which of these NIPs name an active person of whom a site may speak, asked for all at once."""
    return store.known_nips(unit.db, nips, ACTIVE, agencies_of(unit, site))


def pass_of(unit: Unit, person_id: UUID, agency_id: UUID, seconds: int, trainer: bool = False, name: str = "") -> Pass:
    """A token for this person: learner of their agency, and trainer there where that is allowed."""
    now = int(time.time())
    claims = {
        "iss": LMS_ISSUER,
        "aud": settings().audience,
        "sub": str(person_id),
        "iat": now,
        "exp": now + seconds,
        "roles": {str(agency_id): [LEARNER, TRAINER] if trainer else [LEARNER]},
    }
    key = signing_key(unit, TOKEN)
    token = signing.signed(TOKEN, unseal(key.secret), claims | ({"name": name} if name else {}))
    return Pass(token, datetime.fromtimestamp(now + seconds, UTC))


def public_keys(unit: Unit, kind: str = TOKEN) -> dict[str, Any]:
    """The public keys of a kind as a JWK set."""
    signing_key(unit, kind)
    return signing.jwks(signing.published(store.keys(unit.db, kind), _now()))


def signing_key(unit: Unit, kind: str) -> Key:
    """The key that signs now, made where there is none."""
    found = signing.signs(store.keys(unit.db, kind), _now())
    return found if found is not None else renew(unit, kind, at_once=True)


def tool_key(unit: Unit) -> SigningKey:
    """The key with which the LTI tool signs now."""
    key = signing_key(unit, LTI)
    return SigningKey(kid=key.kid, private=unseal(key.secret))


def renew(unit: Unit, kind: str, at_once: bool) -> Key:
    """Make a key; `at_once` it signs from now on. Others that make one at the same time wait and take this one."""
    before = {key.kid for key in store.keys(unit.db, kind)}
    store.only_maker(unit.db)
    keys = store.keys(unit.db, kind)
    newer = [key for key in keys if key.kid not in before]
    if newer:
        return newer[-1]
    kid = f"{kind}-{new_id().hex}"
    secret, public = signing.made(kind, kid)
    now = _now()
    key = Key(kid, kind, seal(secret), public, now if at_once else now + signing.OVERLAP)
    store.add_key(unit.db, key)
    return key


def replace_key(unit: Unit, kind: str) -> Key:
    """Make a key that signs at once and forget all others: nothing they signed is believed any more."""
    key = renew(unit, kind, at_once=True)
    store.forget_keys(unit.db, [each.kid for each in store.keys(unit.db, kind) if each.kid != key.kid])
    return key


def reseal(unit: Unit) -> int:
    """Seal the secrets of our keys anew with the newest sealing key; answers how many there are."""
    keys = [key for kind in (TOKEN, LTI) for key in store.keys(unit.db, kind)]
    for key in keys:
        store.put_secret(unit.db, key.kid, seal(unseal(key.secret)))
    return len(keys)


def sweep_keys(unit: Unit) -> int:
    """Make the next key in time, and forget those that nothing is checked with any more."""
    did = 0
    for kind in (TOKEN, LTI):
        now, keys = _now(), store.keys(unit.db, kind)
        if signing.next_signs_from(keys, now) is not None:
            renew(unit, kind, at_once=not keys)
            did += 1
        used = {key.kid for key in signing.published(keys, now)}
        did += store.forget_keys(unit.db, [key.kid for key in keys if key.kid not in used])
    return did


def settings() -> SignInSettings:
    """The settings of this process."""
    return read(SignInSettings, process="bridge")


def seconds() -> float:
    """Real time, as tokens count it."""
    return time.time()


def _now() -> datetime:
    """Real time: whoever checks a token knows no other."""
    return datetime.now(UTC)
