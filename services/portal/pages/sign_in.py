"""Signing in: by the agency's identity provider, or in development as a persona of the demo city."""

import json
import secrets
from typing import Any, cast
from urllib.parse import urlsplit

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from flask import Blueprint, abort, current_app, redirect, request, session, url_for
from flask_babel import gettext as _
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.portal import frame, identity
from services.portal.backend import Down, Refusal
from services.portal.issuer import Issuer
from services.portal.settings import Oidc

pages = Blueprint("sign_in", __name__)
_SCOPE = "openid profile"
_ALGORITHMS = ["Ed25519", "EdDSA", "ES256", "RS256", "PS256"]
_PENDING = "oidc"


@pages.get("/sign-in")
def choose() -> Any:
    """Where to sign in; with personas only in development."""
    after = _inside(request.args.get("next", ""))
    if identity.signed_in() is not None:
        return redirect(after)
    issuer = _issuer()
    personas, down = [], None
    if issuer is not None:
        try:
            personas = list(issuer.personas())
        except (Down, Refusal) as error:
            down = error
    oidc = frame.settings().oidc is not None
    back = url_for(".back", _external=True)
    page = frame.page("pages/sign_in.html", after=after, oidc=oidc, personas=personas, down=down, back=back)
    # Nobody can sign in yet, which is no success: whoever watches from outside should see it as well.
    return page, 200 if oidc or frame.settings().development else 503


@pages.post("/sign-in")
def as_persona() -> Any:
    """Sign in as a persona; refused outside development."""
    issuer = _issuer()
    if issuer is None:
        abort(404)
    after = _inside(request.form.get("next", ""))
    try:
        token = issuer.token(request.form.get("persona", "")[:200])
    except (KeyError, Refusal):
        abort(404)
    return _entered(token, "", after)


@pages.get("/sign-in/oidc")
def begin() -> Any:
    """Send the browser to the identity provider, with state, nonce and PKCE."""
    oidc = _oidc()
    about = _discovery(oidc)
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    client = _client(oidc)
    extra = {"audience": oidc.audience} if oidc.audience else {}
    url, state = client.create_authorization_url(
        about["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **extra
    )
    session[_PENDING] = {
        "state": state,
        "verifier": verifier,
        "nonce": nonce,
        "next": _inside(request.args.get("next", "")),
    }
    return redirect(url)


@pages.get("/sign-in/back")
def back() -> Any:
    """The identity provider sends the browser back here. What was begun is used once."""
    oidc = _oidc()
    begun = session.pop(_PENDING, None)
    if not isinstance(begun, dict) or not secrets.compare_digest(
        str(begun.get("state")).encode(), request.args.get("state", "").encode()
    ):
        abort(400)
    about = _discovery(oidc)
    try:
        tokens = _client(oidc).fetch_token(
            about["token_endpoint"],
            code=request.args.get("code", ""),
            code_verifier=begun["verifier"],
            timeout=frame.settings().time_out,
        )
        claims = _checked(oidc, about, tokens["id_token"], begun["nonce"])
    except (OAuthError, JoseError, KeyError, ValueError):
        abort(400)
    except OSError as error:
        raise Down("oidc", type(error).__name__) from error
    return _entered(str(tokens["access_token"]), str(claims.get("name", "")), _inside(str(begun["next"])))


@pages.post("/sign-out")
def leave() -> Any:
    """End the session."""
    identity.check_csrf()
    identity.leave()
    return frame.go("sign_in.choose", _("Anda sudah keluar."))


def _entered(token: str, name: str, after: str) -> Any:
    person = identity.person_of(token, name)
    if person is None:
        abort(400)
    name = name or person.name
    if name == person.id[:8]:
        asker = frame.backend().asker(token, "id", "")
        part = asker.part(lambda ask: ask.get("enrolment", f"/v1/people/{person.id}"))
        name = str(part.value.get("name") or name)
    identity.enter(token, name)
    return redirect(after, 303)


def _inside(address: str) -> str:
    """The address if it lies inside the portal, else the front page: nobody is sent elsewhere by a link to us."""
    parts = urlsplit(address)
    inside = not parts.scheme and not parts.netloc and address.startswith("/") and "\\" not in address
    return address if inside and not address.startswith("//") else url_for("home.tasks")


def _issuer() -> Issuer | None:
    return cast("Issuer | None", current_app.extensions["portal_issuer"])


def _oidc() -> Oidc:
    oidc = frame.settings().oidc
    if oidc is None:
        abort(404)
    return oidc


def _client(oidc: Oidc) -> Any:
    return OAuth2Session(
        oidc.client_id,
        oidc.client_secret,
        scope=_SCOPE,
        redirect_uri=url_for("sign_in.back", _external=True),
        code_challenge_method="S256",
    )


def _discovery(oidc: Oidc) -> dict[str, Any]:
    """What the provider says of itself; it must call itself what we call it."""
    about = _fetched(f"{oidc.issuer}/.well-known/openid-configuration")
    if str(about.get("issuer", "")).rstrip("/") != oidc.issuer:
        raise Down("oidc", "issuer differs")
    return about


def _checked(oidc: Oidc, about: dict[str, Any], id_token: str, nonce: str) -> dict[str, Any]:
    keys = KeySet.import_key_set(cast(Any, _fetched(about["jwks_uri"])))
    claims = jwt.decode(id_token, keys, algorithms=_ALGORITHMS).claims
    jwt.JWTClaimsRegistry(
        leeway=30,
        iss={"essential": True, "value": about["issuer"]},
        aud={"essential": True, "value": oidc.client_id},
        exp={"essential": True},
        nonce={"essential": True, "value": nonce},
    ).validate(claims)
    return claims


def _fetched(url: str) -> dict[str, Any]:
    transport = frame.backend().transport
    try:
        reply = transport("GET", url, query={}, body=None, headers={}, time_out=frame.settings().time_out)
        value = json.loads(reply.content)
    except (OSError, ValueError) as error:
        raise Down("oidc", type(error).__name__) from error
    if reply.status != 200 or not isinstance(value, dict):
        raise Down("oidc", f"http {reply.status}")
    return value
