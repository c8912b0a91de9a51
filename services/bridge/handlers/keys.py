"""The keys with which a site signs, and sealing everything anew."""

import secrets
from typing import Any

from services.bridge.sealing import open_settings, reseal, seal, seal_settings
from services.bridge.store import keys as store
from services.bridge.store import sites
from shared.errors import NOT_FOUND, problem
from shared.unit import Unit

AT_ONCE = 2
TWO_KEYS = problem(
    "lms.two_keys",
    409,
    "LMS ini sudah memiliki dua kunci. Matikan yang lama dahulu.",
    "This LMS has two keys already. Retire the old one first.",
)


def make_key(unit: Unit, code: str) -> tuple[str, str]:
    """A new key of a site: its id, and the secret, which is never shown again. Two may count at once, so that a site
    can change from one to the other."""
    if not store.lock_site(unit.db, code):
        raise NOT_FOUND()
    had = store.keys_of(unit.db, code)
    if sum(row.retired_at is None for row in had) >= AT_ONCE:
        raise TWO_KEYS()
    number = max((row.number for row in had), default=0) + 1
    key_id, secret = f"{code}.k{number}", secrets.token_urlsafe(32)
    row = {"key_id": key_id, "site": code, "number": number, "secret": seal(secret), "created_at": unit.now}
    store.add_key(unit.db, row)
    return key_id, secret


def retire_key(unit: Unit, code: str, key_id: str) -> None:
    """Let a key count no more."""
    if not store.retire_key(unit.db, code, key_id, unit.now):
        raise NOT_FOUND()


def keys_of(unit: Unit, code: str) -> list[dict[str, Any]]:
    """The keys of a site without their secrets."""
    if sites.site(unit.db, code) is None:
        raise NOT_FOUND()
    names = ("key_id", "created_at", "retired_at")
    return [{name: getattr(row, name) for name in names} for row in store.keys_of(unit.db, code)]


def rotate(unit: Unit) -> int:
    """Seal everything with the newest of BANGKOM_LMS_KEYS; answers how many secrets there were."""
    known = sites.lock_sites(unit.db)
    for site in known:
        sites.change_site(unit.db, site.code, {"settings": seal_settings(open_settings(site.settings))})
    found = store.all_keys(unit.db)
    for row in found:
        store.put_secret(unit.db, row.key_id, reseal(row.secret))
    return len(known) + len(found)
