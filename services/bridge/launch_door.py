"""The door of launches. The portal stands in front of it: it has the pages, the cookies and the session.

Where an LMS has to be called, it is called between two units, never inside one.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flask import current_app, jsonify, request
from marshmallow import Schema, ValidationError, fields, validate

from services.bridge.handlers import launches, registration, sign_in
from services.bridge.launching import CallFailed, KeyUnknown, Launch, NotBelieved, Platform
from services.bridge.tools.signing import LTI
from shared.errors import INVALID, MALFORMED
from shared.http import Outside
from shared.unit import Unit, unit_of
from shared.web import Door
from shared.web.schemas import Shape

door = Door("launches", "Launches from an LMS, over LTI 1.3")
_WORD = validate.Length(1, 100)
_OUTSIDE = Outside(whole=12.0, read=6.0, tries=2, most=1024 * 1024)
TARGETS = r"^(record|surveys|tasks|programme:[0-9a-f-]{36})$"


class Asked(Shape):
    """What an LMS asks for when somebody opens a link."""

    iss = fields.String(required=True, validate=validate.Length(1, 500))
    login_hint = fields.String(required=True, validate=validate.Length(1, 2000))
    client_id = fields.String(load_default="", validate=validate.Length(0, 255))
    lti_message_hint = fields.String(load_default="", validate=validate.Length(0, 8000))


class Login(Shape):
    """The two words of a login, and where it goes on."""

    state = fields.String(required=True, validate=_WORD)
    binding = fields.String(required=True, validate=_WORD)


class State(Shape):
    """A login by its first word."""

    state = fields.String(required=True, validate=_WORD)


class Binding(Shape):
    """The second word of a login."""

    binding = fields.String()


class Location(Shape):
    """Where a browser goes on."""

    location = fields.String()


class Answered(Login):
    """What the browser brought back from the LMS."""

    id_token = fields.String(required=True, validate=validate.Length(1, 100_000))


class ItemIn(Shape):
    """Something to link to."""

    title = fields.String(required=True, validate=validate.Length(1, 200))
    target = fields.String(required=True, validate=validate.Regexp(TARGETS))


class Chosen(Shape):
    """What was chosen for a course."""

    word = fields.String(required=True, validate=_WORD)
    items = fields.List(fields.Nested(ItemIn), required=True, validate=validate.Length(1, 20))


class Message(Shape):
    """A message for the LMS and its address."""

    address = fields.String()
    message = fields.String()


class LinkAbout(Shape):
    """For which site a link is good."""

    site = fields.String()
    name = fields.String()


class Registering(Shape):
    """What a platform gave along to register with."""

    configuration = fields.String(required=True, validate=validate.Length(1, 2000))
    token = fields.String(load_default="", validate=validate.Length(0, 8000))


@door.query("/lti/jwks.json", roles=None)
def tool_keys(unit: Unit) -> dict[str, Any]:
    """The public keys with which the tool's messages are checked."""
    return sign_in.public_keys(unit, LTI)


@door.command("POST", "/lti/logins", roles=None, body=Asked, answer=Login)
def begin(unit: Unit, body: dict[str, Any]) -> Any:
    """Begin a login."""
    return launches.begin(unit, body)


@door.command("POST", "/lti/logins/going", roles=None, body=Login, answer=Location)
def go(unit: Unit, body: dict[str, Any]) -> Any:
    """Go on to the LMS."""
    return launches.go(unit, **body)


@door.command("POST", "/lti/logins/moving", roles=None, body=State, answer=Binding)
def move(unit: Unit, body: dict[str, Any]) -> Any:
    """Go on in another window."""
    return launches.move(unit, **body)


@door.command("POST", "/lti/choices", roles=None, body=Chosen, answer=Message)
def choose(unit: Unit, body: dict[str, Any]) -> Any:
    """Put what was chosen into the course."""
    return launches.chosen(unit, **body)


@door.query("/lti/links/<string(maxlength=100):word>", roles=None, answer=LinkAbout)
def link_about(unit: Unit, word: str) -> Any:
    """For which site a registration link is good."""
    return registration.link_about(unit, word)


@door.blueprint.route("/lti/launches", methods=["POST"])  # type: ignore[untyped-decorator]
def enter() -> Any:
    """Sign in whom the LMS's answer names."""
    body = _body(Answered())
    with _unit() as unit:
        platform, nonce, keys = launches.begun(unit, body["state"], body["binding"])
    launch = _read(platform, body["id_token"], nonce, keys)
    with _unit() as unit:
        answer = launches.entered(unit, body["state"], platform, launch)
    return jsonify(answer)


@door.blueprint.route("/lti/links/<string(maxlength=100):word>", methods=["POST"])  # type: ignore[untyped-decorator]
def register(word: str) -> Any:
    """Register a platform with a link, which is used up whatever comes of it."""
    body = _body(Registering())
    with _unit() as unit:
        link, tool = registration.take_link(unit, word), launches.tool()
    try:
        platform = launches.launcher().register(_OUTSIDE, tool, body["configuration"], body["token"])
    except (NotBelieved, CallFailed) as error:
        raise registration.not_registered(error.why) from None
    with _unit() as unit:
        answer = registration.registered(unit, link, platform)
    return jsonify(answer)


def _read(platform: Platform, id_token: str, nonce: str, keys: Mapping[str, Any]) -> Launch:
    """The launch. A key that is not known is looked for at the platform, at most every half minute."""
    launcher = launches.launcher()
    try:
        try:
            return launcher.read(platform, id_token, nonce, keys, sign_in.seconds())
        except KeyUnknown:
            with _unit() as unit:
                if not launches.may_read_keys(unit, platform):
                    raise
            fresh = launcher.keys(_OUTSIDE, platform)
            with _unit() as unit:
                launches.put_keys(unit, platform, fresh)
            return launcher.read(platform, id_token, nonce, fresh, sign_in.seconds())
    except NotBelieved as error:
        raise launches.refusal(error) from None
    except CallFailed as error:
        raise launches.UNREACHABLE(why=error.why) from None


def _body(shape: Schema) -> dict[str, Any]:
    given = request.get_json(silent=True)
    if not isinstance(given, dict):
        raise MALFORMED()
    try:
        body: dict[str, Any] = shape.load(given)
    except ValidationError:
        raise INVALID() from None
    return body


@contextmanager
def _unit() -> Iterator[Unit]:
    with unit_of(current_app.extensions["bangkom"].engine, current_app.name) as unit:
        yield unit
