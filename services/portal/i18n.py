"""Indonesian first, English second. Words stand in the code in Indonesian; translations/en holds the English.

The .po catalogues are read at the start; nothing compiled is kept.
"""

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import Babel, Domain, get_locale

LANGUAGES = {"id": "Bahasa Indonesia", "en": "English"}
FIRST = "id"
COOKIE = "lang"
TRANSLATIONS = Path(__file__).resolve().parent / "translations"


class Catalogues(Domain):  # type: ignore[misc]
    """The catalogues of this portal, by the request's language."""

    def get_translations(self) -> Translations:
        """The catalogue of the request's language."""
        return catalogue(str(get_locale() or FIRST))


@cache
def catalogue(language: str) -> Translations:
    """The catalogue of one language; where it has no word, the Indonesian in the code is shown."""
    path = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Translations(None)
    with path.open("rb") as source:
        read = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, read)
    compiled.seek(0)
    return Translations(compiled)


def language() -> str:
    """The language of the request: what the reader chose, else Indonesian."""
    if not has_request_context():
        return FIRST
    if "language" not in g:
        chosen = request.cookies.get(COOKIE, FIRST)
        g.language = chosen if chosen in LANGUAGES else FIRST
    return str(g.language)


def zone() -> ZoneInfo:
    """The zone of the city; times are written and typed in it."""
    return cast(ZoneInfo, current_app.extensions["portal"].zone)


def install(app: Flask) -> None:
    """Give the app its languages."""
    app.config["BABEL_DEFAULT_LOCALE"] = FIRST
    Babel(app, locale_selector=language)
    catalogues = Catalogues()
    app.before_request(catalogues.as_default)
