"""The installation's own key: signs tokens for its commands where there is no development issuer.

`make secrets` makes it. The private half is in BANGKOM_OPERATOR_KEY, where commands run; the public half is a file that
the services are told of. Whoever holds it may ask and mend as auditor and operator, so it is kept like a password.
"""

import json
import os
import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from shared.auth import Principal
from shared.config import BadSettings, value_of
from shared.tokens import OPERATOR_ISSUER

_ALGORITHM = "Ed25519"


def new_key(name: str) -> tuple[str, str]:
    """A private key as a JWK, and the JWK set with its public half, both as JSON. `name` becomes the `kid`."""
    made = OKPKey.generate_key("Ed25519", {"kid": name, "use": "sig", "alg": _ALGORITHM})
    return json.dumps(made.as_dict(private=True)), json.dumps(KeySet([made]).as_dict(private=False))


def operator_token(key: str, principal: Principal, seconds: int) -> str:
    """A token for this principal, good for `seconds`, for the audience that this installation's tokens are for;
    BadSettings where the key is none."""
    now = int(time.time())
    try:
        audience = value_of("BANGKOM_TOKEN_AUDIENCE", os.environ) or "bangkom"
    except ValueError as error:
        raise BadSettings("This command", {"BANGKOM_TOKEN_AUDIENCE": str(error)}) from None
    roles = {agency: sorted(held) for agency, held in principal.roles.items()}
    claims: dict[str, Any] = {"iss": OPERATOR_ISSUER, "aud": audience, "sub": principal.id, "roles": roles}
    try:
        private = OKPKey.import_key(json.loads(key))
        header = {"alg": _ALGORITHM, "kid": private.kid, "typ": "JWT"}
        return jwt.encode(header, claims | {"iat": now, "exp": now + seconds}, private, algorithms=[_ALGORITHM])
    except (ValueError, TypeError, KeyError, JoseError):
        raise BadSettings("This command", {"BANGKOM_OPERATOR_KEY": "is no key that `make secrets` made"}) from None
