"""A survey is answered from its link, without signing in and without a trace of who."""

from flask import Flask

from services.portal import questions
from services.portal.frame import said
from tests.services.portal import answers
from tests.services.portal.conftest import SignIn
from tests.services.portal.fake import Town

PATH = f"/s/{answers.LINK}"
GIVEN = {"q.difficulty": "5", "q.pace": "2", "q.again": "false", "q.words": "Lebih banyak contoh."}


def test_answers_go_out_with_their_types(portal: Flask, backends: Town) -> None:
    client = portal.test_client()
    answer = client.post(PATH, data=GIVEN)
    assert answer.status_code == 200
    assert "Terima kasih" in answer.text
    [(path, body, headers)] = backends.commands()
    assert path == f"surveys/v1/answers/{answers.LINK}"
    assert body == {"answers": {"difficulty": 5, "pace": 2, "again": False, "words": "Lebih banyak contoh."}}
    assert "Authorization" not in headers
    assert "Idempotency-Key" not in headers
    assert "Set-Cookie" not in answer.headers


def test_a_signed_in_reader_answers_without_their_token(sign_in: SignIn, backends: Town) -> None:
    sign_in("learner").post(PATH, data=GIVEN)
    assert all("Authorization" not in headers for *_, headers in backends.asked)


def test_a_missing_answer_is_pointed_out_and_the_rest_kept(portal: Flask, backends: Town) -> None:
    answer = portal.test_client().post(PATH, data={**GIVEN, "q.pace": "99"})
    assert answer.status_code == 422
    assert '<a href="#f-q.pace">Bagaimana kecepatannya?: Jawab pertanyaan ini.</a>' in answer.text
    assert 'value="5" checked' in answer.text
    assert "Lebih banyak contoh." in answer.text
    assert backends.commands() == []


def test_a_used_link_says_so(portal: Flask, backends: Town) -> None:
    used = {"status": 410, "code": "answer.used", "detail": "Tautan ini sudah dipakai."}
    backends.refuse = {("GET", answers.LINK): used}
    answer = portal.test_client().get(PATH)
    assert answer.status_code == 410
    assert "Tautan ini sudah dipakai." in answer.text


def test_a_strange_link_asks_nobody(portal: Flask, backends: Town) -> None:
    for link in ("a%20b", "x" * 300, "..%2f..%2fv1"):
        assert portal.test_client().get(f"/s/{link}").status_code == 404
    assert backends.asked == []


def test_every_kind_of_question_is_understood(portal: Flask) -> None:
    form = {
        "elements": [
            {"type": "html", "name": "intro", "html": "<b>x</b>"},
            {"type": "panel", "elements": [{"type": "checkbox", "name": "many", "choices": ["a", {"value": 2}]}]},
            {"type": "matrix", "name": "grid", "rows": ["r"], "columns": [1, 2], "isRequired": True},
            {"type": "rating", "name": "scale", "rateValues": [1, {"value": 5, "text": "lima"}]},
            {"type": "text", "name": "age", "inputType": "number"},
        ]
    }
    with portal.test_request_context():
        asked = questions.of(form, said)
    assert [(each.name, each.kind) for each in asked] == [
        ("many", "many"),
        ("grid", "matrix"),
        ("scale", "scale"),
        ("age", "text"),
    ]
