"""The pages that every check of the frame visits, found by following links, so that they exist in a live whole too."""

from collections.abc import Iterator

from playwright.sync_api import Page

PLACES = {
    "learner": ["/", "/me", "/batches", "/programmes"],
    "office": ["/", "/batches/new", "/people", "/search?q=ma", "/approvals", "/effects"],
    "evaluator": ["/findings"],
    "budget": ["/lines"],
}
FOLLOW = {
    "office": [
        ("/batches", "tbody a[href^='/batches/']"),
        ("/programmes", "tbody a[href^='/programmes/']"),
        ("/people", "tbody a[href^='/people/']"),
    ],
    "evaluator": [("/findings", "tbody a[href^='/findings/']")],
    "budget": [("/lines", "tbody a[href^='/lines/']")],
}
THEN = {"office": ["a[href$='/nominations']", "a[href$='/attendance']", "a[href$='/closing']", "a[href*='/seats']"]}


def paths(page: Page, who: str) -> Iterator[str]:
    """Addresses for one role: fixed ones, the first things of its lists, and what hangs on an open batch."""
    yield from PLACES.get(who, [])
    for index, selector in FOLLOW.get(who, []):
        page.goto(index)
        links = page.locator(selector)
        found = [links.nth(n).get_attribute("href") or index for n in range(min(3, links.count()))]
        yield from found
        for path in found:
            page.goto(path)
            for step in THEN.get(who, []):
                if page.locator(step).count():
                    yield page.locator(step).first.get_attribute("href") or path


def reached(page: Page, who: str) -> list[str]:
    """The addresses, each once."""
    return list(dict.fromkeys(paths(page, who)))
