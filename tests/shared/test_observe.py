"""Log lines: one number, no words of errors and libraries."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import requests
import structlog
from marshmallow import ValidationError
from sqlalchemy.exc import IntegrityError

from shared import traces
from shared.observe import logs

NIP = "198503302003121002"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    root = logging.getLogger()
    before, level, said = list(root.handlers), root.level, io.StringIO()
    root.handlers.clear()
    logs("info", said, service="budget")
    yield lambda: [json.loads(line) for line in said.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize(
    "error",
    [
        IntegrityError("INSERT", {"nip": NIP}, psycopg.errors.UniqueViolation(f"Key (nip)=({NIP}) already exists")),
        requests.ConnectionError(f"GET https://lms.example/people?nip={NIP}"),
        ValidationError({"nip": [f"{NIP} is not known"]}),
        ValueError(NIP),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_is_its_type_and_our_places_and_none_of_its_words(
    lines: Callable[[], list[dict[str, Any]]], error: Exception
) -> None:
    log = structlog.get_logger("any")
    try:
        raise error
    except Exception as caught:
        log.exception("first")
        log.error("second", exc_info=caught)
        log.error("third", error=caught)
        logging.getLogger("a.library").exception("Cannot serve %s", caught)
        logging.getLogger("a.library").warning(f"Cannot serve {NIP}")
    said = lines()
    assert len(said) == 5
    assert NIP not in json.dumps(said)
    names = {type(error).__name__, type(getattr(error, "orig", error)).__name__}
    assert all(set(str(line["error"]).split()) & names for line in said[:4])
    assert said[0]["where"][-1].startswith("tests.shared.test_observe:")


def test_a_library_keeps_its_template_and_small_numbers(lines: Callable[[], list[dict[str, Any]]]) -> None:
    logging.getLogger("gunicorn.error").setLevel(logging.WARNING)
    library = logging.getLogger("a.library")
    library.warning("Worker (pid:%s) of %s ended with %d", 1234, NIP, int(NIP))
    library.warning("Worker (pid:%s) ended with %d", 1234, 3)
    first, second = lines()
    assert NIP not in json.dumps(first)
    assert second["said"] == "Worker (pid:1234) ended with 3"
    assert second["logger"] == "a.library"


def test_lines_say_whose_they_are_and_which_request_caused_them(lines: Callable[[], list[dict[str, Any]]]) -> None:
    log = structlog.get_logger("any")
    log.info("nobody's")
    with traces.within(TRACE):
        log.info("past the bus")
        with structlog.contextvars.bound_contextvars(service="portal", request_id="its own"):
            log.info("in a request")
    nobodys, bus, request = lines()
    assert nobodys["service"] == "budget"
    assert "trace" not in nobodys
    assert bus["trace"] == bus["request_id"] == TRACE[3:35]
    assert (request["service"], request["request_id"], request["trace"]) == ("portal", "its own", TRACE[3:35])
