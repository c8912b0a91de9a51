"""Launches: somebody opens Bangkom from an LMS and is signed in, or chooses content for a course.

A login is a word that the browser carries through the LMS and back (`state`). It is kept until it is used, with a
second word that only that browser has in a cookie (`binding`), and the nonce that the LMS's answer must hold. Coming
back uses it up, so a token that was overheard opens nothing. The browser may change once, into a new window where
cookies were not kept, but only before it was sent to the LMS: later somebody could have themselves signed in at another
person's browser.

All of it is in real time: an LMS's clock is not moved by a demo.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from services.bridge.handlers import sign_in
from services.bridge.handlers.line_items import note_line_item
from services.bridge.launching import Item, Launch, Launcher, NotBelieved, Platform, Tool
from services.bridge.plugins import NotLoaded, plugin
from services.bridge.store import launches as store
from services.bridge.store import sites
from shared.errors import problem
from shared.unit import Unit

LOGIN_WITHIN = timedelta(minutes=10)
CHOOSE_WITHIN = timedelta(hours=1)
KEYS_AGAIN_AFTER = timedelta(seconds=30)
MOST_SWEPT = 5000
LOGIN, CHOICE = "login", "choice"

UNKNOWN_PLATFORM = problem(
    "lti.unknown_platform",
    404,
    "LMS ini belum terdaftar di Bangkom. Hubungi operator.",
    "This LMS is not registered with Bangkom. Ask the operator.",
)
STALE = problem(
    "lti.stale",
    400,
    "Pembukaan ini sudah dipakai, kedaluwarsa, atau dimulai di peramban lain. Buka lagi dari LMS.",
    "This launch was used, is too old, or began in another browser. Open it from the LMS again.",
)
NOT_BELIEVED = problem(
    "lti.not_believed",
    400,
    "Jawaban LMS tidak dapat dipercaya ({why}). Hubungi operator.",
    "The LMS's answer can't be believed ({why}). Ask the operator.",
)
NO_PERSON = problem(
    "lti.unknown_person",
    404,
    "LMS tidak memberi NIP yang dikenal Bangkom untuk Anda. Hubungi BKPSDM.",
    "The LMS gives no NIP for you that Bangkom knows. Ask the training office.",
)
UNREACHABLE = problem(
    "lti.unreachable",
    502,
    "Kunci LMS tidak dapat dibaca ({why}). Coba lagi sebentar.",
    "The LMS's keys can't be read ({why}). Try again in a moment.",
)
NO_ADDRESS = problem(
    "lti.no_address",
    503,
    "Alamat portal belum diatur (BANGKOM_PUBLIC_URL).",
    "The portal's address is not set (BANGKOM_PUBLIC_URL).",
)
UNAVAILABLE = problem(
    "lti.unavailable",
    503,
    "Penghubung LTI tidak dapat dimuat. Hubungi operator.",
    "The LTI plugin can't be loaded. Ask the operator.",
)

log = structlog.get_logger("bangkom.lms")


def launcher() -> Launcher:
    """The plugin that speaks LTI; lti.unavailable where it can't be loaded, which harms nothing else."""
    try:
        found: Launcher = plugin("lti").LAUNCHER  # type: ignore[attr-defined]
    except (LookupError, NotLoaded, AttributeError) as error:
        log.error("lti.unavailable", error=type(error).__name__)
        raise UNAVAILABLE() from None
    return found


def tool() -> Tool:
    """Bangkom as an LMS sees it."""
    base = sign_in.settings().public_url
    if not base:
        raise NO_ADDRESS()
    return Tool(
        base=base, login_url=f"{base}/lti/login", launch_url=f"{base}/lti/launch", jwks_url=f"{base}/lti/jwks.json"
    )


def begin(unit: Unit, asked: Mapping[str, str]) -> dict[str, Any]:
    """An LMS asks to sign somebody in. Answers the login's two words."""
    rows = store.platform_rows(unit.db, asked["iss"], asked.get("client_id", ""))
    if len(rows) != 1:
        log.warning("lti.refused", why="unknown_platform")
        raise UNKNOWN_PLATFORM()
    row = rows[0]
    state, binding = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    login = {
        "issuer": row.issuer,
        "client_id": row.client_id,
        "asked": {name: asked.get(name, "") for name in ("login_hint", "lti_message_hint")},
        "binding": _hash(binding),
        "nonce": "",
        "moved": False,
    }
    store.keep(unit.db, LOGIN, state, login, _now() + LOGIN_WITHIN)
    return {"state": state, "binding": binding}


def go(unit: Unit, state: str, binding: str) -> dict[str, Any]:
    """Where the browser that began goes now; once."""
    login = store.look(unit.db, LOGIN, state, _now(), lock=True)
    if login is None or login["nonce"] or not _same(login, binding):
        raise STALE()
    nonce = secrets.token_urlsafe(24)
    store.change(unit.db, LOGIN, state, {**login, "nonce": nonce})
    platform = _platform(unit, login)
    return {"location": launcher().location(platform, tool(), login["asked"], state, nonce)}


def move(unit: Unit, state: str) -> dict[str, Any]:
    """Go on in another window: a new binding in place of the one that was lost; once, and not once it went on."""
    login = store.look(unit.db, LOGIN, state, _now(), lock=True)
    if login is None or login["nonce"] or login["moved"]:
        raise STALE()
    binding = secrets.token_urlsafe(24)
    store.change(unit.db, LOGIN, state, {**login, "binding": _hash(binding), "moved": True})
    return {"binding": binding}


def begun(unit: Unit, state: str, binding: str) -> tuple[Platform, str, Mapping[str, Any]]:
    """What a token that comes with this login must be checked with: the platform, the nonce, the known keys."""
    login = store.look(unit.db, LOGIN, state, _now())
    if login is None or not login["nonce"] or not _same(login, binding):
        log.warning("lti.refused", why="state")
        raise STALE()
    rows = store.platform_rows(unit.db, login["issuer"], login["client_id"])
    if not rows:
        raise UNKNOWN_PLATFORM()
    return store.platform_of(rows[0]), login["nonce"], rows[0].jwks or {"keys": []}


def may_read_keys(unit: Unit, platform: Platform) -> bool:
    """Whether the platform's keys may be read again now."""
    now = _now()
    return store.may_read_keys(unit.db, platform.issuer, platform.client_id, now, now - KEYS_AGAIN_AFTER)


def entered(unit: Unit, state: str, platform: Platform, launch: Launch) -> dict[str, Any]:
    """Sign in whom a believed launch names; nobody is made who is not known."""
    if store.take(unit.db, LOGIN, state, _now()) is None:
        log.warning("lti.refused", why="replay")
        raise STALE()
    rows = store.platform_rows(unit.db, platform.issuer, platform.client_id)
    row = rows[0] if rows else None
    site = sites.site(unit.db, row.site) if row is not None else None
    if row is None or site is None:
        raise UNKNOWN_PLATFORM()
    if not store.bind_deployment(unit.db, row.issuer, row.client_id, launch.deployment):
        raise refusal(NotBelieved("deployment"))
    nip = launch.nip or (launch.nip_by_link if row.options.get("nip") == "custom" else "")
    email = launch.email if row.options.get("email") and not nip else ""
    person = sign_in.person_at(unit, site, nip=nip, email=email)
    if person is None:
        log.warning("lti.refused", why="unknown_person", site=site.code)
        raise NO_PERSON()
    trains = launch.teaches and bool(row.options.get("trainers"))
    made = sign_in.pass_of(
        unit, person.person_id, person.agency_id, sign_in.LAUNCH_SECONDS, trainer=trains, name=person.name
    )
    if launch.roster_url and launch.course:
        store.put_course(
            unit.db,
            {
                "site": site.code,
                "course": launch.course,
                "issuer": row.issuer,
                "client_id": row.client_id,
                "context_id": launch.context_id,
                "roster_url": launch.roster_url,
                "at": unit.now,
            },
        )
    if launch.line_item and not launch.teaches:
        note_line_item(unit, site.code, row, launch, person.person_id)
    answer = {"token": made.token, "name": person.name, "target": launch.target, "frames": list(launch.origins)}
    return answer | {"choice": _choice(unit, platform, launch) if launch.choose is not None else ""}


def chosen(unit: Unit, word: str, items: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The signed message that puts what was chosen into the course; once."""
    choice = store.take(unit.db, CHOICE, word, _now())
    if choice is None or (len(items) > 1 and not choice["many"]):
        raise STALE()
    kept = [
        Item(title=one["title"], target=one["target"], graded=one["target"].startswith("programme:")) for one in items
    ]
    address, message = launcher().chosen(
        _platform(unit, choice), tool(), choice["deployment"], choice["choose"], kept, sign_in.tool_key(unit)
    )
    return {"address": address, "message": message}


def put_keys(unit: Unit, platform: Platform, keys: Mapping[str, Any]) -> None:
    """Keep the platform's keys as they were just read."""
    store.put_keys(unit.db, platform.issuer, platform.client_id, keys)


def refusal(error: NotBelieved) -> Exception:
    """What is answered where a platform is not believed."""
    log.warning("lti.refused", why=error.why)
    return NOT_BELIEVED(why=error.why)


def sweep_notes(unit: Unit) -> int:
    """Forget words that are good for nothing any more."""
    return store.forget(unit.db, _now(), MOST_SWEPT)


def _choice(unit: Unit, platform: Platform, launch: Launch) -> str:
    word, choose = secrets.token_urlsafe(24), dict(launch.choose or {})
    value = {
        "issuer": platform.issuer,
        "client_id": platform.client_id,
        "deployment": launch.deployment,
        "choose": {name: choose.get(name) for name in ("deep_link_return_url", "data")},
        "many": choose.get("accept_multiple") in (True, "true"),
    }
    store.keep(unit.db, CHOICE, word, value, _now() + CHOOSE_WITHIN)
    return word


def _platform(unit: Unit, named: Mapping[str, Any]) -> Platform:
    rows = store.platform_rows(unit.db, named["issuer"], named["client_id"])
    if not rows:
        raise UNKNOWN_PLATFORM()
    return store.platform_of(rows[0])


def _same(login: Mapping[str, Any], binding: str) -> bool:
    return hmac.compare_digest(str(login["binding"]), _hash(binding))


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode(errors="surrogatepass")).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)
