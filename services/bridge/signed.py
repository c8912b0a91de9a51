"""Doors for an LMS site: `@signed(Shape)` below `door.command("POST", rule, roles=None)` gives a view `site`, `body`.

    @site_door.command("POST", "/site/tokens", roles=None, answer=TokenOut)
    @signed(TokenIn)
    def make_token(unit: Unit, site: Row[Any], body: dict[str, Any]) -> Any: ...

A call carries X-Bangkom-Key, X-Bangkom-Timestamp and X-Bangkom-Signature, `sha256=` and the HMAC-SHA256 in hexadecimal
of METHOD, PATH, TIMESTAMP and BODY with a newline between each. TIMESTAMP is in unix seconds, with up to six digits
after a point, so that the same words twice in a second are two calls. PATH begins after the address that the site was
given. Nothing of the body is looked at before the signature is known to be right, and a wrong key, a key that was
retired and a wrong signature can't be told apart. A signature is good once: that it was seen is written in the same
transaction as what it caused.
"""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any

import structlog
from flask import Request, g, request
from marshmallow import Schema
from sqlalchemy import Row
from webargs.flaskparser import abort

from services.bridge.sealing import unseal
from services.bridge.store import keys as store
from services.bridge.store import sites
from shared.errors import MALFORMED, problem
from shared.unit import Unit
from shared.web.reading import Malformed, mistyped, read_json, unstorable

SKEW = timedelta(minutes=5)
KEPT = timedelta(minutes=15)
"""How long a signature is remembered; longer than it can be in time."""
MOST_SWEPT = 5000

BAD_SIGNATURE = problem(
    "lms.bad_signature",
    401,
    "Tanda tangan panggilan ini tidak benar.",
    "The signature of this call is not right.",
)
LATE = problem(
    "lms.late",
    401,
    "Jam LMS dan jam server ini berselisih lebih dari lima menit. Di sini pukul {time}.",
    "The clocks of the LMS and of this server differ by more than five minutes. Here it is {time}.",
)
REPLAYED = problem(
    "lms.replayed",
    409,
    "Panggilan ini sudah pernah diterima. Tandatangani lagi dengan waktu sekarang.",
    "This call was received before. Sign it again with the present time.",
)

_KEY = re.compile(r"[a-z0-9._-]{1,80}")
_SECONDS = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?")
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})")
_NOBODYS = secrets.token_urlsafe(32)

log = structlog.get_logger("bangkom.lms")
View = Callable[..., Any]


def signed_site(unit: Unit, call: Request) -> Row[Any]:
    """The site that signed this call; DomainError where none did, or not now, or not for the first time."""
    key_id = call.headers.get("X-Bangkom-Key", "")
    stamp = call.headers.get("X-Bangkom-Timestamp", "")
    given = _SIGNATURE.fullmatch(call.headers.get("X-Bangkom-Signature", ""))
    body = call.get_data(cache=True)
    key = store.living_key(unit.db, key_id) if _KEY.fullmatch(key_id) else None
    # The same work is done for a key that nobody has, so that time tells nothing either.
    secret = unseal(key.secret) if key is not None else _NOBODYS
    right = signature(secret, call.method, call.path, stamp, body)
    same = hmac.compare_digest(right, given.group(1) if given else "")
    if key is None or not same or not _SECONDS.fullmatch(stamp):
        log.warning("lms.refused_call", code=BAD_SIGNATURE.code, site=key.site if key is not None else None)
        raise BAD_SIGNATURE()
    now = time.time()
    if abs(now - float(stamp)) > SKEW.total_seconds():
        log.warning("lms.refused_call", code=LATE.code, site=key.site, seconds=round(now - float(stamp)))
        raise LATE(time=datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds"))
    if not store.first_seen(unit.db, bytes.fromhex(right), datetime.fromtimestamp(now, UTC)):
        log.warning("lms.refused_call", code=REPLAYED.code, site=key.site)
        raise REPLAYED()
    site = sites.site(unit.db, key.site)
    if site is None:
        raise BAD_SIGNATURE()
    g.signed_by = site.code
    return site


def signed(shape: type[Schema] | None = None) -> Callable[[View], View]:
    """A view that only a signed call reaches. Its body is loaded by `shape`, or given as the JSON that it is."""

    def register(view: View) -> View:
        @wraps(view)
        def checked(unit: Unit, **path: Any) -> Any:
            site = signed_site(unit, request)
            return view(unit, site=site, body=_body(shape), **path)

        return checked

    return register


def signature(secret: str, method: str, path: str, stamp: str, body: bytes) -> str:
    """The signature of one call, in hexadecimal."""
    words = f"{method}\n{path}\n{stamp}\n".encode(errors="surrogateescape")
    return hmac.new(secret.encode("ascii"), words + body, hashlib.sha256).hexdigest()


def sweep_signatures(unit: Unit) -> int:
    """Forget signatures that are too old to be repeated."""
    return store.forget_signatures(unit.db, datetime.now(UTC) - KEPT, MOST_SWEPT)


def _body(shape: type[Schema] | None) -> Any:
    try:
        body = read_json(request.get_data(cache=True))
    except Malformed:
        raise MALFORMED() from None
    if shape is None:
        return body
    made = shape()
    found = [*unstorable(body), *mistyped(body, made)]
    if found:
        abort(422, messages={str(way[0]) if way else "_schema": [sentence] for way, sentence in found})
    wrong = made.validate(body)
    if wrong:
        abort(422, messages=wrong)
    return made.load(body)
