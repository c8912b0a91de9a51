"""Every page, in a real browser: accessible, narrow, dark, without a script, by keyboard, in both languages."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Open
from tests.browser.paths import reached

ROLES = ["learner", "office", "evaluator", "budget"]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def faults(page: Page) -> list[str]:
    """What axe-core finds on the page as it stands, each with the first place it is found at."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


@pytest.mark.parametrize("who", ROLES)
def test_axe_finds_nothing_light_or_dark(opened: Open, who: str) -> None:
    light, dark = opened(who), opened(who, dark=True, english=True)
    wrong = {}
    for path in reached(light, who):
        for name, page in (("light", light), ("dark", dark)):
            page.goto(path)
            if found := faults(page):
                wrong[f"{path} {name}"] = found
    assert wrong == {}


@pytest.mark.parametrize("who", ROLES)
def test_320_pixels_are_enough(opened: Open, who: str) -> None:
    page = opened(who, width=320)
    wide = {}
    for path in reached(page, who):
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[path] = width
    assert wide == {}


@pytest.mark.parametrize("who", ROLES)
def test_no_page_breaks_its_own_policy(opened: Open, who: str) -> None:
    page = opened(who)
    said: list[str] = []
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    for path in reached(page, who):
        page.goto(path)
    assert said == []


def test_text_twice_as_large_still_fits(opened: Open) -> None:
    page = opened("office", width=640)
    page.goto("/batches")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_the_keyboard_skips_to_the_content_and_reaches_the_menu(opened: Open) -> None:
    page = opened("office")
    page.goto("/batches")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    menu = page.locator("details.me")
    page.locator("details.me > summary").focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_language_is_switched_and_stays(opened: Open) -> None:
    page = opened("learner")
    page.goto("/me")
    page.locator("details.me > summary").click()
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("html[lang=en]")
    assert page.url.endswith("/me")
    page.goto("/batches")
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", level=1).inner_text() == "Batches"


def test_dark_is_chosen_by_the_device_or_by_hand(opened: Open) -> None:
    def background(page: Page) -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light, dark = opened("learner"), opened("learner", dark=True)
    night = background(dark)
    assert night != background(light)
    light.locator("details.me > summary").click()
    light.get_by_role("button", name="Gelap").click()
    light.wait_for_selector("html[data-theme=dark]")
    assert background(light) == night


def test_without_a_script_filters_and_menu_work(opened: Open) -> None:
    page = opened("office", scripts=False, width=390)
    page.goto("/batches")
    page.locator("details.me > summary").click()
    assert page.get_by_role("button", name="Keluar").is_visible()
    page.locator("details.me > summary").click()
    page.get_by_label("Keadaan").select_option("closed")
    page.get_by_role("button", name="Tampilkan").click()
    assert "state=closed" in page.url


def test_a_filter_changes_the_list_and_the_address_without_a_reload(opened: Open) -> None:
    page = opened("office")
    page.goto("/batches")
    page.evaluate("window.stayed = true")
    page.get_by_label("Keadaan").select_option("closed")
    page.wait_for_url("**/batches?*state=closed*")
    assert page.evaluate("window.stayed") is True


def test_signing_out_ends_it(opened: Open) -> None:
    page = opened("learner")
    page.locator("details.me > summary").click()
    page.get_by_role("button", name="Keluar").click()
    page.wait_for_url("**/sign-in*")
    page.goto("/me")
    assert "/sign-in" in page.url


def test_without_a_network_there_is_a_page_that_says_so(opened: Open) -> None:
    page = opened("learner")
    page.goto("/me")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.context.set_offline(True)
    page.goto("/batches")
    assert page.get_by_role("heading", level=1).inner_text() == "Tidak ada jaringan"
