"""The card that an LMS shows of a person: what stands on it, in which language, and who gets none."""

from typing import Any

import pytest
from flask import Flask

from tests.services.portal import answers
from tests.services.portal.conftest import SignIn
from tests.services.portal.fake import Town, token

MY_TASKS = [
    {
        "kind": "next_session",
        "id": answers.seat_id(1),
        "title": answers.say("Sesi berikutnya: Angkatan I", "Next session: Batch I"),
        "due": "2026-03-10T01:30:00+00:00",
        "link_to": {"page": "batch", "id": answers.FIRST},
    },
    {
        "kind": "change",
        "id": answers.FINDING,
        "title": answers.say("Wujudkan perubahan", "Carry out the change"),
        "due": "2026-07-01",
        "link_to": {"page": "finding", "id": answers.FINDING},
    },
]


@pytest.fixture(autouse=True)
def mine(backends: Town) -> None:
    backends.replace["enrolment/v1/tasks"] = {"items": MY_TASKS, "next": None}


def ask(portal: Flask, bearer: str | None = None, language: str = "id") -> Any:
    headers = {"Accept-Language": language} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    return portal.test_client().get("/card.json", headers=headers, base_url="https://portal.example")


def test_the_card_says_hours_session_surveys_and_one_step(portal: Flask, backends: Town) -> None:
    answer = ask(portal, token("learner"))
    assert answer.status_code == 200
    card = answer.json
    assert card.pop("year") >= 2026
    assert card == {
        "jp": 14,
        "target": 20,
        "next_session": {
            "name": "Manajemen Waktu Angkatan I",
            "starts_at": "2026-03-10T01:30:00+00:00",
            "place": "Aula BKPSDM",
        },
        "surveys": [
            {
                "title": "Jawab survei Manajemen Waktu Angkatan I",
                "url": f"https://portal.example/s/{answers.LINK}",
            }
        ],
        "next_step": {
            "text": "Wujudkan perubahan",
            "url": f"https://portal.example/findings/{answers.FINDING}",
        },
        "record_url": "https://portal.example/me",
        "missing": [],
    }
    assert {headers["Authorization"] for *_, headers in backends.asked} == {f"Bearer {token('learner')}"}


def test_it_is_in_the_language_that_is_asked_for(portal: Flask) -> None:
    english = ask(portal, token("learner"), "en-GB,en;q=0.8").json
    assert english["next_step"]["text"] == "Carry out the change"
    assert ask(portal, token("learner"), "fr").json["next_step"]["text"] == "Wujudkan perubahan"


def test_who_has_nothing_to_do_has_an_empty_card(portal: Flask, backends: Town) -> None:
    backends.replace["enrolment/v1/tasks"] = backends.replace["surveys/v1/tasks"] = {"items": []}
    card = ask(portal, token("learner")).json
    assert (card["next_session"], card["surveys"], card["next_step"]) == (None, [], None)


@pytest.mark.parametrize("bearer", [None, "x", "a.b.c", "e30.e30.x", "x" * 20_000])
def test_without_a_token_there_is_no_card(portal: Flask, backends: Town, bearer: str | None) -> None:
    answer = ask(portal, bearer)
    assert (answer.status_code, answer.json["code"]) == (401, "auth.unauthenticated")
    assert backends.asked == []


def test_a_session_of_the_browser_is_no_token(sign_in: SignIn, backends: Town) -> None:
    assert sign_in("learner").get("/card.json").status_code == 401
    assert backends.asked == []


def test_a_token_that_the_services_refuse_gives_no_card(portal: Flask, backends: Town) -> None:
    backends.refuse = {("GET", "/record"): {"status": 401, "code": "auth.unauthenticated", "detail": "Masuk dahulu."}}
    assert ask(portal, token("learner")).status_code == 401


def test_what_is_not_there_is_said(portal: Flask, backends: Town) -> None:
    backends.down = {"surveys"}
    card = ask(portal, token("learner")).json
    assert (card["jp"], card["surveys"], card["missing"]) == (14, [], ["surveys"])
    backends.down = {"enrolment"}
    answer = ask(portal, token("learner"))
    assert (answer.status_code, answer.json["code"]) == (503, "portal.unreachable")
