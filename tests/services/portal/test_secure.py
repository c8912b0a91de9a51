"""The portal as production has it: cookies, headers, limits of bodies."""

from typing import Any

import pytest
from flask import Flask

from services.portal.app import create_portal
from services.portal.settings import SERVICES, Oidc, Settings
from tests.services.portal.fake import Town
from tests.shared.web.test_secure import BAD, chunked

HERE = "https://bangkom.example.id"


@pytest.fixture(scope="module")
def portal() -> Flask:
    settings = Settings(
        env="production",
        secret="a long secret of this test",
        urls={service: f"http://fake/{service}" for service in SERVICES},
        oidc=Oidc(issuer="https://sso.example.id", client_id="one", client_secret="two"),
    )
    return create_portal(settings, transport=Town().transport)


def test_cookies_are_for_https_and_for_this_site_and_for_no_script(portal: Flask) -> None:
    client = portal.test_client()
    with client.session_transaction(base_url=HERE) as session:
        session["csrf"] = "word"
    kept = client.get_cookie("bangkom", domain="bangkom.example.id")
    assert kept is not None
    assert (kept.secure, kept.http_only, kept.same_site) == (True, True, "Lax")


def test_by_https_a_browser_is_told_to_stay_there(portal: Flask) -> None:
    found = portal.test_client().get("/sign-in", base_url=HERE).headers
    assert found["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in portal.test_client().get("/sign-in").headers


def test_a_page_runs_only_files_of_the_portal(portal: Flask) -> None:
    policy = portal.test_client().get("/sign-in", base_url=HERE).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_a_form_has_a_greatest_size(portal: Flask) -> None:
    form: dict[str, Any] = {
        "data": b"a=" + b"b" * (2 * 1024 * 1024),
        "content_type": "application/x-www-form-urlencoded",
    }
    sent = portal.test_client().post("/language", base_url=HERE, **form)
    assert sent.status_code == 413


@pytest.mark.parametrize("sent", BAD)
def test_chunks_that_are_none_are_the_callers_mistake(portal: Flask, sent: bytes) -> None:
    assert chunked(portal.test_client(), "/lti/launch", sent, {}) == 400
