import base64
import hashlib
import hmac
import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask, request
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from shared.auth import AUDITOR, LEARNER, Principal, system
from shared.errors import DomainError
from shared.ids import new_id
from shared.tokens import LMS_ISSUER, Issuer, Keys, Verifier, lms_issuer

ISSUER, AUDIENCE = "https://id.example", "bangkom"
PERSON = str(new_id())
AGENCY = str(new_id())
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})


def jwks(*keys: Any) -> str:
    return json.dumps(KeySet(list(keys)).as_dict(private=False))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    file = tmp_path / "jwks.json"
    file.write_text(jwks(ED, EC))
    return file


@pytest.fixture
def verifier(place: Path) -> Verifier:
    return Verifier((Issuer(ISSUER, Keys(str(place))),), AUDIENCE)


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {"iss": ISSUER, "aud": AUDIENCE, "sub": PERSON, "iat": now, "exp": now + 600, "roles": {AGENCY: [LEARNER]}}
    made |= changed
    return {name: value for name, value in made.items() if value is not None}


def token(body: dict[str, Any], key: Any = ED, alg: str = "Ed25519", **header: Any) -> str:
    return jwt.encode({"alg": alg, "kid": key.kid} | header, body, key, algorithms=[alg])


@pytest.mark.parametrize(("key", "alg"), [(ED, "Ed25519"), (ED, "EdDSA"), (EC, "ES256")])
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_a_good_token_is_a_principal(verifier: Verifier, key: Any, alg: str) -> None:
    by = verifier.principal(token(claims(), key, alg))
    assert by == Principal(PERSON, {AGENCY: frozenset({LEARNER})})
    assert by.has(LEARNER, UUID(AGENCY))


def test_a_role_for_all_agencies_is_under_the_star(verifier: Verifier) -> None:
    assert verifier.principal(token(claims(roles={"*": [AUDITOR]}))).agencies(AUDITOR) is None


def test_a_role_that_is_not_known_gives_nothing(verifier: Verifier) -> None:
    by = verifier.principal(token(claims(roles={AGENCY: ["king", LEARNER]})))
    assert by.roles == {AGENCY: frozenset({LEARNER})}


def test_a_service_may_be_a_subject(verifier: Verifier) -> None:
    assert verifier.principal(token(claims(sub="service:bridge", roles={}))) == system("bridge")


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": int(time.time()) + 86_400},
        {"iat": int(time.time()) + 86_400},
        {"sub": None},
        {"sub": "somebody"},
        {"sub": "service:"},
        {"sub": 7},
        {"sub": "service:a b"},
        {"roles": "auditor"},
        {"roles": ["auditor"]},
        {"roles": {"Dinas": ["auditor"]}},
        {"roles": {AGENCY: "auditor"}},
        {"roles": {AGENCY: {"auditor": True}}},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_a_token_whose_claims_are_wrong_is_refused(verifier: Verifier, changed: dict[str, Any]) -> None:
    refused(verifier, token(claims(**changed)))


def test_a_token_by_a_stranger_is_refused(verifier: Verifier) -> None:
    refused(verifier, token(claims(), OKPKey.generate_key("Ed25519", {"kid": "ed"})))


def test_a_token_without_a_signature_is_refused(verifier: Verifier) -> None:
    head, body, _ = token(claims()).split(".")
    refused(verifier, f"{head}.{body}.")
    unsigned = "eyJhbGciOiJub25lIn0"
    refused(verifier, f"{unsigned}.{body}.")


def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(verifier: Verifier, place: Path) -> None:
    body = token(claims()).split(".")[1]
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"ed"}').rstrip(b"=").decode()
    mac = hmac.new(place.read_bytes(), f"{head}.{body}".encode(), hashlib.sha256).digest()
    refused(verifier, f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}")


def test_another_algorithm_is_refused_even_with_a_known_key(place: Path) -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "rsa"})
    place.write_text(jwks(rsa))
    refused(Verifier((Issuer(ISSUER, Keys(str(place))),), AUDIENCE), token(claims(), rsa, "RS256"))


@pytest.mark.parametrize(
    "nonsense", ["", "a", "a.b", "a.b.c", "ü.ü.ü", "a" * 20_000, "..", "e30.e30.e30", "W10.e30.e30", "\0.\0.\0"]
)
def test_nonsense_is_refused(verifier: Verifier, nonsense: str) -> None:
    refused(verifier, nonsense)


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "bearer"])
def test_a_request_without_a_bearer_token_is_refused(verifier: Verifier, header: str) -> None:
    with Flask("x").test_request_context(headers={"Authorization": header}), pytest.raises(DomainError):
        verifier(request)


def test_a_request_with_one_is_let_in_whatever_the_case_of_bearer(verifier: Verifier) -> None:
    with Flask("x").test_request_context(headers={"Authorization": f"bearer {token(claims())}"}):
        assert verifier(request).id == PERSON


def test_a_new_key_is_looked_for_at_once_and_then_not_too_often(
    place: Path, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr("shared.tokens.time.monotonic", lambda: now)
    verifier.principal(token(claims()))
    new = OKPKey.generate_key("Ed25519", {"kid": "new"})
    place.write_text(jwks(new))
    refused(verifier, token(claims(), new))
    now += 31
    assert verifier.principal(token(claims(), new)).id == PERSON
    refused(verifier, token(claims()))


def test_keys_that_were_read_stay_while_their_place_is_unreadable(
    place: Path, verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.monotonic()
    monkeypatch.setattr("shared.tokens.time.monotonic", lambda: now)
    verifier.principal(token(claims()))
    place.write_text("{")
    now += 3600
    assert verifier.principal(token(claims())).id == PERSON


def test_without_any_keys_nobody_gets_in(tmp_path: Path) -> None:
    refused(Verifier((Issuer(ISSUER, Keys(str(tmp_path / "none"))),), AUDIENCE), token(claims()))


@pytest.fixture
def server() -> Iterator[tuple[str, dict[str, Any]]]:
    """An issuer over HTTP; what it answers can be changed."""
    answers: dict[str, Any] = {"body": jwks(ED).encode(), "status": 200}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(answers["status"])
            for name, value in answers.get("headers", {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answers["body"])

        def log_message(self, *args: Any) -> None:
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{listening.server_port}/jwks", answers
    listening.shutdown()
    listening.server_close()


def test_keys_can_come_from_an_address(server: tuple[str, dict[str, Any]]) -> None:
    assert Verifier((Issuer(ISSUER, Keys(server[0])),), AUDIENCE).principal(token(claims())).id == PERSON


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 500},
        {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
        {"body": b"x" * 300_000},
        {"body": b"[]"},
        {"body": b"{}"},
        {"body": b"\xff"},
    ],
    ids=lambda answer: str(answer)[:30],
)
def test_an_address_that_answers_otherwise_lets_nobody_in(server: tuple[str, dict[str, Any]], answer: Any) -> None:
    server[1].update(answer)
    refused(Verifier((Issuer(ISSUER, Keys(server[0])),), AUDIENCE), token(claims()))


def refused(verifier: Verifier, sent: str) -> None:
    with pytest.raises(DomainError) as caught:
        verifier.principal(sent)
    assert caught.value.code == "auth.unauthenticated"


LMS_KEY = OKPKey.generate_key("Ed25519", {"kid": "lms"})


@pytest.fixture
def with_lms(place: Path, tmp_path: Path) -> Verifier:
    file = tmp_path / "lms.json"
    file.write_text(jwks(LMS_KEY))
    return Verifier((Issuer(ISSUER, Keys(str(place))), lms_issuer(str(file))), AUDIENCE)


def test_two_issuers_are_believed_each_with_its_own_keys(with_lms: Verifier) -> None:
    by = with_lms.principal(token(claims(iss=LMS_ISSUER), LMS_KEY))
    assert by == Principal(PERSON, {AGENCY: frozenset({LEARNER})}, lent=True)
    assert by.over_others is None
    theirs = with_lms.principal(token(claims()))
    assert theirs.over_others == UUID(PERSON)


@pytest.mark.parametrize(
    ("issuer", "key"), [(ISSUER, LMS_KEY), (LMS_ISSUER, ED), (LMS_ISSUER, EC)], ids=["a by b", "b by a", "b by a too"]
)
def test_a_token_of_one_issuer_by_the_key_of_another_is_refused(with_lms: Verifier, issuer: str, key: Any) -> None:
    alg = "ES256" if key is EC else "Ed25519"
    refused(with_lms, token(claims(iss=issuer), key, alg))
    refused(with_lms, token(claims(iss=issuer), key, alg, kid={ISSUER: "ed", LMS_ISSUER: "lms"}[issuer]))


@pytest.mark.parametrize(
    "changed",
    [
        {"roles": {AGENCY: [role]}}
        for role in ("operator", "auditor", "supervisor", "agency_officer", "training_office", "budget_officer")
    ]
    + [
        {"roles": {AGENCY: [LEARNER, "evaluator"]}},
        {"roles": {"*": [LEARNER]}},
        {"roles": {AGENCY: [LEARNER], "*": []}},
        {"sub": "service:bridge", "roles": {}},
        {"iss": [LMS_ISSUER]},
        {"iss": {"urn": LMS_ISSUER}},
    ],
    ids=[
        "operator",
        "auditor",
        "supervisor",
        "agency officer",
        "training office",
        "budget officer",
        "evaluator too",
        "everywhere",
        "everywhere too",
        "a service",
        "issuers",
        "an object",
    ],
)
def test_an_lms_can_make_nobody_more_than_a_learner_or_trainer(with_lms: Verifier, changed: dict[str, Any]) -> None:
    refused(with_lms, token(claims(**{"iss": LMS_ISSUER} | changed), LMS_KEY))


def test_an_issuer_that_is_not_named_is_not_believed(verifier: Verifier) -> None:
    refused(verifier, token(claims(iss=LMS_ISSUER), ED))
