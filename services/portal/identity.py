"""Who is signed in: a token in a signed, HttpOnly cookie. The token decides what the services allow; what is read from
it here only decides which links are shown."""

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import abort, g, request, session

from services.portal import frames
from shared.auth import EVERYWHERE, Principal

_TOKEN = "token"  # noqa: S105 - the name of a key
_NAME = "name"
_CSRF = "csrf"
CSRF_FIELD = "csrf_token"


@dataclass(frozen=True)
class Person:
    """The signed-in person. `name` is for the greeting only."""

    token: str
    name: str
    principal: Principal
    expires: float | None = None
    roles: frozenset[str] = field(default_factory=frozenset)

    @property
    def id(self) -> str:
        """The person_id."""
        return self.principal.id

    def has(self, *roles: str) -> bool:
        """Whether any of the roles holds anywhere."""
        return bool(self.roles.intersection(roles))

    def agency_ids(self, role: str) -> list[str]:
        """The agencies in which a role holds; none where it holds everywhere."""
        held = self.principal.agencies(role)
        return sorted(str(each) for each in held or ())

    @property
    def initials(self) -> str:
        """One or two letters for the round sign beside the name."""
        words = [word for word in self.name.split() if word[:1].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper() or "?"


def person_of(token: str, name: str) -> Person | None:
    """The person a token speaks of; None for a token that can't be read or has run out. Its signature is checked by the
    services that get it, and by the signed cookie it is kept in."""
    claims = _claims(token)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        return None
    expires = claims.get("exp")
    if isinstance(expires, int | float) and expires <= time.time():
        return None
    held = claims.get("roles")
    roles = {
        str(agency): frozenset(str(each) for each in names)
        for agency, names in (held.items() if isinstance(held, Mapping) else [(EVERYWHERE, held or ())])
    }
    every = frozenset(each for names in roles.values() for each in names)
    named = claims.get("name")
    shown = name or (named if isinstance(named, str) else "") or subject[:8]
    return Person(token, shown[:120], Principal(subject, roles), expires, every)


def signed_in() -> Person | None:
    """The person of this request."""
    if "person" not in g:
        token = session.get(_TOKEN)
        g.person = person_of(token, session.get(_NAME, "")) if token else None
        if token and g.person is None:
            leave()
    person: Person | None = g.person
    return person


def enter(token: str, name: str, frames_of: Sequence[str] = ()) -> Person | None:
    """Begin a session with a fresh token; nothing of an earlier one is kept. `frames_of` may show its pages in a
    frame."""
    person = person_of(token, name)
    frames.begin(frames_of)
    if person is not None:
        session[_TOKEN] = token
        session[_NAME] = person.name
        session[_CSRF] = secrets.token_urlsafe(24)
    g.person = person
    return person


def leave() -> None:
    """End the session. One inside a frame stays known as such, so that the frame can say what to do."""
    kept = session.get(frames.FRAMES)
    session.clear()
    if kept:
        session[frames.FRAMES] = kept
    g.person = None


def csrf_token() -> str:
    """The word a form must bring back."""
    if _CSRF not in session:
        session[_CSRF] = secrets.token_urlsafe(24)
    return str(session[_CSRF])


def check_csrf() -> None:
    """Refuse a form that another site made."""
    brought = request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(brought.encode(), str(session.get(_CSRF, "")).encode()) or not brought:
        abort(400, "csrf")


def _claims(token: str) -> Mapping[str, Any]:
    try:
        middle = token.split(".")[1]
        read = json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))
    except (IndexError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
