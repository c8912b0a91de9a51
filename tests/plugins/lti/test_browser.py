"""The same in a real Chromium: the LMS is one site, the portal in its frame another."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_frame import faults
from tests.plugins.lti.conftest import Place
from tests.plugins.lti.peer import INSTRUCTOR, TOKEN
from tests.services.portal import answers


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context()
    made.set_default_timeout(30_000)
    yield made
    made.close()


class NoCookiesInFrames:
    """What a browser does that keeps no cookie inside another site's frame: what is set there is lost."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            framed = environ.get("HTTP_SEC_FETCH_DEST") == "iframe"
            kept = [(name, value) for name, value in headers if not (framed and name.lower() == "set-cookie")]
            return start_response(status, kept, *rest)

        return self.app(environ, start)


def opened(context: BrowserContext, place: Place, kind: str = "resource") -> Page:
    """The course page at the LMS, with the link open in its frame."""
    page = context.new_page()
    page.goto(f"{place.peer.url}/course?user=u1&kind={kind}")
    return page


def test_a_learner_opens_their_record_in_a_frame_of_the_lms_and_goes_on_there(
    place: Place, context: BrowserContext
) -> None:
    place.register()
    place.peer.custom = {"bangkom": "record"}
    frame = opened(context, place).frame_locator("iframe")
    expect(frame.locator("h1")).to_have_text("Catatan saya")
    frame.locator("a.brand").click()
    expect(frame.locator("h1")).to_have_text("Tugas saya")
    (cookie,) = [one for one in context.cookies() if one["name"] == "bangkom"]
    assert (cookie["sameSite"], cookie["secure"], cookie["httpOnly"]) == ("None", True, True)
    assert cookie.get("partitionKey")
    alone = context.new_page()
    alone.goto(f"{place.portal}/me")
    assert alone.url.startswith(f"{place.portal}/sign-in")


def test_nobody_else_shows_the_session_in_a_frame(place: Place, context: BrowserContext) -> None:
    place.register()
    page = context.new_page()
    page.goto(f"{place.peer.url}/start?user=u1")
    expect(page.locator("main")).to_be_visible()
    assert page.url == f"{place.portal}/"
    (cookie,) = [one for one in context.cookies() if one["name"] == "bangkom"]
    assert cookie["sameSite"] == "Lax"
    # A page of the same site as the portal, so that its cookie goes along and only the policy is in the way.
    other = context.new_page()
    other.goto(place.peer.url.replace("127.0.0.1", "localhost") + "/keys")
    with other.expect_console_message(lambda said: "frame-ancestors" in said.text):
        other.set_content(f'<iframe src="{place.portal}/me"></iframe>')
    expect(other.frame_locator("iframe").get_by_text("Catatan saya")).to_have_count(0)


def test_where_no_cookie_is_kept_in_a_frame_the_launch_goes_on_in_a_window(
    place: Place, context: BrowserContext
) -> None:
    place.register()
    place.peer.custom = {"bangkom": "record"}
    place.app.wsgi_app = NoCookiesInFrames(place.app.wsgi_app)  # type: ignore[method-assign]
    page = opened(context, place)
    link = page.frame_locator("iframe").get_by_role("link", name="Buka Bangkom")
    with context.expect_page() as window:
        link.click()
    expect(window.value.locator("h1")).to_have_text("Catatan saya")
    assert window.value.url == f"{place.portal}/me"


def test_somebody_who_teaches_chooses_a_programme_in_the_frame(place: Place, context: BrowserContext) -> None:
    place.register()
    place.peer.users["u1"].roles = [INSTRUCTOR]
    frame = opened(context, place, "deep").frame_locator("iframe")
    frame.get_by_label("Manajemen Waktu").first.check()
    frame.get_by_role("button", name="Tautkan").click()
    expect(frame.locator("h1")).to_have_text("Tautan disimpan")
    (item,) = place.peer.items
    assert item["custom"] == {"bangkom": f"programme:{answers.PROGRAMME}"}


def test_an_administrator_registers_with_one_link_and_one_press(place: Place, context: BrowserContext) -> None:
    page = context.new_page()
    link = place.link("--agency", str(place.agency))
    page.goto(f"{link}?openid_configuration={place.peer.url}/configuration&registration_token={TOKEN}")
    page.evaluate("() => window.addEventListener('message', event => { window.name = event.data.subject })")
    page.get_by_role("button", name="Daftarkan").click()
    expect(page.locator("h1")).to_have_text("LMS terdaftar")
    assert place.peer.registered["client_name"] == "Bangkom"


def test_who_is_unknown_reads_why_in_the_frame(place: Place, context: BrowserContext) -> None:
    place.register()
    place.peer.users["u1"].nip = "199912312020121999"
    frame = opened(context, place).frame_locator("iframe")
    expect(frame.locator("h1")).to_have_text("Belum dapat dibuka")
    expect(frame.get_by_text("The LMS gives no NIP")).to_be_visible()


def test_axe_finds_nothing_on_the_pages_of_a_launch(place: Place, context: BrowserContext) -> None:
    place.register()
    page = context.new_page()
    wrong = {}

    def look(name: str) -> None:
        expect(page.locator("h1")).to_be_visible()
        if found := faults(page):
            wrong[name] = found

    page.goto(f"{place.peer.url}/start?user=u1&kind=deep")
    look("choose")
    page.goto(place.link() + "?openid_configuration=https://lms.example/")
    look("register")
    page.goto(f"{place.portal}/lti/go/no-cookie-was-kept")
    look("window")
    place.peer.users["u1"].nip = ""
    page.goto(f"{place.peer.url}/start?user=u1")
    look("refused")
    assert wrong == {}
