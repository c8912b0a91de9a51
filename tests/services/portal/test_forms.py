"""What people hand over reaches the right service once, and comes back with their values when it can't."""

import pytest

from tests.services.portal import answers
from tests.services.portal.conftest import SignIn, key_of
from tests.services.portal.fake import Town

SEATS = [answers.seat_id(n) for n in range(1, 6)]


def test_five_requests_are_approved_in_three_taps(sign_in: SignIn, backends: Town) -> None:
    client = sign_in("supervisor")
    page = client.get("/approvals").text
    assert page.count('name="seats"') == page.count(" checked>") == 5
    answer = client.post(
        "/approvals", data={"csrf_token": "word", "key": key_of(page), "decision": "approve", "seats": SEATS}
    )
    assert answer.status_code == 303
    [(path, body, headers)] = backends.commands()
    assert path == "enrolment/v1/seats/approvals"
    assert body == {"seats": SEATS}
    assert headers["Idempotency-Key"] == key_of(page)
    assert "5 permintaan disetujui" in client.get("/approvals").text


def test_a_double_click_sends_the_same_key(sign_in: SignIn, backends: Town) -> None:
    client = sign_in("office")
    key = key_of(client.get(f"/batches/{answers.SECOND}/closing").text)
    for _ in range(2):
        client.post(f"/batches/{answers.SECOND}/closing", data={"csrf_token": "word", "key": key})
    assert {headers["Idempotency-Key"] for *_, headers in backends.commands()} == {key}


def test_rejecting_needs_a_reason_and_keeps_what_was_chosen(sign_in: SignIn, backends: Town) -> None:
    client = sign_in("supervisor")
    data = {"csrf_token": "word", "decision": "reject", "seats": SEATS[:2]}
    answer = client.post("/approvals", data=data)
    assert answer.status_code == 422
    assert 'href="#f-reason"' in answer.text
    assert answer.text.count(" checked>") == 2
    assert backends.commands() == []
    assert client.post("/approvals", data={**data, "reason": "Beban kerja"}).status_code == 303
    assert backends.commands()[0][1] == {"seats": SEATS[:2], "reason": "Beban kerja"}


def test_a_refusal_says_what_why_and_who_can_help(sign_in: SignIn, backends: Town) -> None:
    problem = {
        "status": 409,
        "code": "batch.not_over",
        "detail": "Sesi terakhir belum dimulai; angkatan belum dapat ditutup.",
        "facts": {"who": "training_office"},
    }
    backends.refuse = {("POST", "/closing"): problem}
    client = sign_in("office")
    key = key_of(client.get(f"/batches/{answers.SECOND}/closing").text)
    answer = client.post(f"/batches/{answers.SECOND}/closing", data={"csrf_token": "word", "key": key})
    assert answer.status_code == 409
    assert "Sesi terakhir belum dimulai; angkatan belum dapat ditutup." in answer.text
    assert "Yang dapat membantu: BKPSDM" in answer.text
    assert key_of(answer.text) != key


def test_when_nobody_answers_the_key_stays(sign_in: SignIn, backends: Town) -> None:
    backends.refuse = {("POST", "/nominations"): {"status": 502, "code": "down"}}
    client = sign_in("officer")
    path = f"/batches/{answers.SECOND}/nominations"
    key = key_of(client.get(path).text)
    people = [answers.person_id(1), answers.person_id(2)]
    answer = client.post(path, data={"csrf_token": "word", "key": key, "people": people, "reason": "Perlu"})
    assert answer.status_code == 503
    assert key_of(answer.text) == key
    assert "Perlu" in answer.text
    assert answer.text.count(" checked>") == 2


def test_each_nomination_has_its_outcome(sign_in: SignIn, backends: Town) -> None:
    one, two = answers.person_id(1), answers.person_id(4)
    backends.replace = {
        f"enrolment/v1/batches/{answers.SECOND}/nominations": answers.a_list(
            [
                {"person_id": one, "seat_id": SEATS[0], "state": "requested", "code": None},
                {"person_id": two, "seat_id": None, "state": None, "code": "seat.already"},
            ]
        )
    }
    data = {"csrf_token": "word", "people": [one, two], f"name.{two}": answers.XSS}
    page = sign_in("officer").post(f"/batches/{answers.SECOND}/nominations", data=data).text
    assert "1 dari 2 usulan diterima" in page
    assert "Pegawai ini sudah punya kursi di angkatan ini." in page
    assert "<script>alert" not in page


def test_attendance_is_sent_for_marked_rows_only(sign_in: SignIn, backends: Town) -> None:
    path = f"/batches/{answers.SECOND}/attendance"
    client = sign_in("office")
    assert 'value="yes" checked' in client.get(path).text
    data = {
        "csrf_token": "word",
        "session_id": answers.SESSION,
        f"seat.{SEATS[0]}": "yes",
        f"seat.{SEATS[1]}": "no",
        f"seat.{SEATS[2]}": "maybe",
    }
    assert client.post(path, data=data).status_code == 303
    [(sent, body, _)] = backends.commands()
    assert sent == f"enrolment/v1/batches/{answers.SECOND}/sessions/{answers.SESSION}/attendance"
    rows = [{"seat_id": SEATS[0], "present": True}, {"seat_id": SEATS[1], "present": False}]
    assert body == {"how": "list", "rows": rows}


@pytest.mark.parametrize("session", ["", "x", "../../approvals"])
def test_attendance_without_a_session_is_not_sent(sign_in: SignIn, backends: Town, session: str) -> None:
    data = {"csrf_token": "word", "session_id": session, f"seat.{SEATS[0]}": "yes"}
    answer = sign_in("office").post(f"/batches/{answers.SECOND}/attendance", data=data)
    assert answer.status_code == 422
    assert backends.commands() == []


def test_a_finding_is_decided(sign_in: SignIn, backends: Town) -> None:
    path = f"/findings/{answers.OPEN_FINDING}"
    client = sign_in("evaluator")
    assert 'name="jp"' in client.get(path, query_string={"kind": "duration"}).text
    data = {
        "csrf_token": "word",
        "kind": "level",
        "level": "basic",
        "note": "Mulai dari dasar.",
        "owner_id": answers.OFFICE,
        "due": "2026-12-31",
    }
    assert client.post(path, data={**data, "level": ""}).status_code == 422
    assert client.post(path, data={**data, "due": "besok"}).status_code == 422
    assert client.post(path, data=data).status_code == 303
    [(sent, body, _)] = backends.commands()
    assert sent == f"surveys/v1/findings/{answers.OPEN_FINDING}/decision"
    change = {"kind": "level", "note": "Mulai dari dasar.", "level": "basic"}
    assert body == {"owner_id": answers.OFFICE, "due": "2026-12-31", "change": change}


def test_only_an_evaluator_finds_the_form(sign_in: SignIn) -> None:
    path = f"/findings/{answers.OPEN_FINDING}"
    assert "decide-form" in sign_in("evaluator").get(path).text
    assert "decide-form" not in sign_in("office").get(path).text


def test_a_batch_is_opened_from_the_form(sign_in: SignIn, backends: Town) -> None:
    data = {
        "csrf_token": "word",
        "programme_id": answers.PROGRAMME,
        "name": "Angkatan III",
        "starts.1": "2026-12-01T08:00",
        "ends.1": "2026-12-01T15:00",
        "place.1": "Aula",
        "capacity": "30",
        "least": "10",
        "fixed_cost": "5.000.000",
        "seat_price": "Rp350.000",
        "line_id": answers.LINE,
        "fiscal_year": "2026",
        "applies": [answers.OPEN_FINDING],
    }
    client = sign_in("office")
    wrong = client.post("/batches/new", data={**data, "ends.1": "2026-12-01T07:00", "capacity": "banyak"})
    assert wrong.status_code == 422
    assert "Sesi harus selesai sesudah mulai." in wrong.text
    assert 'value="banyak"' in wrong.text
    assert client.post("/batches/new", data=data).status_code == 303
    [(_, body, _)] = backends.commands()
    assert body["fixed_cost"] == 5_000_000
    assert body["seat_price"] == 350_000
    assert body["applies"] == [answers.OPEN_FINDING]
    assert body["sessions"] == [
        {"starts_at": "2026-12-01T08:00:00+07:00", "ends_at": "2026-12-01T15:00:00+07:00", "place": "Aula"}
    ]


def test_a_services_field_error_stands_beside_the_field(sign_in: SignIn, backends: Town) -> None:
    backends.refuse = {
        ("POST", "/cancellation"): {
            "status": 422,
            "code": "request.invalid",
            "detail": "Isian belum benar; lihat rinciannya.",
            "fields": {"json": {"reason": ["Terlalu singkat."]}},
        }
    }
    answer = sign_in("office").post(
        f"/batches/{answers.SECOND}/cancellation", data={"csrf_token": "word", "reason": "x"}
    )
    assert answer.status_code == 422
    assert 'id="e-reason">Terlalu singkat.' in answer.text
