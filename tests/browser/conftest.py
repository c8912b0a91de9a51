"""A real Chromium in front of a portal.

By default the portal stands before the fake services of tests/services/portal. With BANGKOM_BROWSER_URL the same tests
run against a live whole at that address, after a demo: then people are chosen by role from its sign-in page, and things
(a batch, a finding) are found by following its links.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from services.portal import build
from services.portal.app import create_portal
from services.portal.settings import SERVICES, Settings
from tests.services.portal.fake import FakeIssuer, Town, served

LIVE = "BANGKOM_BROWSER_URL"


@dataclass(frozen=True)
class Site:
    """Where the portal is; `fake` is the town behind it, None for a live whole."""

    url: str
    fake: Town | None


@pytest.fixture(scope="session")
def base_url() -> str | None:
    """The address of a live whole; None lets the tests bring their own. Override it to run them elsewhere."""
    return os.environ.get(LIVE, "").rstrip("/") or None


@pytest.fixture(scope="session")
def site(base_url: str | None) -> Iterator[Site]:
    if base_url:
        yield Site(base_url, None)
        return
    build.build()
    town = Town()
    with served(town.app) as services:
        settings = Settings(
            env="development",
            secret="secret-of-the-tests",
            urls={service: f"{services}/{service}" for service in SERVICES},
            secure_cookies=False,
            time_out=20,
        )
        with served(create_portal(settings, issuer=FakeIssuer())) as url:
            yield Site(url, town)


ROLE_WORDS = {
    "supervisor": "atasan langsung",
    "officer": "pengelola kepegawaian",
    "office": "BKPSDM",
    "evaluator": "evaluator",
    "budget": "pengelola anggaran",
    "learner": r"^\s*peserta\s*(·|$)",
}

Open = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, site: Site) -> Iterator[Open]:
    """`opened("office", width=320, dark=True, scripts=False)`: a page of someone who has that role, signed in."""
    contexts: list[BrowserContext] = []

    def open_as(
        who: str | None, *, width: int = 1280, dark: bool = False, scripts: bool = True, english: bool = False
    ) -> Page:
        context = chromium.new_context(
            base_url=site.url,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        if who is not None:
            page.goto("/sign-in")
            roles = page.locator(".small-text", has_text=re.compile(ROLE_WORDS[who]))
            page.locator("li").filter(has=roles).first.get_by_role("button").click()
            page.wait_for_selector("main h1")
        if english:
            context.add_cookies([{"name": "lang", "value": "en", "url": site.url}])
        return page

    yield open_as
    for context in contexts:
        context.close()


@pytest.fixture
def town(site: Site) -> Town:
    if site.fake is None:
        pytest.skip("this test changes what the services answer, so it needs the fake ones")
    return site.fake
