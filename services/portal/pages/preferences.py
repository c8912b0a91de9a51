"""What a reader chooses for the device: language and theme. Kept in cookies, needs no sign-in and no script."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, redirect, request, url_for

from services.portal import frame, i18n

pages = Blueprint("preferences", __name__)
_YEAR = 365 * 24 * 3600


@pages.post("/language")
def language() -> Any:
    """Choose the language."""
    chosen = request.form.get("language", "")
    return _kept(i18n.COOKIE, chosen if chosen in i18n.LANGUAGES else i18n.FIRST)


@pages.post("/theme")
def theme() -> Any:
    """Choose light, dark or as the device wants."""
    chosen = request.form.get("theme", "")
    return _kept("theme", chosen if chosen in frame.THEMES else "auto")


def _kept(name: str, value: str) -> Any:
    address = request.form.get("next", "")
    parts = urlsplit(address)
    inside = address.startswith("/") and not address.startswith("//") and "\\" not in address and not parts.netloc
    answer = redirect(address if inside else url_for("home.tasks"), 303)
    answer.set_cookie(name, value, max_age=_YEAR, samesite="Lax", httponly=True, secure=frame.settings().secure_cookies)
    return answer
