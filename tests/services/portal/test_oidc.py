"""Signing in by an identity provider: what it must prove before anyone is believed."""

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.portal.app import create_portal
from services.portal.backend import over_requests
from services.portal.settings import Oidc, Settings
from tests.services.portal import answers
from tests.services.portal.fake import Town, served, token


@dataclass
class Provider:
    """An identity provider with a key of its own. `claims` replaces claims of the next id_token."""

    key: OKPKey = field(default_factory=lambda: OKPKey.generate_key("Ed25519", {"kid": "one"}))
    claims: dict[str, Any] = field(default_factory=dict)
    asked: Mapping[str, str] = field(default_factory=dict)
    signs_with: OKPKey | None = None
    nonce: str = ""
    challenge: str = ""

    def app(self) -> Flask:
        app = Flask("provider")

        @app.get("/.well-known/openid-configuration")
        def about() -> Any:
            here = request.host_url.rstrip("/")
            return jsonify(
                issuer=here,
                authorization_endpoint=f"{here}/go",
                token_endpoint=f"{here}/token",
                jwks_uri=f"{here}/keys",
            )

        @app.get("/keys")
        def keys() -> Any:
            return jsonify(keys=[self.key.as_dict(private=False)])

        @app.post("/token")
        def tokens() -> Any:
            self.asked = request.form.to_dict()
            now = int(time.time())
            told = {
                "iss": request.host_url.rstrip("/"),
                "aud": "portal",
                "sub": answers.LEARNER,
                "iat": now,
                "exp": now + 60,
                "nonce": self.nonce,
                "name": "Peserta Contoh",
            } | self.claims
            header = {"alg": "Ed25519", "kid": "one"}
            signed = jwt.encode(header, told, self.signs_with or self.key, algorithms=["Ed25519"])
            return jsonify(access_token=token("learner"), id_token=signed, token_type="Bearer", expires_in=60)

        return app


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def client(provider: Provider, backends: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[FlaskClient]:
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    with served(provider.app()) as issuer:
        direct = over_requests()

        def carry(method: str, url: str, **more: Any) -> Any:
            return (direct if url.startswith(issuer) else backends.transport)(method, url, **more)

        settings = Settings(
            env="production",
            secret="x",
            urls={"enrolment": "http://fake/enrolment", "content": "http://fake/content"},
            oidc=Oidc(issuer=issuer, client_id="portal", client_secret="word"),
            secure_cookies=False,
        )
        yield create_portal(settings, transport=carry).test_client()


def begin(client: FlaskClient, provider: Provider) -> str:
    """Start signing in; answers the state the provider must bring back."""
    sent = client.get("/sign-in/oidc?next=/me")
    query = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["Location"]).query).items()}
    assert query["code_challenge_method"] == "S256"
    assert re.search(r"\bopenid\b", query["scope"])
    provider.nonce, provider.challenge = query["nonce"], query["code_challenge"]
    return query["state"]


def test_who_the_provider_vouches_for_is_signed_in(client: FlaskClient, provider: Provider) -> None:
    state = begin(client, provider)
    answer = client.get(f"/sign-in/back?code=abc&state={state}")
    assert answer.headers["Location"] == "/me"
    hashed = hashlib.sha256(provider.asked["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(hashed).decode().rstrip("=") == provider.challenge
    assert "Peserta Contoh" in client.get("/me").text
    assert client.get(f"/sign-in/back?code=abc&state={state}").status_code == 400


@pytest.mark.parametrize(
    "claims",
    [{"nonce": "other"}, {"aud": "someone-else"}, {"iss": "https://evil.example"}, {"exp": 1}],
    ids=json.dumps,
)
def test_a_wrong_word_of_the_provider_is_not_believed(
    client: FlaskClient, provider: Provider, claims: dict[str, Any]
) -> None:
    state = begin(client, provider)
    provider.claims = claims
    assert client.get(f"/sign-in/back?code=abc&state={state}").status_code == 400
    assert client.get("/me").status_code == 302


def test_a_key_of_someone_else_is_not_believed(client: FlaskClient, provider: Provider) -> None:
    state = begin(client, provider)
    provider.signs_with = OKPKey.generate_key("Ed25519", {"kid": "one"})
    assert client.get(f"/sign-in/back?code=abc&state={state}").status_code == 400
    assert client.get("/me").status_code == 302


def test_a_state_is_used_once_and_must_be_ours(client: FlaskClient, provider: Provider) -> None:
    state = begin(client, provider)
    assert client.get("/sign-in/back?code=abc&state=wrong").status_code == 400
    assert client.get(f"/sign-in/back?code=abc&state={state}").status_code == 400
