"""The development issuer: signs tokens for anybody, so it refuses to exist outside BANGKOM_ENV=development.

Its key is made in the installation's home and read by that installation only. Over HTTP (mounted at /issuer by
`bangkom up`) it also lists the personas that a demo city keeps in `personas.json`, for the portal's sign-in page.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from shared.auth import Principal
from shared.config import DEVELOPMENT, PRODUCTION
from shared.errors import Mendable
from shared.home import make_folder, write_private
from shared.ids import new_id

ISSUER = "urn:bangkom:development"
AUDIENCE = "bangkom"
_ALGORITHM = "Ed25519"
_A_DAY = 24 * 3600


class DevelopmentOnly(Mendable):
    """The development issuer was asked for outside development."""


@dataclass(frozen=True)
class Persona:
    """Someone one may sign in as: `key` names them, `person_id` is the subject, `roles` hold for `agency_id` ("*":
    all). `agency` is its name, for the page."""

    key: str
    name: str
    person_id: str
    roles: tuple[str, ...]
    agency_id: str = "*"
    agency: str = ""

    @property
    def principal(self) -> Principal:
        """Who the token speaks of."""
        return Principal(self.person_id, {self.agency_id: frozenset(self.roles)})


class DevelopmentIssuer:
    """Signs with the key in `home`, made on first use."""

    def __init__(self, home: Path) -> None:
        if os.environ.get("BANGKOM_ENV", PRODUCTION) != DEVELOPMENT:
            raise DevelopmentOnly("The development issuer works with BANGKOM_ENV=development only.")
        self._home = make_folder(home)
        self._key = self._kept_key()

    @property
    def jwks(self) -> Path:
        """The file with the public key."""
        return self._home / "jwks.json"

    def token(self, principal: Principal, seconds: int = _A_DAY, **claims: Any) -> str:
        """A token for this principal; further claims go in as they are."""
        now = int(time.time())
        roles = {agency: sorted(held) for agency, held in principal.roles.items()}
        body = {"iss": ISSUER, "aud": AUDIENCE, "sub": principal.id, "iat": now, "exp": now + seconds, "roles": roles}
        header = {"alg": _ALGORITHM, "kid": self._key.kid, "typ": "JWT"}
        return jwt.encode(header, body | claims, self._key, algorithms=[_ALGORITHM])

    def personas(self) -> list[Persona]:
        """Everyone the city keeps for sign-in; none before a city is loaded."""
        try:
            kept = json.loads((self._home / "personas.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        return [Persona(**{**each, "roles": tuple(each["roles"])}) for each in kept]

    def app(self) -> Flask:
        """GET /personas, POST /tokens {"key": ...}, GET /jwks.json."""
        app = Flask("shared.issuer", static_folder=None)

        @app.get("/personas")
        def personas() -> Any:
            return jsonify(items=[_shown(each) for each in self.personas()], next=None)

        @app.post("/tokens")
        def tokens() -> Any:
            asked = request.get_json(silent=True)
            key = asked.get("key") if isinstance(asked, Mapping) else None
            for each in self.personas():
                if each.key == key:
                    return jsonify(token=self.token(each.principal, name=each.name), expires_in=_A_DAY)
            return jsonify(code="request.not_found", status=404), 404

        @app.get("/jwks.json")
        def jwks() -> Any:
            return app.response_class(self.jwks.read_text(encoding="utf-8"), mimetype="application/jwk-set+json")

        return app

    def _kept_key(self) -> OKPKey:
        secret = self._home / "issuer.json"
        with (self._home / "issuer.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # Two first starts at once must end up with the same key.
            if not secret.exists():
                made = OKPKey.generate_key("Ed25519", {"kid": new_id().hex, "use": "sig", "alg": _ALGORITHM})
                write_private(secret, json.dumps(made.as_dict(private=True)))
            key = OKPKey.import_key(json.loads(secret.read_text(encoding="utf-8")))
            write_private(self.jwks, json.dumps(KeySet([key]).as_dict(private=False)))
        return key


def keep_personas(home: Path, personas: Iterable[Persona]) -> None:
    """Let these people be signed in as, in place of those before."""
    write_private(make_folder(home) / "personas.json", json.dumps([asdict(each) for each in personas]))


def _shown(persona: Persona) -> dict[str, Any]:
    return {"key": persona.key, "name": persona.name, "roles": list(persona.roles), "agency": persona.agency}
