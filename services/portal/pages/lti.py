"""Opening Bangkom from an LMS (LTI 1.3): the browser's side of a launch, choosing content, registering an LMS.

The bridge knows who is to be believed; here are the cookies and the pages. A launch belongs to the browser that began
it: the cookie `lti.*` says so, and it is one that a browser keeps inside another site's frame (SameSite=None, Secure,
Partitioned). Where a browser keeps none, the launch goes on in a window of its own, before the LMS has been asked
anything. Nothing of a launch needs a script.
"""

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from flask import Blueprint, g, jsonify, redirect, request, session, url_for
from flask_babel import force_locale, lazy_gettext
from flask_babel import gettext as _

from services.portal import frame, i18n, identity
from services.portal.backend import Down, Part, Refusal, get
from services.portal.frames import ANYWHERE, in_frame

pages = Blueprint("lti", __name__, url_prefix="/lti")
_MINUTES = 10
_CHOICE = "lti_choice"
_ASKED = ("iss", "login_hint", "client_id", "lti_message_hint")
_SAID = {
    "lti.unknown_person": lazy_gettext(
        "LMS tidak memberi NIP yang dikenal Bangkom untuk Anda, jadi Anda belum dapat masuk dari sana. Minta pengelola "
        "LMS mengisi NIP Anda pada nomor identitas akun, atau hubungi BKPSDM."
    ),
    "lti.unknown_platform": lazy_gettext("LMS ini belum terdaftar di Bangkom. Hubungi pengelola LMS Anda."),
    "lti.bad_link": lazy_gettext(
        "Tautan pendaftaran ini sudah dipakai atau kedaluwarsa. Minta yang baru kepada operator Bangkom."
    ),
    "lti.not_registered": lazy_gettext(
        "Pendaftaran tidak berhasil dan tautannya sudah terpakai. Minta yang baru kepada operator Bangkom."
    ),
    "lti.stale": lazy_gettext(
        "Pembukaan ini sudah dipakai, kedaluwarsa, atau dimulai di peramban lain. Kembali ke LMS dan buka lagi."
    ),
    "down": lazy_gettext("Bangkom sedang tidak dapat dihubungi. Coba lagi sebentar dari LMS."),
    "": lazy_gettext("Jawaban LMS tidak dapat dipercaya, jadi tidak ada yang dibuka. Hubungi pengelola LMS Anda."),
}


@pages.before_request
def _framed() -> None:
    """These pages show nobody's data before the launch is believed, so any LMS may show them in a frame."""
    g.frame_ancestors = ANYWHERE


@pages.errorhandler(Refusal)
def _refused(error: Refusal) -> Any:
    return frame.page("pages/lti_refused.html", refusal=error, said=_both(error)), error.status


@pages.errorhandler(Down)
def _down(error: Down) -> Any:
    return frame.page("pages/lti_refused.html", refusal=None, said=_both(None)), 503


@pages.route("/login", methods=["GET", "POST"])
def login() -> Any:
    """The LMS asks to sign somebody in."""
    asked = {name: request.values.get(name, "") for name in _ASKED}
    if not asked["iss"] or not asked["login_hint"]:
        raise Refusal("bridge", 400, {"code": "lti.stale"})
    begun = frame.ask().post("bridge", "/lti/logins", asked, None)
    return _bound(begun["state"], begun["binding"])


@pages.get("/go/<state>")
def go(state: str) -> Any:
    """On to the LMS where the browser kept its cookie, else the way into a window of its own."""
    binding = request.cookies.get(_cookie(state))
    if not binding:
        return frame.page("pages/lti_window.html", state=state)
    answer = frame.ask().post("bridge", "/lti/logins/going", {"state": state[:100], "binding": binding}, None)
    return redirect(answer["location"], 302)


@pages.get("/open/<state>")
def move(state: str) -> Any:
    """Go on in this window."""
    moved = frame.ask().post("bridge", "/lti/logins/moving", {"state": state[:100]}, None)
    return _bound(state, moved["binding"])


@pages.post("/launch")
def launch() -> Any:
    """The LMS sends the browser back with a signed answer: sign in, or choose content for a course."""
    state, binding = request.form.get("state", ""), request.cookies.get(_cookie(request.form.get("state", "")), "")
    if not state or not binding or not request.form.get("id_token"):
        raise Refusal("bridge", 400, {"code": "lti.stale"})
    body = {"state": state[:100], "binding": binding[:100], "id_token": request.form["id_token"]}
    answer = frame.ask().post("bridge", "/lti/launches", body, None)
    frames = [str(each) for each in answer["frames"]] if in_frame(request) else []
    if identity.enter(str(answer["token"]), str(answer["name"]), frames) is None:
        raise Refusal("bridge", 400, {"code": "lti.stale"})
    if answer["choice"]:
        session[_CHOICE] = answer["choice"]
    there = url_for("lti.choose") if answer["choice"] else _inside(str(answer["target"]), str(answer["token"]))
    sent = redirect(there, 303)
    sent.delete_cookie(_cookie(state), path="/lti", secure=True, samesite="None", partitioned=True)
    return sent


@pages.get("/choose")
def choose() -> Any:
    """What may be linked to in a course."""
    _chooser()
    return frame.page("pages/lti_choose.html", part=_programmes(), own=_own())


@pages.post("/choose")
def chosen() -> Any:
    """Send what was chosen to the LMS."""
    word = _chooser()
    identity.check_csrf()
    target = request.form.get("target", "")
    titles = _own() | {f"programme:{item['programme_id']}": str(item["title"]) for item in _programmes().items}
    if target not in titles:
        return frame.page("pages/lti_choose.html", part=_programmes(), own=_own()), 422
    session.pop(_CHOICE)
    body = {"word": word, "items": [{"title": titles[target][:200], "target": target}]}
    answer = frame.ask().post("bridge", "/lti/choices", body, None)
    address = urlsplit(answer["address"])
    g.form_action = f"{address.scheme}://{address.netloc}"
    return frame.page("pages/lti_back.html", there=answer["address"], message=answer["message"])


@pages.get("/register/<word>")
def register(word: str) -> Any:
    """Which LMS is to be registered for which site; nothing happens before somebody says yes."""
    about = frame.ask().get("bridge", f"/lti/links/{_plain(word)}")
    configuration = request.args.get("openid_configuration", "")
    return frame.page(
        "pages/lti_register.html",
        about=about,
        host=_host(configuration),
        configuration=configuration,
        token=request.args.get("registration_token", ""),
        word=word,
    )


@pages.post("/register/<word>")
def registered(word: str) -> Any:
    """Register the LMS. The link is used up by it."""
    body = {
        "configuration": request.form.get("configuration", "")[:2000] or "-",
        "token": request.form.get("token", "")[:8000],
    }
    frame.ask().post("bridge", f"/lti/links/{_plain(word)}", body, None)
    return frame.page("pages/lti_registered.html")


@pages.get("/jwks.json")
def keys() -> Any:
    """The public keys with which an LMS checks what the tool says."""
    answer = jsonify(frame.ask().get("bridge", "/lti/jwks.json"))
    answer.cache_control.public = True
    answer.cache_control.max_age = 600
    return answer


def _bound(state: str, binding: str) -> Any:
    sent = redirect(url_for("lti.go", state=state), 303)
    sent.set_cookie(
        _cookie(state),
        binding,
        max_age=_MINUTES * 60,
        path="/lti",
        httponly=True,
        secure=True,
        samesite="None",
        partitioned=True,
    )
    return sent


def _cookie(state: str) -> str:
    """Each launch has a cookie of its own: two that are opened at once do not disturb each other."""
    return f"lti.{hashlib.sha256(state.encode(errors='replace')).hexdigest()[:16]}"


def _inside(target: str, token: str) -> str:
    """The page that a link leads to."""
    kind, _colon, thing = target.partition(":")
    if kind == "record":
        return url_for("people.me")
    if kind == "programme":
        return url_for("programmes.show", programme_id=UUID(thing))
    if kind == "surveys":
        asker = frame.backend().asker(token, i18n.language(), g.request_id)
        open_ones = [item for item in asker.part(get("surveys", "/v1/tasks")).items if item.get("kind") == "survey"]
        path = str(open_ones[0].get("path") or "") if len(open_ones) == 1 else ""
        return path if path.startswith("/s/") else url_for("home.tasks")
    return url_for("home.tasks")


def _chooser() -> str:
    word = session.get(_CHOICE)
    if identity.signed_in() is None or not isinstance(word, str):
        raise Refusal("bridge", 400, {"code": "lti.stale"})
    g.frame_ancestors = ""  # Here something is decided: only the LMS that asked may show it in a frame.
    return word


def _programmes() -> Part:
    return frame.ask().part(get("content", "/v1/programmes", limit=500))


def _own() -> dict[str, str]:
    return {"record": _("Catatan saya"), "surveys": _("Survei saya"), "tasks": _("Tugas saya")}


def _plain(word: str) -> str:
    if len(word) > 100 or not all(letter.isascii() and (letter.isalnum() or letter in "-_") for letter in word):
        raise Refusal("bridge", 410, {"code": "lti.bad_link"})
    return word


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _both(error: Refusal | None) -> Mapping[str, str]:
    """What to say of it, in both languages: whoever comes from an LMS has chosen none here."""
    known = "down" if error is None else error.code if error.code in _SAID else ""
    said = {}
    for language in i18n.LANGUAGES:
        with force_locale(language):
            said[language] = str(_SAID[known])
    return said
