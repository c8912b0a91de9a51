"""The frame of every page: what templates may use, the navigation by role, page rendering."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import LazyString, lazy_gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from services.portal import figures, formats, i18n, identity, words
from services.portal.backend import Asker, Backend, new_key
from services.portal.forms import KEY_FIELD
from services.portal.identity import Person
from services.portal.settings import Settings
from shared import clock
from shared.auth import (
    AGENCY_OFFICER,
    AUDITOR,
    BUDGET_OFFICER,
    EVALUATOR,
    SUPERVISOR,
    TRAINER,
    TRAINING_OFFICE,
)

_ = lazy_gettext
THEMES = {"auto": _("Otomatis"), "light": _("Terang"), "dark": _("Gelap")}


@dataclass(frozen=True)
class Link:
    """One entry of the navigation; without roles it is for everyone. `rooms` are the blueprints it stands for."""

    endpoint: str
    text: LazyString
    icon: str
    roles: tuple[str, ...] = ()


MINE = (
    Link("home.tasks", _("Tugas saya"), "tasks"),
    Link("people.me", _("Catatan saya"), "person"),
)
LEARNING = (
    Link("batches.index", _("Angkatan"), "calendar"),
    Link("programmes.index", _("Program"), "book"),
)
ROOMS = (
    Link("approvals.index", _("Persetujuan"), "check", (SUPERVISOR, TRAINING_OFFICE)),
    Link("people.index", _("Pegawai"), "people", (SUPERVISOR, AGENCY_OFFICER, TRAINING_OFFICE, AUDITOR)),
    Link("findings.index", _("Temuan"), "search", (EVALUATOR, TRAINING_OFFICE, AUDITOR, TRAINER)),
    Link("findings.effects", _("Apakah berhasil?"), "chart", (EVALUATOR, TRAINING_OFFICE, AUDITOR)),
    Link("lines.index", _("Anggaran"), "money", (BUDGET_OFFICER, TRAINING_OFFICE, AUDITOR)),
)


def settings() -> Settings:
    """The settings of the running portal."""
    return cast(Settings, current_app.extensions["portal"])


def backend() -> Backend:
    """The other services."""
    return cast(Backend, current_app.extensions["portal_backend"])


def ask() -> Asker:
    """Asks the other services in the name of the person of this request."""
    return cast(Asker, g.asker)


def me() -> Person:
    """The signed-in person; only on pages that need one."""
    person = identity.signed_in()
    assert person is not None, "the page needs a sign-in"
    return person


def page(template: str, **values: Any) -> str:
    """Render a page in the frame."""
    return render_template(template, **values)


def go(endpoint: str, message: str = "", tone: str = "good", **path: Any) -> Response:
    """After a command: say what happened and show the page, so that a reload repeats nothing."""
    if message:
        flash(message, tone)
    return redirect(url_for(endpoint, **path), 303)


def said(text: Any) -> str:
    """A sentence that a service gives in both languages, in the reader's."""
    if isinstance(text, Mapping):
        return str(text.get(i18n.language()) or text.get("default") or text.get("id") or text.get("en") or "")
    return "" if text is None else str(text)


def asset(name: str) -> str:
    """The address of a built file."""
    built: Mapping[str, str] = current_app.extensions["portal_assets"]
    return url_for("static", filename=f"dist/{built.get(name, name)}")


def theme() -> str:
    """Light, dark, or as the device wants."""
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"


def hidden(key: str | None = None) -> Markup:
    """The hidden fields of a form: proof that it is ours, and the key that makes a repeat harmless."""
    return Markup('<input type="hidden" name="{}" value="{}"><input type="hidden" name="{}" value="{}">').format(
        identity.CSRF_FIELD, identity.csrf_token(), KEY_FIELD, key or new_key()
    )


def with_query(**changes: Any) -> str:
    """This page's address with some filters changed; None removes one."""
    query = {**request.args.to_dict(), **changes}
    kept = {name: value for name, value in query.items() if value not in (None, "")}
    return url_for(request.endpoint or "home.tasks", **(request.view_args or {}), **kept)


def install(app: Flask) -> None:
    """Give the templates their filters and words."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    localised: dict[str, Callable[..., str]] = {
        "number": formats.number,
        "percent": formats.percent,
        "points": formats.points,
    }
    timed: dict[str, Callable[..., str]] = {"day": formats.day, "moment": formats.moment, "hours": formats.hours}
    for name, function in localised.items():
        app.jinja_env.filters[name] = _in_language(function)
    for name, function in timed.items():
        app.jinja_env.filters[name] = _in_zone(function)
    app.jinja_env.filters["money"] = formats.money
    app.jinja_env.filters["said"] = said
    app.jinja_env.filters["compact_json"] = lambda value: json.dumps(value, separators=(",", ":"))
    app.jinja_env.globals.update(asset=asset, hidden=hidden, with_query=with_query, words=words, figures=figures)

    @app.context_processor
    def _frame() -> dict[str, Any]:
        person = identity.signed_in() if request else None
        return {
            "person": person,
            "language": i18n.language(),
            "languages": i18n.LANGUAGES,
            "theme": theme(),
            "themes": THEMES,
            "navigation": _navigation(person),
            "today": formats.day(clock.now(), i18n.language(), i18n.zone()),
            "zone_word": clock.now().astimezone(i18n.zone()).tzname(),
            "development": settings().development,
            "request_id": g.get("request_id", ""),
        }


def _navigation(person: Person | None) -> list[tuple[LazyString, tuple[Link, ...]]]:
    if person is None:
        return []
    rooms = tuple(link for link in ROOMS if person.has(*link.roles))
    groups = [(_("Untuk saya"), MINE), (_("Pelatihan"), LEARNING), (_("Ruang kerja"), rooms)]
    return [(title, links) for title, links in groups if links]


def _in_language(function: Callable[..., str]) -> Callable[..., str]:
    def localised(value: Any, *rest: Any) -> str:
        return function(value, i18n.language(), *rest)

    return localised


def _in_zone(function: Callable[..., str]) -> Callable[..., str]:
    def local(value: Any) -> str:
        return function(value, i18n.language(), i18n.zone())

    return local
