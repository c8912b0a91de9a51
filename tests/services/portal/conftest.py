"""A portal in front of the fake services, and clients that are signed in."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from services.portal.app import create_portal
from services.portal.settings import SERVICES, Settings
from tests.services.portal.fake import FakeIssuer, Town, token

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def backends() -> Town:
    return Town()


@pytest.fixture(scope="session")
def one_portal() -> Flask:
    """Made once: its templates are compiled only once then. Each test puts its own town behind it."""
    settings = Settings(
        env="development",
        secret="secret-of-the-tests",
        urls={service: f"http://fake/{service}" for service in SERVICES},
        secure_cookies=False,
    )
    return create_portal(settings, transport=Town().transport, issuer=FakeIssuer())


@pytest.fixture
def portal(one_portal: Flask, backends: Town, monkeypatch: pytest.MonkeyPatch) -> Flask:
    before = one_portal.extensions["portal_backend"]
    monkeypatch.setitem(one_portal.extensions, "portal_backend", replace(before, transport=backends.transport))
    return one_portal


@pytest.fixture
def sign_in(portal: Flask) -> SignIn:
    def as_person(who: str) -> FlaskClient:
        client = portal.test_client()
        with client.session_transaction() as session:
            session.update(token=token(who), name="", csrf="word")
        return client

    return as_person


def key_of(page: str) -> str:
    """The idempotency key that stands in a page's form."""
    found = re.findall(r'name="key" value="([0-9a-f]{32})"', page)
    assert found, "the page has no form with a key"
    return str(found[-1])
