"""A person's NIP, name and address are written into every route; none of them shows in logs, figures or spans."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote

import pytest
import structlog
from flask import Flask

from services.portal.app import create_portal
from services.portal.settings import SERVICES, Settings
from shared import traces
from shared.auth import LEARNER, ROLES
from shared.consumer import said
from shared.ids import new_id
from tests.journeys.personal import EMAIL, FOUND, NAME, NIP, WORDS, Watched, reaching
from tests.services.portal import fake
from tests.town import WITH_DATA, Town, who

HOW = ("fits", "odd", "loud")
"""How a value is made: as its shape allows; with what no shape foresees beside it; with the word wherever it does not
fit."""
FITTING = ("record", "seat", "2026-11", "1", "AB-12", "https://lms.example")
"""What some patterns ask for that no word of this test has."""
NOBODYS = {"live", "ready", "metrics", "docs", "docs_file", "api-docs.openapi_json", "static"}
"""The same for everybody; nothing can be typed into them."""
UNREACHED = dict.fromkeys(
    ("bridge calls.hello", "bridge calls.take_facts", "bridge sign-in.make_token"),
    "only for what an LMS signed; tests/services/bridge/test_signed.py",
)
"""Views that no word of this test gets into, and what stops it before."""
LINKS = {"surveys/v1/answers"}
"""Where the portal hands on a word out of a link that it was opened with. What we put into links names nobody."""
SEARCHES = {("enrolment/v1/people", "search"), ("enrolment/v1/batches", "q"), ("budget/v1/lines", "search")}
"""Where the portal asks with what somebody typed into its search: the one way in which a name or NIP gets into an
address. docs/privacy.md says what follows from it for logs."""


def test_what_is_typed_into_any_route_of_a_service_stays_there(town: Town, watched: Watched) -> None:
    asked = 0
    everybody, learner = who(*ROLES), who(LEARNER)
    views, seen = set[str](), set[str]()
    for name in WITH_DATA:
        functions = {
            f"{name} {each}": view for each, view in town.client(name).flask.application.view_functions.items()
        }
        views |= {each for each in functions if each.partition(" ")[2] not in NOBODYS}
        for by in (everybody, learner, None):
            client = town.client(name, by)
            document = client.flask.get("/openapi.json").get_json()
            for at, (path, method, about) in enumerate(_routes(document)):
                for turn, how in enumerate(HOW):
                    word = WORDS[(at + turn) % len(WORDS)]
                    with reaching(functions, seen):
                        client.flask.open(
                            _path(path, about, document, word, how),
                            method=method,
                            query_string=_query(about, document, word, how),
                            json=_body(about, document, word, how),
                            headers={**client._headers(), **_headers(word)},
                        )
                    asked += 1
    town.run()
    assert asked > 300
    assert len(watched.said.getvalue().splitlines()) > 100
    assert watched.look() == []
    assert views - seen == set(UNREACHED)
    assert any(span.name.startswith("POST /v1/") for span in watched.collector.spans)


def test_what_is_typed_into_any_page_of_the_portal_stays_there(watched: Watched) -> None:
    settings = Settings(
        env="development",
        secret="secret-of-the-tests",
        urls={service: f"http://fake/{service}" for service in SERVICES},
        secure_cookies=False,
    )
    called: list[tuple[str, dict[str, Any]]] = []
    carry = fake.Town().transport

    def noted(method: str, url: str, **parts: Any) -> Any:
        called.append((url.removeprefix("http://fake/"), dict(parts["query"])))
        return carry(method, url, **parts)

    portal = create_portal(settings, transport=noted, issuer=fake.FakeIssuer())
    functions = {f"portal {name}": view for name, view in portal.view_functions.items()}
    asked, seen = 0, set[str]()
    for role in (*fake.PEOPLE, None):
        client = portal.test_client()
        for at, (path, method) in enumerate(_pages(portal, WORDS)):
            word = WORDS[at % len(WORDS)]
            form = {"csrf_token": "word", "key": new_id().hex, "name": word, "reason": word, "nip": word, "q": word}
            if role is not None:
                # Again for each page, because one of them signs out.
                with client.session_transaction() as session:
                    session.update(token=fake.token(role), name=NAME, csrf="word")
            query = {"q": word, "next": word, "search": word}
            with reaching(functions, seen):
                client.open(path, method=method, query_string=query, data=form, headers=_headers(word))
            asked += 1
    assert asked > 200
    assert watched.look() == []
    views = {each for each in functions if each.partition(" ")[2] not in NOBODYS}
    assert views - seen == set()
    held = {unquote(path) for path, _ in called if FOUND.search(unquote(path))}
    assert {FOUND.split(path)[0].rpartition("/")[0] for path in held} == LINKS
    asked_for = {(path, name) for path, query in called for name, value in query.items() if FOUND.search(str(value))}
    assert asked_for == SEARCHES
    assert any(span.service == "portal" for span in watched.collector.spans)


def test_why_a_letter_is_dead_holds_no_word_of_the_error() -> None:
    with pytest.raises(ValueError, match=NIP) as caught:
        raise ValueError(f"{NAME} {NIP} {EMAIL}")
    assert not FOUND.search(said(caught.value))


@pytest.mark.parametrize("word", WORDS)
def test_a_leak_would_be_found(watched: Watched, word: str) -> None:
    """Whether the tests above can fail: in a line, in a span."""
    structlog.get_logger("a.leak").info("web.request", route=f"/v1/people/{quote(word, safe=' @')}")
    with traces.span(traces.SERVER, f"GET /v1/people/{word}"):
        pass
    assert len(watched.look()) == 2


def _headers(word: str) -> dict[str, str]:
    return {
        "X-Request-ID": word,
        "Idempotency-Key": word.replace(" ", "-") + new_id().hex,
        "User-Agent": word,
        "Referer": f"https://elsewhere.example/{quote(word)}",
        "traceparent": word,
    }


def _routes(document: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            if method in ("get", "post", "put", "delete", "patch"):
                yield (
                    path,
                    method.upper(),
                    {**about, "parameters": [*methods.get("parameters", []), *about.get("parameters", [])]},
                )
    yield "/internal/audit", "GET", {"parameters": []}


def _pages(app: Flask, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every page once with a word in each place of its path, once with an id there."""
    for at, rule in enumerate(app.url_map.iter_rules()):
        if rule.endpoint != "static":
            for value in (words[at % len(words)], str(new_id())):
                path = re.sub(r"<any\((\w+)[^<>]*>", r"\1", rule.rule)
                path = re.sub(r"<[^<>]+>", quote(value), path)
                yield from ((path, method) for method in sorted(rule.methods or set()) if method in ("GET", "POST"))


def _path(path: str, about: Any, document: Any, word: str, how: str) -> str:
    shapes = {each["name"]: each.get("schema", {}) for each in _parameters(about, document, "path")}

    def filled(found: re.Match[str]) -> str:
        return quote(str(_value(shapes.get(found.group(1), {"type": "string"}), document, word, how)))

    return re.sub(r"\{([^{}]+)\}", filled, path)


def _query(about: Any, document: Any, word: str, how: str) -> dict[str, Any]:
    return {
        each["name"]: _value(each.get("schema", {}), document, word, how)
        for each in _parameters(about, document, "query")
    }


def _parameters(about: Any, document: Any, place: str) -> list[Any]:
    every = [_shape(each, document) for each in about["parameters"]]
    return [each for each in every if each.get("in") == place]


def _body(about: Any, document: Any, word: str, how: str) -> Any:
    content = about.get("requestBody", {}).get("content", {})
    if not content:
        return {"nip": word} if how == "loud" else None
    return _value(next(iter(content.values())).get("schema", {}), document, word, how)


def _shape(shape: Any, document: Any) -> Any:
    while "$ref" in shape:
        found = document
        for part in shape["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        shape = found
    return shape


def _value(shape: Any, document: Any, word: str, how: str, depth: int = 0) -> Any:
    """A value of this shape with the word wherever it fits; see HOW."""
    shape = _shape(shape, document)
    for several in ("allOf", "anyOf", "oneOf"):
        if several in shape:
            return _value(shape[several][0], document, word, how, depth)
    kind = shape.get("type", "string")
    if isinstance(kind, list):
        kind = next(each for each in kind if each != "null")
    if kind == "object" and depth < 6:
        made = {
            name: _value(each, document, word, how, depth + 1) for name, each in shape.get("properties", {}).items()
        }
        if how == "fits" and {"seat_id", "person_id"} <= set(made):
            del made["person_id"]  # A row of attendance names one of the two.
        return {**made, word: word} if how == "loud" or (how == "odd" and not made) else made
    if kind == "array":
        return [_value(shape.get("items", {}), document, word, how, depth + 1)]
    if how == "loud":
        return word
    if "pattern" in shape and how == "fits":
        return next((each for each in FITTING if re.match(shape["pattern"].replace(r"\Z", "$"), each)), word)
    if "enum" in shape:
        return shape["enum"][0]
    least = max(1, int(shape.get("minimum", 1)))
    plain = {"integer": least, "number": least, "boolean": True}
    formats = {"uuid": str(new_id()), "date": "2026-11-24", "date-time": "2026-11-24T08:00:00+07:00"}
    return plain[kind] if kind in plain else formats.get(shape.get("format", ""), word)
