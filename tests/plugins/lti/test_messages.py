"""The reader of launches: whatever a platform signs is a launch or not believed, and never anything else."""

import json
import re
import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import RSAKey

from plugins.lti.messages import CLAIM, DEEP_LINKING, GRADES, ROSTER, read
from services.bridge.launching import Launch, NotBelieved, Platform

KEY = RSAKey.generate_key(2048, {"kid": "one"})
KEYS = {"keys": [KEY.as_dict(private=False)]}
PLATFORM = Platform(
    issuer="https://lms.example",
    client_id="tool",
    auth_url="https://lms.example/auth",
    token_url="https://lms.example/token",
    jwks_url="https://lms.example/keys",
    audience="https://lms.example/token",
    deployments=("1",),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
NAMES = [
    "iss", "aud", "azp", "sub", "iat", "exp", "nbf", "nonce", "email", "name", DEEP_LINKING, GRADES, ROSTER,
    *(f"{CLAIM}{name}" for name in ("custom", "context", "lis", "roles", "version", "message_type", "deployment_id",
      "resource_link", "launch_presentation")),
]  # fmt: skip


def good() -> dict[str, Any]:
    now = int(time.time())
    return {
        "iss": PLATFORM.issuer,
        "aud": PLATFORM.client_id,
        "sub": "u1",
        "iat": now,
        "exp": now + 60,
        "nonce": "n",
        f"{CLAIM}deployment_id": "1",
        f"{CLAIM}message_type": "LtiResourceLinkRequest",
        f"{CLAIM}version": "1.3.0",
        f"{CLAIM}roles": [],
        f"{CLAIM}resource_link": {"id": "x"},
        f"{CLAIM}lis": {"person_sourcedid": "199001012015031001"},
    }


def asked(claims: dict[str, Any]) -> Launch | str:
    token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY, algorithms=["RS256"])
    try:
        return read(PLATFORM, token, "n", KEYS, time.time())
    except NotBelieved as error:
        return error.why


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=5))
def test_whatever_is_claimed_is_a_launch_or_not_believed(changed: dict[str, Any]) -> None:
    found = asked(good() | changed)
    if isinstance(found, str):
        assert found in {"issuer", "audience", "time", "nonce", "deployment", "message", "signature"}
        return
    assert found.nip.isprintable()
    assert len(found.target) <= 50
    for origin in found.origins:
        assert re.fullmatch(r"https?://[A-Za-z0-9.\-:\[\]]+", origin)


@settings(max_examples=100, deadline=None)
@given(ANYTHING)
def test_a_key_set_that_makes_no_sense_gives_no_launch(keys: Any) -> None:
    token = jwt.encode({"alg": "RS256", "kid": "one"}, good(), KEY, algorithms=["RS256"])
    for given_keys in (
        {"keys": keys},
        {"keys": [keys]},
        {"keys": [{"kid": "one", "kty": "RSA", "n": keys, "e": keys}]},
    ):
        try:
            read(PLATFORM, token, "n", json.loads(json.dumps(given_keys)), time.time())
        except NotBelieved:
            continue
        raise AssertionError("a launch without a key")


def test_a_good_token_is_a_launch_and_one_for_another_tool_is_none() -> None:
    assert isinstance(asked(good()), Launch)
    assert asked(good() | {"aud": "another"}) == "audience"
