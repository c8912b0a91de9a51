"""How often one visitor of the portal may ask."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.portal.app import create_portal
from services.portal.settings import SERVICES, Settings, from_environment
from shared.config import BadSettings
from tests.services.portal import answers
from tests.services.portal.fake import FakeIssuer, Town, token

NAME = "BANGKOM_REQUESTS_A_MINUTE"
AT_ONCE = 10
"""A third of what a minute allows, and nearly nothing comes back while a test runs."""


@pytest.fixture
def bounded(backends: Town) -> Flask:
    settings = Settings(
        env="development",
        secret="secret-of-the-tests",
        urls={service: f"http://fake/{service}" for service in SERVICES},
        secure_cookies=False,
        requests_a_minute=3 * AT_ONCE,
    )
    return create_portal(settings, transport=backends.transport, issuer=FakeIssuer())


def person(portal: Flask, who: str) -> FlaskClient:
    client = portal.test_client()
    with client.session_transaction() as session:
        session.update(token=token(who), name="", csrf="word")
    return client


def used_up(client: FlaskClient, path: str) -> TestResponse:
    """The answer after all that was allowed: a refill of half a request each second may allow a few more."""
    for _ in range(AT_ONCE):
        assert client.get(path).status_code != 429
    for _ in range(50):
        answer = client.get(path)
        if answer.status_code == 429:
            return answer
    raise AssertionError("the portal has no limit")


@pytest.mark.parametrize(
    ("language", "title", "what"),
    [
        ("id", "Terlalu banyak permintaan", "Tunggu beberapa detik"),
        ("en", "Too many requests", "Wait a few seconds"),
    ],
)
def test_who_asks_too_often_is_told_to_wait_in_their_language(
    bounded: Flask, language: str, title: str, what: str
) -> None:
    for client in (bounded.test_client(), person(bounded, "learner")):
        client.set_cookie("lang", language)
        answer = used_up(client, "/preferences-that-are-none")
        assert title in answer.text
        assert what in answer.text
        assert f'<html lang="{language}"' in answer.text
        assert answer.headers["Retry-After"] == "5"
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_page_that_is_refused_asks_no_service(bounded: Flask, backends: Town) -> None:
    client = person(bounded, "learner")
    used_up(client, "/preferences-that-are-none")
    before = len(backends.asked)
    assert client.get("/me").status_code == 429
    assert len(backends.asked) == before


def test_one_visitor_does_not_use_up_what_another_may(bounded: Flask) -> None:
    used_up(person(bounded, "learner"), "/preferences-that-are-none")
    assert person(bounded, "office").get("/me").status_code == 200, "the same address, another person"
    assert bounded.test_client().get("/sign-in").status_code == 200, "the same address, nobody signed in"


def test_an_invented_token_in_a_header_makes_nobody_new(bounded: Flask) -> None:
    client = bounded.test_client()
    used_up(client, "/sign-in")
    codes = [client.get("/sign-in", headers={"Authorization": f"Bearer {at}"}).status_code for at in range(5)]
    assert codes.count(429) >= 4


def test_a_survey_counts_the_address_and_never_the_person(bounded: Flask) -> None:
    used_up(bounded.test_client(), "/sign-in")
    assert person(bounded, "learner").get(f"/s/{answers.FIRST}").status_code == 429


@pytest.mark.parametrize("path", ["/live", "/ready", "/metrics", "/static/none.css"])
def test_who_watches_and_what_is_the_same_for_everybody_is_not_counted(bounded: Flask, path: str) -> None:
    client = bounded.test_client()
    codes = {client.get(path).status_code for _ in range(3 * AT_ONCE)}
    assert 429 not in codes
    used_up(client, "/sign-in")
    assert client.get(path).status_code != 429


@pytest.mark.parametrize(("text", "read"), [("", 1200), ("0", 0), ("90", 90)])
def test_the_limit_comes_from_the_environment(text: str, read: int) -> None:
    complete = {"BANGKOM_ENV": "development"} | {f"BANGKOM_{service.upper()}_URL": "http://x" for service in SERVICES}
    assert from_environment({**complete, NAME: text}).requests_a_minute == read
    with pytest.raises(BadSettings) as error:
        from_environment({**complete, NAME: "often"})
    assert error.value.names == (NAME,)
