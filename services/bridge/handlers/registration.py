"""Registration: an LMS makes itself known with a link that an operator made, once and within a day."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from services.bridge.handlers.launches import tool
from services.bridge.launching import Platform
from services.bridge.store import launches as store
from services.bridge.store import sites
from shared.errors import problem
from shared.unit import Unit

LINK_WITHIN = timedelta(hours=24)
REGISTRATION = "registration"

BAD_LINK = problem(
    "lti.bad_link",
    410,
    "Tautan pendaftaran ini sudah dipakai atau kedaluwarsa. Minta yang baru kepada operator.",
    "This registration link was used or is too old. Ask the operator for a new one.",
)
NOT_REGISTERED = problem(
    "lti.not_registered",
    422,
    "Pendaftaran tidak berhasil ({why}). Periksa alamat LMS, lalu minta tautan baru.",
    "The registration did not succeed ({why}). Check the LMS's addresses, then ask for a new link.",
)
log = structlog.get_logger("bangkom.lms")


def link(unit: Unit, site: str, options: Mapping[str, Any]) -> str:
    """An address with which an LMS can register once, within a day."""
    word = secrets.token_urlsafe(24)
    store.keep(unit.db, REGISTRATION, word, {"site": site, "options": dict(options)}, _now() + LINK_WITHIN)
    return f"{tool().base}/lti/register/{word}"


def link_about(unit: Unit, word: str) -> dict[str, Any]:
    """For which site a link is good."""
    found = store.look(unit.db, REGISTRATION, word, _now())
    site = sites.site(unit.db, found["site"]) if found is not None else None
    if site is None:
        raise BAD_LINK()
    return {"site": site.code, "name": site.name}


def take_link(unit: Unit, word: str) -> dict[str, Any]:
    """Use a link up, before anything is called with it."""
    found = store.take(unit.db, REGISTRATION, word, _now())
    if found is None:
        log.warning("lti.refused", why="link")
        raise BAD_LINK()
    return found


def registered(unit: Unit, link: Mapping[str, Any], platform: Platform) -> dict[str, Any]:
    """Keep a platform that registered. One that is another site's stays that site's."""
    before = store.platform_rows(unit.db, platform.issuer, platform.client_id)
    if before and before[0].site != link["site"]:
        raise not_registered("site")
    store.put_platform(unit.db, platform, link["site"], link["options"], unit.now)
    log.info("lti.registered", site=link["site"])
    return {"issuer": platform.issuer, "client_id": platform.client_id}


def not_registered(why: str) -> Exception:
    """What is answered where a registration did not succeed."""
    log.warning("lti.refused", why=f"registration {why}")
    return NOT_REGISTERED(why=why)


def _now() -> datetime:
    return datetime.now(UTC)
