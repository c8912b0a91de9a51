"""Two services as they are served: one believes the other's tokens for learners, by its public keys over HTTP."""

import time
from pathlib import Path

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.bridge.handlers.sign_in import pass_of
from shared.auth import TRAINING_OFFICE, Principal
from shared.ids import new_id
from shared.issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from shared.tokens import LMS_ISSUER
from shared.web import entry
from tests.services.portal.fake import served
from tests.town import Town


def test_a_token_of_the_bridge_opens_another_service_as_a_learner(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = DevelopmentIssuer(tmp_path)
    with served(town.client("bridge").flask.application) as bridge:
        settings = {
            "BANGKOM_ENROLMENT_DATABASE_URL": town.engines["enrolment"].url.render_as_string(hide_password=False),
            "BANGKOM_JWKS": str(issuer.jwks),
            "BANGKOM_TOKEN_ISSUER": ISSUER,
            "BANGKOM_LMS_JWKS": f"{bridge}/jwks.json",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        client = entry.app_of("enrolment").test_client()

        def asked(token: str, path: str = "/v1/tasks") -> int:
            status: int = client.get(path, headers={"Authorization": f"Bearer {token}"}).status_code
            return status

        with town.unit("bridge") as unit:
            lent = pass_of(unit, new_id(), new_id(), 600).token
        office = issuer.token(Principal(str(new_id()), {"*": frozenset({TRAINING_OFFICE})}))
        assert (asked(lent), asked(office)) == (200, 200)
        assert (asked(lent, "/v1/approvals"), asked(lent, "/v1/people")) == (200, 200)
        now = int(time.time())
        claims = {"iss": LMS_ISSUER, "aud": AUDIENCE, "sub": str(new_id()), "iat": now, "exp": now + 600}
        kid = jwt.decode(lent, _public(bridge), algorithms=["Ed25519"]).header["kid"]
        forged = OKPKey.generate_key("Ed25519", {"kid": str(kid)})
        header = {"alg": "Ed25519", "kid": str(kid)}
        roles = {"roles": {str(new_id()): ["learner"]}}
        assert asked(jwt.encode(header, claims | roles, forged, algorithms=["Ed25519"])) == 401


def _public(bridge: str) -> OKPKey:
    return OKPKey.import_key(requests.get(f"{bridge}/jwks.json", timeout=5).json()["keys"][0])
