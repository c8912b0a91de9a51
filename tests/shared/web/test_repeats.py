"""A command under the same idempotency key happens once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select

from shared.auth import TRAINING_OFFICE
from shared.web.app import Context, create_app
from tests.shared.web.conftest import NOTE, Caller
from tests.town import who


def notes(database: Engine) -> int:
    with database.connect() as connection:
        return connection.scalar(select(func.count()).select_from(NOTE)) or 0


def test_a_repeat_gets_the_first_answer_and_does_nothing(office: Caller, database: Engine) -> None:
    key = {"Idempotency-Key": "one"}
    first = office.post("/v1/notes", {"text": "a"}, headers=key)
    second = office.post("/v1/notes", {"text": "a"}, headers=key)
    assert (first.status_code, first.json) == (second.status_code, second.json) == (201, {"n": 1, "text": "a"})
    assert notes(database) == 1


def test_another_body_under_the_key_is_a_mismatch(office: Caller, database: Engine) -> None:
    key = {"Idempotency-Key": "one"}
    office.post("/v1/notes", {"text": "a"}, headers=key)
    assert office.post("/v1/notes", {"text": "b"}, headers=key).json["code"] == "idempotency.mismatch"
    assert notes(database) == 1


def test_a_refused_command_leaves_its_key_free(office: Caller) -> None:
    key = {"Idempotency-Key": "one"}
    assert office.post("/v1/notes", {"text": "taken"}, headers=key).status_code == 409
    assert office.post("/v1/notes", {"text": "a"}, headers=key).status_code == 201


def test_a_command_without_a_key_is_refused(office: Caller) -> None:
    answer = office.http.post("/v1/notes", json={"text": "a"}, headers=office.headers)
    assert answer.get_json()["code"] == "idempotency.missing"


@pytest.mark.parametrize("key", ["x" * 201, "with space", "ü"])
def test_a_key_that_could_be_confused_with_another_is_refused(office: Caller, key: str) -> None:
    answer = office.post("/v1/notes", {"text": "a"}, headers={"Idempotency-Key": key.encode().decode("latin1")})
    assert answer.json["code"] == "idempotency.invalid"


def test_the_same_key_of_two_people_is_two_keys(office: Caller, context: Context, sample, database: Engine) -> None:  # type: ignore[no-untyped-def]
    assert office.post("/v1/notes", {"text": "a"}, headers={"Idempotency-Key": "one"}).json["n"] == 1
    person = who(TRAINING_OFFICE)
    app = create_app(sample, Context(database, lambda request: person))
    other = Caller(app.test_client(), person)
    assert other.post("/v1/notes", {"text": "a"}, headers={"Idempotency-Key": "one"}).json["n"] == 2


def test_simultaneous_repeats_happen_once(office: Caller, database: Engine) -> None:
    app = office.http.application

    def send(_: int) -> int:
        caller = Caller(app.test_client(), office.by)
        answer = caller.post("/v1/notes", {"text": "a"}, headers={"Idempotency-Key": "same"})
        return int(answer.json["n"])

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, range(12))) == {1}
    assert notes(database) == 1


def test_a_route_without_sign_in_needs_no_key(stranger: Caller) -> None:
    answer = stranger.http.post("/v1/open/link", json={"text": "a"})
    assert answer.status_code == 200
