"""What an LMS, a browser or somebody between them may try: refused, written down without a name, nothing changed."""

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from services.bridge import plugins
from services.bridge.store.launch_tables import PLATFORM
from services.bridge.store.tables import PERSON
from shared.auth import LEARNER
from shared.ids import new_id
from tests.plugins.lti.conftest import Place, code_of, inside, query_of
from tests.plugins.lti.peer import CLAIM, pem
from tests.plugins.lti.test_launch import complete, entered
from tests.services.bridge.given import nip_of
from tests.services.portal import answers

ADMIN = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator"
INSTRUCTOR = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"


def nothing_came_of_it(place: Place, client: FlaskClient, capfd: pytest.CaptureFixture[str]) -> None:
    """Nobody is signed in, nothing is kept, and nobody's name is in the log."""
    assert entered(client) is None
    assert place.rows() == place.before
    written = "".join(capfd.readouterr())
    assert "lti.refused" in written
    for word in (nip_of(1), "Pegawai", "p1@example.go.id", "id_token"):
        assert word not in written


def test_a_token_that_was_overheard_opens_nothing(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    place.register()
    first = place.app.test_client()
    made = place.peer.answer(query_of(place.begin(first)))
    assert place.present(first, made).status_code == 303
    before = place.rows()
    for client in (first, place.app.test_client()):
        assert code_of(place.present(client, made)) == "lti.stale"
    thief = place.app.test_client()
    fresh = place.peer.answer(query_of(place.begin(thief)))
    answer = place.present(thief, {"state": fresh["state"], "id_token": made["id_token"]})
    assert (answer.status_code, code_of(answer)) == (400, "lti.not_believed")
    assert entered(thief) is None
    assert "why=nonce" in "".join(capfd.readouterr()).replace("'", "")
    assert place.rows() == before


def test_two_who_bring_the_same_answer_at_once_enter_once(place: Place) -> None:
    place.register()
    client = place.app.test_client()
    made = place.peer.answer(query_of(place.begin(client)))
    twin = place.app.test_client()
    cookie = "lti." + hashlib.sha256(made["state"].encode()).hexdigest()[:16]
    kept = client.get_cookie(cookie, path="/lti")
    assert kept is not None
    twin.set_cookie(cookie, kept.value, path="/lti")
    said = sorted(place.present(one, made).status_code for one in (client, twin))
    assert said == [303, 400]


def test_the_answer_to_one_browser_opens_nothing_in_another(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    place.register()
    made = place.peer.answer(query_of(place.begin(place.app.test_client())))
    other = place.app.test_client()
    assert code_of(place.present(other, made)) == "lti.stale"
    place.begin(other)
    assert code_of(place.present(other, made)) == "lti.stale"
    forged = "lti." + hashlib.sha256(made["state"].encode()).hexdigest()[:16]
    other.set_cookie(forged, "a-guess", path="/lti")
    assert code_of(place.present(other, made)) == "lti.stale"
    nothing_came_of_it(place, other, capfd)


def test_a_login_that_went_on_to_the_lms_moves_to_no_other_window(place: Place) -> None:
    place.register()
    began = place.app.test_client().get(inside(place.peer.start("u1")))
    state = began.headers["Location"].rpartition("/")[2]
    window = place.app.test_client()
    assert "/lti/open/" in window.get(f"/lti/go/{state}").text
    assert window.get(f"/lti/open/{state}").status_code == 303
    assert code_of(place.app.test_client().get(f"/lti/open/{state}")) == "lti.stale"
    assert window.get(f"/lti/go/{state}").status_code == 302
    assert code_of(place.app.test_client().get(f"/lti/open/{state}")) == "lti.stale"
    assert code_of(window.get(f"/lti/go/{state}")) == "lti.stale"


NOW = int(time.time())


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "another-tool"}, "audience"),
        ({"aud": ["tool-1", "another"], "azp": "another"}, "audience"),
        ({"aud": ["tool-1", "another"], "azp": None}, "audience"),
        ({"azp": "another"}, "audience"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"exp": NOW - 3600}, "time"),
        ({"iat": NOW + 3600}, "time"),
        ({"iat": NOW - 7200, "exp": NOW + 7200}, "time"),
        ({"exp": None}, "time"),
        ({"iat": None}, "time"),
        ({"exp": "never"}, "time"),
        ({"nbf": NOW + 3600}, "time"),
        ({"nonce": "made-up"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({f"{CLAIM}deployment_id": "2"}, "deployment"),
        ({f"{CLAIM}deployment_id": None}, "deployment"),
        ({f"{CLAIM}deployment_id": ["1"]}, "deployment"),
        ({f"{CLAIM}message_type": "LtiSubmissionReviewRequest"}, "message"),
        ({f"{CLAIM}message_type": None}, "message"),
        ({f"{CLAIM}version": "1.1.0"}, "message"),
        ({f"{CLAIM}resource_link": None}, "message"),
        ({f"{CLAIM}resource_link": "x"}, "message"),
        ({"sub": None}, "message"),
        ({"sub": "x" * 256}, "message"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value).removeprefix(CLAIM),
)
def test_a_token_with_a_wrong_word_is_not_believed(
    place: Place, capfd: pytest.CaptureFixture[str], claims: dict[str, Any], why: str
) -> None:
    place.register()
    place.peer.claims = claims
    client = place.app.test_client()
    answer = place.launch(client)
    assert (answer.status_code, code_of(answer)) == (400, "lti.not_believed")
    assert f"why={why}" in (written := "".join(capfd.readouterr()))
    for word in (nip_of(1), "Pegawai", "p1@example.go.id", place.peer.presented[-1]["id_token"]):
        assert word not in written
    assert entered(client) is None
    assert place.rows() == place.before


def test_a_token_by_the_key_of_somebody_else_is_not_believed(place: Place, capfd: pytest.CaptureFixture[str]) -> None:
    place.register()
    place.peer.signs_with = pem()
    client = place.app.test_client()
    assert code_of(place.launch(client)) == "lti.not_believed"
    place.peer.header = {"kid": "none-of-ours"}
    assert code_of(place.launch(client)) == "lti.not_believed"
    place.peer.header = {"jwk": {"kty": "RSA"}, "jku": f"{place.peer.url}/keys"}
    assert code_of(place.launch(client)) == "lti.not_believed"
    nothing_came_of_it(place, client, capfd)


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512", "ES256"])
def test_the_algorithm_is_ours_to_choose(place: Place, algorithm: str) -> None:
    place.register()
    client = place.app.test_client()
    made = place.peer.answer(query_of(place.begin(client)))
    _head, body, _sign = made["id_token"].split(".")
    head = json.dumps({"alg": algorithm, "kid": place.peer.registration.get_kid()}).encode()
    words = f"{base64.urlsafe_b64encode(head).decode().rstrip('=')}.{body}"
    public = place.peer.registration.get_platform_public_key().encode()
    mac = b"" if algorithm == "none" else hmac.new(public, words.encode(), hashlib.sha256).digest()
    forged = f"{words}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    assert code_of(place.present(client, {**made, "id_token": forged})) == "lti.not_believed"
    assert entered(client) is None
    assert place.rows() == place.before


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "e30.e30.e30", "ü.ü.ü", "a" * 200_000])
def test_nonsense_is_refused(place: Place, token: str) -> None:
    place.register()
    client = place.app.test_client()
    made = place.peer.answer(query_of(place.begin(client)))
    answer = place.present(client, {**made, "id_token": token})
    assert answer.status_code in (400, 413, 422)
    assert entered(client) is None
    assert place.rows() == place.before


def test_a_changed_key_is_looked_for_but_not_at_every_ask(place: Place) -> None:
    place.register()
    assert place.launch(place.app.test_client()).status_code == 303
    _keys_were_read_long_ago(place)
    place.peer.new_key()
    assert place.launch(place.app.test_client()).status_code == 303
    assert place.peer.keys_read == 2
    place.peer.signs_with, place.peer.header = pem(), {"kid": "made-up"}
    for _ in range(5):
        assert code_of(place.launch(place.app.test_client())) == "lti.not_believed"
    assert place.peer.keys_read == 2
    place.peer.signs_with = place.peer.header = None
    assert place.launch(place.app.test_client()).status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {f"{CLAIM}roles": [ADMIN, INSTRUCTOR, "operator", "training_office"]},
        {"roles": {"*": ["operator"]}, "role": "auditor"},
        {f"{CLAIM}custom": {"roles": "operator", "agency": str(new_id()), "person_id": str(new_id())}},
        {"sub": str(new_id()), f"{CLAIM}ext": {"nip": nip_of(2)}},
        {f"{CLAIM}roles": "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"},
    ],
    ids=["roles", "house roles", "custom", "subject", "no list"],
)
def test_nobody_becomes_more_than_a_learner_by_what_an_lms_claims(place: Place, claims: dict[str, Any]) -> None:
    place.register()
    place.peer.claims = claims
    client = place.app.test_client()
    place.launch(client)
    who = entered(client)
    assert who.id == str(place.person)
    assert who.principal.roles == {str(place.agency): frozenset({LEARNER})}


def test_without_a_named_deployment_the_first_is_the_one(place: Place) -> None:
    place.register()
    with place.town.unit("bridge") as unit:
        unit.db.execute(update(PLATFORM).values(deployments=[]))
    assert place.launch(place.app.test_client()).status_code == 303
    place.peer.claims = {f"{CLAIM}deployment_id": "2"}
    assert code_of(place.launch(place.app.test_client())) == "lti.not_believed"


def test_an_unknown_platform_or_client_is_told_nothing(place: Place) -> None:
    place.register()
    for asked in ({"iss": "https://evil.example"}, {"iss": place.peer.url, "client_id": "other"}):
        answer = place.app.test_client().get("/lti/login", query_string={**asked, "login_hint": "u1"})
        assert (answer.status_code, code_of(answer)) == (404, "lti.unknown_platform")
    for path in ("/lti/login", "/lti/login?iss=x", "/lti/launch"):
        assert place.app.test_client().post(path).status_code == 400


def test_a_platform_that_was_removed_opens_nothing(place: Place) -> None:
    place.register()
    client = place.app.test_client()
    made = place.peer.answer(query_of(place.begin(client)))
    assert place.command("lti-remove", "kota", "tool-1").exit_code == 0
    before = place.rows()
    assert code_of(place.present(client, made)) == "lti.unknown_platform"
    assert place.rows() == before
    assert place.command("lti-remove", "kota", "tool-1").exit_code == 1


def test_names_and_titles_from_elsewhere_run_no_script(place: Place) -> None:
    place.register()
    place.peer.users["u1"].name = answers.XSS
    client = place.app.test_client()
    with place.town.unit("bridge") as unit:
        unit.db.execute(update(PERSON).values(name=answers.XSS))
    place.backends.replace["content/v1/programmes"] = {
        "items": [{"programme_id": answers.PROGRAMME, "title": answers.XSS, "code": "X"}],
        "next": None,
    }
    place.launch(client, kind="deep")
    for page in (client.get("/lti/choose").text, client.get("/me").text):
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page
    evil = '"><script>alert(1)</script>'
    seen = place.app.test_client().get(
        urlsplit(place.link()).path,
        query_string={"openid_configuration": f"https://x.example/{evil}", "registration_token": evil},
    )
    assert "<script>alert" not in seen.text
    assert "<script>alert" not in place.app.test_client().get(f"/lti/go/{evil}").text


def test_a_page_of_a_frame_is_shown_by_its_lms_alone_and_every_other_page_by_nobody(place: Place) -> None:
    place.register()
    framed, alone = place.app.test_client(), place.app.test_client()
    answer = place.launch(framed, frame=True)
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("bangkom="))
    assert {"SameSite=None", "Secure", "Partitioned", "HttpOnly"} <= {part.strip() for part in cookie.split(";")}
    with framed.session_transaction() as session:
        assert session["frames"] == [place.peer.url]
    place.launch(alone)
    policy = alone.get("/me").headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy


def test_an_address_that_is_no_origin_comes_into_no_header(place: Place) -> None:
    place.register()
    place.peer.claims = {f"{CLAIM}launch_presentation": {"return_url": "https://evil.example; script-src *"}}
    client = place.app.test_client()
    place.launch(client, frame=True)
    with client.session_transaction() as session:
        assert session["frames"] == [place.peer.url]


def test_only_the_choice_of_a_launch_is_sent_and_only_by_its_own_form(place: Place) -> None:
    place.register()
    client = place.app.test_client()
    place.launch(client, kind="deep")
    assert client.post("/lti/choose", data={"target": "record"}).status_code == 400
    with client.session_transaction() as session:
        word = session["csrf"]
    for target in ("", "programme:made-up", "https://evil.example", "programme:" + str(new_id())):
        assert client.post("/lti/choose", data={"target": target, "csrf_token": word}).status_code == 422
    assert client.post("/lti/choose", data={"target": "record", "csrf_token": word}).status_code == 200
    plain = place.app.test_client()
    place.launch(plain)
    assert plain.get("/lti/choose").status_code == 400


def test_no_service_that_a_token_names_leads_inside(place: Place) -> None:
    place.register()
    inside_address = "http://169.254.169.254/latest"
    programme = new_id()
    place.peer.claims = {
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {"context_memberships_url": inside_address},
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            "lineitem": inside_address,
        },
        f"{CLAIM}custom": {"bangkom": f"programme:{programme}"},
    }
    assert place.launch(place.app.test_client()).status_code == 303
    ran = place.command("lti-roster", "kota", "MW-1")
    assert (ran.exit_code, "address" in ran.output) == (1, True)
    complete(place, programme)
    place.town.run()
    assert place.peer.grades == []


def test_a_plugin_that_cannot_be_loaded_harms_nothing_else(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.register()
    monkeypatch.setattr(plugins, "places", lambda: {"lti": "plugins.lti.nowhere:Connector"})
    client = place.app.test_client()
    began = client.get(inside(place.peer.start("u1")))
    assert client.get(began.headers["Location"]).status_code == 503
    assert place.town.client("bridge").get("/jwks.json").status_code == 200


def _keys_were_read_long_ago(place: Place) -> None:
    with place.town.unit("bridge") as unit:
        unit.db.execute(update(PLATFORM).values(jwks_at=datetime(2020, 1, 1, tzinfo=UTC)))
