"""A person's NIP, name and address are written into every route; none of them shows in logs, figures or spans."""

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from flask import Flask
from prometheus_client import REGISTRY, generate_latest

from services.portal.app import create_portal
from services.portal.settings import SERVICES, Settings
from shared import traces
from shared.auth import LEARNER, ROLES
from shared.consumer import said
from shared.ids import new_id
from shared.observe import logs
from tests.collector import ENDPOINT, Collector, collecting
from tests.services.portal import fake
from tests.town import WITH_DATA, Town, who

NIP = "198503302003121002"
NAME = "Peserta Rahasiawati"
EMAIL = "peserta.rahasiawati@contoh.example"
WORDS = (NIP, NAME, EMAIL, NAME.upper(), "19850330 200312 1 002", EMAIL.title(), f"{NAME} {NIP}")
FOUND = re.compile("rahasiawati|" + r"[^0-9a-z]{0,3}".join(NIP), re.IGNORECASE)


@dataclass
class Watched:
    """What anybody could read afterwards."""

    said: io.StringIO
    collector: Collector

    def look(self) -> list[str]:
        traces.stop()
        told = self.said.getvalue().splitlines()
        told += generate_latest(REGISTRY).decode().splitlines()
        told += [body.decode("latin-1") for body in self.collector.bodies]
        return [line for line in told if FOUND.search(line)]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    root = logging.getLogger()
    before, level, heard = list(root.handlers), root.level, io.StringIO()
    root.handlers.clear()
    logs("debug", heard)
    root.setLevel(logging.DEBUG)
    with collecting() as collector:
        monkeypatch.setenv(ENDPOINT, collector.url)
        traces.start("town")
        yield Watched(heard, collector)
        traces.stop()
    root.handlers[:] = before
    root.setLevel(level)


def test_what_is_typed_into_any_route_of_a_service_stays_there(town: Town, watched: Watched) -> None:
    asked = 0
    everybody, learner = who(*ROLES), who(LEARNER)
    for name in WITH_DATA:
        for by in (everybody, learner, None):
            client = town.client(name, by)
            document = client.flask.get("/openapi.json").get_json()
            for at, (path, method, about) in enumerate(_routes(document)):
                for loud in (False, True):
                    word = WORDS[(at + loud) % len(WORDS)]
                    client.flask.open(
                        _path(path, about, document, word, loud),
                        method=method,
                        query_string=_query(about, document, word, loud),
                        json=_body(about, document, word, loud),
                        headers={**client._headers(), **_headers(word)},
                    )
                    asked += 1
    town.run()
    assert asked > 300
    assert len(watched.said.getvalue().splitlines()) > 100
    assert watched.look() == []
    assert any(span.name.startswith("POST /v1/") for span in watched.collector.spans)


def test_what_is_typed_into_any_page_of_the_portal_stays_there(watched: Watched) -> None:
    settings = Settings(
        env="development",
        secret="secret-of-the-tests",
        urls={service: f"http://fake/{service}" for service in SERVICES},
        secure_cookies=False,
    )
    portal = create_portal(settings, transport=fake.Town().transport, issuer=fake.FakeIssuer())
    asked = 0
    for role in (*fake.PEOPLE, None):
        client = portal.test_client()
        if role is not None:
            with client.session_transaction() as session:
                session.update(token=fake.token(role), name=NAME, csrf="word")
        for at, (path, method) in enumerate(_pages(portal, WORDS)):
            word = WORDS[at % len(WORDS)]
            form = {"csrf_token": "word", "key": new_id().hex, "name": word, "reason": word, "nip": word, "q": word}
            client.open(path, method=method, query_string={"q": word, "next": word}, data=form, headers=_headers(word))
            asked += 1
    assert asked > 200
    assert watched.look() == []
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


def _pages(app: Flask, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every page once with a word in each place of its path, once with an id there."""
    for at, rule in enumerate(app.url_map.iter_rules()):
        if rule.endpoint != "static":
            for value in (words[at % len(words)], str(new_id())):
                path = re.sub(r"<[^<>]+>", quote(value), rule.rule)
                yield from ((path, method) for method in sorted(rule.methods or set()) if method in ("GET", "POST"))


def _path(path: str, about: Any, document: Any, word: str, loud: bool) -> str:
    shapes = {each["name"]: each.get("schema", {}) for each in _parameters(about, document, "path")}

    def filled(found: re.Match[str]) -> str:
        return quote(str(_value(shapes.get(found.group(1), {"type": "string"}), document, word, loud)))

    return re.sub(r"\{([^{}]+)\}", filled, path)


def _query(about: Any, document: Any, word: str, loud: bool) -> dict[str, Any]:
    return {
        each["name"]: _value(each.get("schema", {}), document, word, loud)
        for each in _parameters(about, document, "query")
    }


def _parameters(about: Any, document: Any, place: str) -> list[Any]:
    every = [_shape(each, document) for each in about["parameters"]]
    return [each for each in every if each.get("in") == place]


def _body(about: Any, document: Any, word: str, loud: bool) -> Any:
    content = about.get("requestBody", {}).get("content", {})
    if not content:
        return {"nip": word} if loud else None
    return _value(next(iter(content.values())).get("schema", {}), document, word, loud)


def _shape(shape: Any, document: Any) -> Any:
    while "$ref" in shape:
        found = document
        for part in shape["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        shape = found
    return shape


def _value(shape: Any, document: Any, word: str, loud: bool, depth: int = 0) -> Any:
    """A value of this shape with the word wherever it fits; `loud`: also where it does not fit."""
    shape = _shape(shape, document)
    for several in ("allOf", "anyOf", "oneOf"):
        if several in shape:
            return _value(shape[several][0], document, word, loud, depth)
    kind = shape.get("type", "string")
    if isinstance(kind, list):
        kind = next(each for each in kind if each != "null")
    if kind == "object" and depth < 6:
        made = {
            name: _value(each, document, word, loud, depth + 1) for name, each in shape.get("properties", {}).items()
        }
        return {**made, word: word} if loud or not made else made
    if kind == "array":
        return [_value(shape.get("items", {}), document, word, loud, depth + 1)]
    if loud:
        return word
    if "enum" in shape:
        return shape["enum"][0]
    plain = {"integer": 1, "number": 1, "boolean": True}
    formats = {"uuid": str(new_id()), "date": "2026-11-24", "date-time": "2026-11-24T08:00:00+07:00"}
    return plain[kind] if kind in plain else formats.get(shape.get("format", ""), word)
