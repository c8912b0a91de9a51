"""The door through which an LMS signs people in: our public keys, tokens for a signed site."""

from typing import Any

from marshmallow import fields, validate
from sqlalchemy import Row

from services.bridge.handlers import sign_in
from services.bridge.signed import signed
from shared.unit import Unit
from shared.web import Door
from shared.web.schemas import Shape

door = Door("sign-in", "People whom an LMS has signed in")


class TokenIn(Shape):
    """Who is signed in at the LMS."""

    nip = fields.String(required=True, validate=validate.Length(1, 40))


class TokenOut(Shape):
    """A token for that person, until when it is good, and where the portal is."""

    token = fields.String()
    expires_at = fields.AwareDateTime()
    portal = fields.String()


class KeysOut(Shape):
    """A JWK set."""

    keys = fields.List(fields.Dict())


@door.query("/jwks.json", roles=None, answer=KeysOut)
def public_keys(unit: Unit) -> dict[str, Any]:
    """The public keys with which the bridge's tokens are checked."""
    return sign_in.public_keys(unit)


@door.command("POST", "/site/tokens", roles=None, answer=TokenOut)
@signed(TokenIn)
def make_token(unit: Unit, site: Row[Any], body: dict[str, Any]) -> dict[str, Any]:
    """A short token for a person whom the LMS has signed in. A signed call."""
    return sign_in.pass_for_site(unit, site, body["nip"])
