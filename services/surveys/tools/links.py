"""The word in a person's own link: which invitation it is, signed so that nobody can make one up."""

import base64
import binascii
import hashlib
import hmac
from uuid import UUID

_SIGNATURE = 16


def token_of(invitation_id: UUID, secret: str) -> str:
    """The token of an invitation, 43 characters that fit a URL."""
    return base64.urlsafe_b64encode(invitation_id.bytes + _sign(invitation_id.bytes, secret)).rstrip(b"=").decode()


def invitation_of(token: str, secret: str) -> UUID | None:
    """The invitation a token is for; None where it was not made here."""
    try:
        raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    named, signature = raw[:16], raw[16:]
    if len(named) != 16 or not hmac.compare_digest(signature, _sign(named, secret)):
        return None
    return UUID(bytes=named)


def _sign(named: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), b"surveys.link:" + named, hashlib.sha256).digest()[:_SIGNATURE]
