"""The launch: where a browser is sent to be signed in, and what the signed answer must prove to be believed."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact
from pylti1p3.exception import LtiException
from pylti1p3.message_validators import get_validators

from services.bridge.launching import KeyUnknown, Launch, NotBelieved, Platform, Tool

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
ROSTER = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MESSAGES = ("LtiResourceLinkRequest", "LtiDeepLinkingRequest")
TEACHES = frozenset(
    f"http://purl.imsglobal.org/vocab/lis/v2/membership#{role}" for role in ("Instructor", "ContentDeveloper", "Mentor")
)
ALGORITHM = "RS256"
"""The one algorithm of LTI. What a key or a token says of its algorithm is not asked."""
LEEWAY = 30
OLDEST = 10 * 60
"""Seconds that may lie between the making of a token and its arrival, whatever end it names."""
MOST = 100 * 1024
_TARGET = re.compile(r"(record|surveys|tasks|programme:[0-9a-f-]{36})")


def location(platform: Platform, tool: Tool, asked: Mapping[str, str], state: str, nonce: str) -> str:
    """The platform's sign-in address with all that OpenID Connect asks for."""
    words = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": tool.launch_url,
        "login_hint": asked.get("login_hint", ""),
        "state": state,
        "nonce": nonce,
    }
    if asked.get("lti_message_hint"):
        words["lti_message_hint"] = asked["lti_message_hint"]
    return f"{platform.auth_url}{'&' if urlsplit(platform.auth_url).query else '?'}{urlencode(words)}"


def read(platform: Platform, id_token: str, nonce: str, keys: Mapping[str, Any], now: float) -> Launch:
    """The launch in a token; NotBelieved where anything about it is not right."""
    claims = _claims(platform, id_token, keys, now)
    if claims.get("nonce") != nonce:
        raise NotBelieved("nonce")
    deployment = claims.get(f"{CLAIM}deployment_id")
    if not _word(deployment, 255) or (platform.deployments and deployment not in platform.deployments):
        raise NotBelieved("deployment")
    if claims.get(f"{CLAIM}message_type") not in MESSAGES:
        raise NotBelieved("message")
    try:
        for validator in get_validators():  # type: ignore[no-untyped-call]
            if validator.can_validate(claims):
                validator.validate(claims)
        return _launch(platform, claims, str(deployment))
    except (LtiException, AttributeError, TypeError, ValueError):
        raise NotBelieved("message") from None


def _claims(platform: Platform, id_token: str, keys: Mapping[str, Any], now: float) -> Mapping[str, Any]:
    try:
        if len(id_token) > MOST:
            raise ValueError("too long")
        header = extract_compact(id_token.encode("ascii")).headers()
        if header.get("alg") != ALGORITHM:
            raise NotBelieved("algorithm")
        kid = header.get("kid")
        known = [key for key in keys.get("keys", []) if isinstance(key, Mapping) and key.get("kid") == kid]
        if not isinstance(kid, str) or not known:
            raise KeyUnknown
        # Only this key, and only as what it must be: a set may hold keys for other uses.
        usable = [
            {**key, "alg": ALGORITHM} for key in known if key.get("kty") == "RSA" and "n" in key and "d" not in key
        ]
        claims = jwt.decode(id_token, KeySet.import_key_set({"keys": usable}), algorithms=[ALGORITHM]).claims
        if not isinstance(claims, dict):
            raise ValueError("not an object")
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise NotBelieved("signature") from None
    if claims.get("iss") != platform.issuer:
        raise NotBelieved("issuer")
    audience = claims.get("aud")
    many = audience if isinstance(audience, list) else [audience]
    if platform.client_id not in many or (len(many) > 1 and claims.get("azp") != platform.client_id):
        raise NotBelieved("audience")
    if claims.get("azp") not in (None, platform.client_id):
        raise NotBelieved("audience")
    made, ends = _number(claims.get("iat")), _number(claims.get("exp"))
    if ends <= now - LEEWAY or made > now + LEEWAY or made < now - OLDEST:
        raise NotBelieved("time")
    if claims.get("nbf") is not None and _number(claims["nbf"]) > now + LEEWAY:
        raise NotBelieved("time")
    return claims


def _launch(platform: Platform, claims: Mapping[str, Any], deployment: str) -> Launch:
    custom = _part(claims, f"{CLAIM}custom")
    context = _part(claims, f"{CLAIM}context")
    grades = _part(claims, GRADES)
    choose = _part(claims, DEEP_LINKING) if claims[f"{CLAIM}message_type"] == MESSAGES[1] else None
    presentation = _part(claims, f"{CLAIM}launch_presentation")
    target = _text(custom.get("bangkom"))
    if not _word(claims.get("sub"), 255):
        raise NotBelieved("message")
    if choose is not None and not _is_web(choose.get("deep_link_return_url")):
        raise NotBelieved("message")
    shown_from = [platform.issuer, platform.auth_url, presentation.get("return_url")]
    shown_from += [choose.get("deep_link_return_url")] if choose is not None else []
    roles = claims.get(f"{CLAIM}roles")
    return Launch(
        user_id=claims["sub"],
        deployment=deployment,
        nip=_text(_part(claims, f"{CLAIM}lis").get("person_sourcedid")),
        nip_by_link=_text(custom.get("nip")),
        email=_text(claims.get("email")),
        teaches=isinstance(roles, list) and any(role in TEACHES for role in roles if isinstance(role, str)),
        target=target if _TARGET.fullmatch(target) else "",
        course=_text(context.get("label")) or _text(context.get("id")),
        context_id=_text(context.get("id")),
        roster_url=_address(_part(claims, ROSTER).get("context_memberships_url")),
        line_item=_address(grades.get("lineitem")) if SCORE in _list(grades.get("scope")) else "",
        origins=tuple(dict.fromkeys(origin for origin in map(_origin, shown_from) if origin)),
        choose=choose,
    )


def _part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = claims.get(name)
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise NotBelieved("time")
    return float(value)


def _word(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most and value.isprintable()


def _text(value: Any) -> str:
    return value.strip() if _word(value, 300) else ""


def _is_web(value: Any) -> bool:
    if not _word(value, 2000):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _address(value: Any) -> str:
    return str(value) if _is_web(value) else ""


def _origin(value: Any) -> str:
    """Scheme, host and port of an address, safe to stand in a header."""
    if not _is_web(value):
        return ""
    parts = urlsplit(value)
    origin = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return origin if re.fullmatch(r"https?://[A-Za-z0-9.\-:\[\]]{1,300}", origin) else ""
