"""Signing in and out, and what a stranger can't do."""

import time

import pytest
from flask import Flask

from services.portal.app import create_portal
from services.portal.identity import person_of
from services.portal.settings import SERVICES, Oidc, Settings, from_environment
from shared.config import BadSettings
from tests.services.portal import answers
from tests.services.portal.conftest import SignIn
from tests.services.portal.fake import FakeIssuer, Town, token

URLS = {service: f"http://fake/{service}" for service in SERVICES}


def test_without_a_sign_in_a_page_leads_to_it_and_back(portal: Flask) -> None:
    client = portal.test_client()
    answer = client.get("/lines?year=2026")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/sign-in?next=/lines?year%3D2026"
    with client.session_transaction() as session:
        session["csrf"] = "word"
    entered = client.post("/sign-in", data={"persona": "budget", "next": "/lines?year=2026", "csrf_token": "word"})
    assert entered.headers["Location"] == "/lines?year=2026"
    assert client.get("/lines").status_code == 200


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""])
def test_signing_in_sends_nobody_elsewhere(portal: Flask, evil: str) -> None:
    client = portal.test_client()
    with client.session_transaction() as session:
        session["csrf"] = "word"
    entered = client.post("/sign-in", data={"persona": "budget", "next": evil, "csrf_token": "word"})
    assert entered.headers["Location"] == "/"


def test_the_cookie_is_shut_away(portal: Flask) -> None:
    client = portal.test_client()
    client.get("/sign-in")
    with client.session_transaction() as session:
        session["csrf"] = "word"
    cookie = client.post("/sign-in", data={"persona": "budget", "csrf_token": "word"}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_outside_development_there_are_no_personas_and_the_cookie_is_secure(backends: Town) -> None:
    settings = Settings(env="production", secret="x", urls=URLS)
    portal = create_portal(settings, transport=backends.transport, issuer=FakeIssuer())
    client = portal.test_client()
    assert "tokoh" not in client.get("/sign-in").text
    with client.session_transaction() as session:
        session["csrf"] = "word"
    assert client.post("/sign-in", data={"persona": "budget", "csrf_token": "word"}).status_code == 404
    assert portal.config["SESSION_COOKIE_SECURE"] is True


def test_signing_out_forgets_the_token(sign_in: SignIn) -> None:
    client = sign_in("learner")
    assert client.get("/me").status_code == 200
    assert client.post("/sign-out").status_code == 400
    assert client.post("/sign-out", data={"csrf_token": "word"}).status_code == 303
    assert client.get("/me").status_code == 302


def test_the_persons_own_token_goes_along(sign_in: SignIn, backends: Town) -> None:
    sign_in("learner").get("/me")
    assert {headers["Authorization"] for *_, headers in backends.asked} == {f"Bearer {token('learner')}"}


def test_a_token_the_services_no_longer_believe_ends_the_session(sign_in: SignIn, backends: Town) -> None:
    backends.refuse = {("GET", "/record"): {"status": 401, "code": "auth.unauthenticated", "detail": "Masuk dahulu."}}
    client = sign_in("learner")
    assert client.get("/me").headers["Location"].startswith("/sign-in")
    with client.session_transaction() as session:
        assert "token" not in session


@pytest.mark.parametrize("broken", ["", "x", "a.b.c", "a..c", "e30.W10.x", "e30.eyJzdWIiOjF9.x"])
def test_a_token_that_cannot_be_read_is_nobody(broken: str) -> None:
    assert person_of(broken, "") is None


def test_a_token_that_ran_out_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    read = person_of(token("learner"), "")
    assert read is not None
    assert read.name == "Peserta Contoh"
    monkeypatch.setattr(time, "time", lambda: 5_000_000_000.0)
    assert person_of(token("learner"), "") is None


@pytest.mark.parametrize("path", ["/approvals", f"/batches/{answers.SECOND}/closing", "/batches/new"])
def test_a_form_of_another_site_does_nothing(sign_in: SignIn, backends: Town, path: str) -> None:
    for brought in ({}, {"csrf_token": "wrong"}, {"csrf_token": ""}):
        assert sign_in("office").post(path, data=brought).status_code == 400
    assert backends.commands() == []


def test_every_missing_setting_is_named() -> None:
    with pytest.raises(BadSettings) as error:
        from_environment({"BANGKOM_ENV": "production", "BANGKOM_BUDGET_URL": "http://x"})
    assert {"BANGKOM_ENROLMENT_URL", "BANGKOM_PORTAL_SECRET"} <= set(error.value.names)
    assert "BANGKOM_BUDGET_URL" not in error.value.names


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("BANGKOM_PORTAL_TIME_OUT", "soon"),
        ("BANGKOM_PORTAL_TIME_OUT", "0"),
        ("BANGKOM_PORTAL_TIME_OUT", "nan"),
        ("BANGKOM_TIME_ZONE", "Asia/Nowhere"),
        ("BANGKOM_TIME_ZONE", "../secret"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(name: str, text: str) -> None:
    complete = {"BANGKOM_ENV": "development"} | {f"BANGKOM_{service.upper()}_URL": "http://x" for service in SERVICES}
    assert from_environment(complete).zone.key == "Asia/Jakarta"
    assert from_environment(complete | {"BANGKOM_TIME_ZONE": "Asia/Makassar"}).zone.key == "Asia/Makassar"
    with pytest.raises(BadSettings) as error:
        from_environment(complete | {name: text})
    assert error.value.names == (name,)


def test_language_and_theme_are_kept_on_the_device(portal: Flask) -> None:
    client = portal.test_client()
    assert client.post("/language", data={"language": "en", "next": "/sign-in"}).status_code == 303
    assert "Sign in to Bangkom" in client.get("/sign-in").text
    client.post("/theme", data={"theme": "dark", "next": "//evil.example"})
    assert 'data-theme="dark"' in client.get("/sign-in").text
    client.post("/language", data={"language": "xx"})
    assert "Masuk ke Bangkom" in client.get("/sign-in").text


@pytest.mark.parametrize(
    ("language", "whom", "what"),
    [("id", "Hubungi pengelola sistem", "alamat kembali"), ("en", "Ask your agency", "redirect address")],
)
def test_without_an_identity_provider_the_page_says_what_the_operator_must_do(
    backends: Town, language: str, whom: str, what: str
) -> None:
    environ = {"BANGKOM_PORTAL_SECRET": "a long secret of this test", "BANGKOM_OIDC_ISSUER": ""}
    environ |= {f"BANGKOM_{service.upper()}_URL": url for service, url in URLS.items()}
    client = create_portal(from_environment(environ), transport=backends.transport).test_client()
    client.set_cookie("lang", language, domain="bangkom.example.id")
    led = client.get("/", base_url="https://bangkom.example.id")
    page = client.get(led.headers["Location"], base_url="https://bangkom.example.id")
    assert page.status_code == 503
    assert whom in page.text
    assert f"{what}: <code>https://bangkom.example.id/sign-in/back</code>" in page.text
    for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "JWKS", "TOKEN_ISSUER"):
        assert f"<code>BANGKOM_{name}</code>" in page.text
    assert "docs/settings.md" in page.text
    assert "/sign-in/oidc" not in page.text


def test_with_an_identity_provider_the_page_leads_to_it(backends: Town) -> None:
    oidc = Oidc(issuer="https://sso.example.id", client_id="one", client_secret="two")
    settings = Settings(env="production", secret="x", urls=URLS, oidc=oidc)
    page = create_portal(settings, transport=backends.transport).test_client().get("/sign-in")
    assert page.status_code == 200
    assert "/sign-in/oidc" in page.text
    assert "BANGKOM_OIDC_ISSUER" not in page.text
