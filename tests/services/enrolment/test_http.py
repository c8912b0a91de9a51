"""Who may do and see what over HTTP, and what is answered to bad input."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from services.enrolment.store.tables import person, seat
from shared.ids import new_id
from tests.services.enrolment.scene import PROGRAMME, Scene, freed, version
from tests.town import who


def test_only_the_training_office_opens_batches(city: Scene) -> None:
    answer = city.town.client("enrolment", city.officer).post("/v1/batches", city.body())
    assert (answer.status_code, answer.json["code"]) == (403, "auth.forbidden")
    assert city.town.client("enrolment").post("/v1/batches", city.body()).status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"capacity": 0},
        {"capacity": "3"},
        {"capacity": 3.5},
        {"capacity": True},
        {"seat_price": -1},
        {"fixed_cost": 10**14},
        {"name": ""},
        {"name": "x" * 201},
        {"name": "a\u0000b"},
        {"surprise": 1},
        {"sessions": "none"},
        {"sessions": [{"starts_at": "2026-01-01T08:00:00", "ends_at": "2026-01-01T09:00:00Z", "place": "A"}]},
        {"line_id": "not-an-id"},
        {"approvals": []},
        {"approvals": ["mayor"]},
        {"agencies": ["x"]},
    ],
)
def test_bad_input_is_refused_and_changes_nothing(city: Scene, change: dict[str, Any]) -> None:
    answer = city.town.client("enrolment", city.office).post("/v1/batches", city.body() | change)
    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid"), answer.json
    assert city.get("/v1/batches")["items"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"least": 4}, "batch.bad_quorum"),
        ({"site": "lms"}, "batch.half_course"),
        ({"programme_id": str(new_id())}, "batch.no_programme"),
        ({"version": 9}, "batch.no_programme"),
        ({"agencies": [str(new_id())]}, "batch.no_agency"),
        ({"applies": [str(new_id())]}, "change.unknown"),
        (
            {"sessions": [{"starts_at": "2020-01-01T08:00:00Z", "ends_at": "2020-01-01T09:00:00Z", "place": "A"}]},
            "batch.bad_sessions",
        ),
    ],
)
def test_a_plan_that_cannot_run_is_refused_with_its_reason(city: Scene, change: dict[str, Any], code: str) -> None:
    answer = city.town.client("enrolment", city.office).post("/v1/batches", city.body() | change)
    assert answer.json["code"] == code, answer.json
    assert answer.json["detail"]


def test_the_same_key_opens_one_batch(city: Scene) -> None:
    client = city.town.client("enrolment", city.office)
    body = city.body()
    first, second = (client.post("/v1/batches", body, key="k1") for _ in range(2))
    assert first.json["batch_id"] == second.json["batch_id"]
    assert client.post("/v1/batches", {**body, "name": "Lain"}, key="k1").json["code"] == "idempotency.mismatch"


def test_batches_are_found_by_parts_of_what_they_are_called(city: Scene) -> None:
    first, second = city.open(name="Angkatan Pagi 50%"), city.open(name="Angkatan Sore")
    (title,) = {row["programme"] for row in city.get("/v1/batches")["items"]}

    def found(q: str) -> set[str]:
        return {row["batch_id"] for row in city.get("/v1/batches", q=q)["items"]}

    assert found("") == found("angkatan") == found(title.lower()) == {str(first), str(second)}
    assert found("pagi angk") == {str(first)}
    assert found("SORE") == {str(second)}
    assert found("50%") == {str(first)}
    assert found("%") == {str(first)}
    assert found("_") == set()
    assert found("pagi sore") == set()
    assert len(city.get("/v1/batches", q="angkatan", limit=1)["items"]) == 1


@pytest.mark.parametrize("q", ["x" * 101, "a\0b"])
def test_a_search_is_bounded(city: Scene, q: str) -> None:
    answer = city.town.client("enrolment", city.office).get("/v1/batches", q=q)
    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid"), answer.json


def test_an_officer_nominates_only_their_own_agency(city: Scene) -> None:
    batch_id = city.open()
    officer = who("agency_officer", agency=city.agencies[0])
    mine, other = city.people[2], city.people[3]
    answer = city.town.client("enrolment", officer).post(
        f"/v1/batches/{batch_id}/nominations", {"people": [str(mine), str(other), str(new_id())]}
    )
    assert [row["code"] for row in answer.json["items"]] == [None, "request.not_found", "request.not_found"]
    listed = city.get("/v1/people", officer)["items"]
    assert {row["agency_id"] for row in listed} == {str(city.agencies[0])}
    assert "nip" not in listed[0]
    assert city.town.client("enrolment", officer).get(f"/v1/people/{other}").status_code == 404
    assert city.get(f"/v1/people/{mine}", officer)["nip"].isdigit()
    assert len(city.get(f"/v1/batches/{batch_id}/seats", officer)["items"]) == 1
    stranger = who("agency_officer", agency=city.agencies[1])
    assert city.get(f"/v1/batches/{batch_id}/seats", stranger)["items"] == []


def test_each_reason_against_a_nomination_has_its_code(city: Scene) -> None:
    before = UUID("019a0000-0000-7000-8000-000000000077")
    batch_id = city.open(agencies=[str(city.agencies[0])])
    city.nominate(batch_id, [city.people[2]])
    with city.town.unit("enrolment") as unit:
        unit.db.execute(update(person).where(person.c.person_id == city.people[4]).values(standing="leave"))
    client = city.town.client("enrolment", city.officer)
    wanted = [str(city.people[number]) for number in (2, 4, 3)]
    answer = client.post(f"/v1/batches/{batch_id}/nominations", {"people": wanted})
    assert [row["code"] for row in answer.json["items"]] == ["seat.already", "seat.not_eligible", "seat.agency"]
    city.hear(version(2, prerequisites=(before,)))
    second = city.open(version=2)
    answer = client.post(f"/v1/batches/{second}/nominations", {"people": wanted[:1]})
    assert [row["code"] for row in answer.json["items"]] == ["seat.prerequisite"]


def test_somebody_elses_seat_and_record_do_not_exist(city: Scene) -> None:
    batch_id = city.open()
    [one] = city.nominate(batch_id, [city.people[1]])
    stranger = city.town.client("enrolment", who("learner", person_id=city.people[2]))
    for path in (f"/v1/seats/{one}", f"/v1/people/{city.people[1]}", f"/v1/people/{city.people[1]}/record"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/v1/seats/{one}/cancellation", {"reason": "Iseng"}).status_code == 404
    answer = stranger.post("/v1/seats/approvals", {"seats": [str(one)]})
    assert answer.json["items"] == [{"seat_id": str(one), "state": None, "code": "request.not_found"}]
    own = who("learner", person_id=city.people[1])
    assert city.get(f"/v1/seats/{one}", own)["state"] == "requested"
    assert city.get(f"/v1/people/{city.people[1]}/record", own)["jp"] == 0
    assert city.get(f"/v1/people/{city.people[1]}/record", city.supervisor)["status"] == "PNS"


def test_a_trainer_records_only_their_own_sessions(city: Scene) -> None:
    trainer = who("trainer")
    body = city.body()
    body["sessions"][0]["trainer_id"] = trainer.id
    batch_id = city.open(sessions=body["sessions"])
    [one] = city.nominate(batch_id, [city.people[1]])
    city.approve([one])
    city.carry()
    first, second = city.get(f"/v1/batches/{batch_id}")["sessions"]
    rows = {"how": "scan", "rows": [{"seat_id": str(one), "present": True}]}
    path = f"/v1/batches/{batch_id}/sessions/{{}}/attendance"
    client = city.town.client("enrolment", trainer)
    early = client.post(path.format(first["session_id"]), rows)
    assert (early.status_code, early.json["code"]) == (409, "session.not_begun")
    city.town.travel(days=22)
    assert client.post(path.format(second["session_id"]), rows).status_code == 404
    assert client.post(path.format(first["session_id"]), rows).json["items"][0]["code"] is None
    assert client.get(path.format(first["session_id"])).json["items"][0]["present"] is True
    unknown = {"how": "scan", "rows": [{"seat_id": str(new_id()), "present": True}]}
    assert client.post(path.format(first["session_id"]), unknown).json["items"][0]["code"] == "seat.not_confirmed"
    both = {"how": "scan", "rows": [{"seat_id": str(one), "person_id": str(one), "present": True}]}
    assert client.post(path.format(first["session_id"]), both).status_code == 422


def test_tasks_are_what_each_role_has_to_do(city: Scene) -> None:
    batch_id = city.open()
    officer = who("agency_officer", agency=city.agencies[0])
    assert [task["kind"] for task in city.get("/v1/tasks", officer)["items"]] == ["nominate"]
    seats = city.nominate(batch_id, city.people[1:3])
    [task] = city.get("/v1/tasks", city.supervisor)["items"]
    assert (task["kind"], task["count"], task["link_to"]) == ("approve", 2, {"page": "approvals", "id": str(batch_id)})
    assert [row["seat_id"] for row in city.get("/v1/approvals", city.supervisor)["items"]] == [str(s) for s in seats]
    assert city.get("/v1/tasks", city.office)["items"] == []
    city.approve(seats)
    city.carry()
    own = who("learner", person_id=city.people[1])
    assert [task["kind"] for task in city.get("/v1/tasks", own)["items"]] == ["next_session"]
    city.town.travel(days=22)
    assert [task["kind"] for task in city.get("/v1/tasks", city.office)["items"]] == ["close_batch"]


def test_lists_are_paged_and_filtered(city: Scene) -> None:
    first, second = city.open(), city.open(reserved=False)
    page = city.get("/v1/batches", limit=1)
    assert ([row["batch_id"] for row in page["items"]], page["next"]) == ([str(second)], str(second))
    rest = city.get("/v1/batches", after=page["next"])
    assert ([row["batch_id"] for row in rest["items"]], rest["next"]) == ([str(first)], None)
    assert [row["batch_id"] for row in city.get("/v1/batches", state="opening")["items"]] == [str(second)]
    assert city.get("/v1/batches", programme_id=new_id())["items"] == []
    assert len(city.get("/v1/agencies")["items"]) == 2
    assert [row["name"] for row in city.get("/v1/people", search="pegawai 3")["items"]] == ["Pegawai 3"]
    assert city.get("/v1/people", search="' | & :*")["items"]
    seen, after = [], None
    while True:
        page = city.get("/v1/people", limit=3, **({"after": after} if after else {}))
        seen += [row["person_id"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(str(each) for each in city.people)
    assert city.town.client("enrolment", city.office).get("/v1/people", limit=501).status_code == 422


def test_the_batch_shows_its_counts_timeline_and_programme(city: Scene) -> None:
    batch_id = city.open(capacity=1)
    seats = city.nominate(batch_id, city.people[1:3])
    city.approve(seats)
    view = city.get(f"/v1/batches/{batch_id}")
    assert (view["programme"], view["counts"]) == ("Manajemen Waktu", {"reserving": 1, "waiting": 1})
    told = {row["code"]: row for row in city.get(f"/v1/batches/{batch_id}/timeline")["items"]}
    assert told["seat.approved"]["count"] == 2
    assert told["batch.open"]["what"]["id"].startswith("Biaya tetap Rp1.000.000 dipesan")
    [programme] = city.get("/v1/programmes")["items"]
    assert (programme["programme_id"], programme["versions"]) == (str(PROGRAMME), [1])
    assert city.town.client("enrolment", city.office).get(f"/v1/batches/{new_id()}").status_code == 404


def test_what_is_over_is_not_cancelled_and_what_is_given_up_stays_so(city: Scene) -> None:
    batch_id = city.open()
    [one, two] = city.nominate(batch_id, city.people[1:3])
    client = city.town.client("enrolment", city.office)
    for _ in range(2):
        answer = client.post(f"/v1/seats/{one}/cancellation", {"reason": "Mundur"})
        assert (answer.status_code, answer.json["state"]) == (200, "released")
    city.hear(freed(batch_id, one))
    with city.town.unit("enrolment") as unit:
        unit.db.execute(update(seat).where(seat.c.seat_id == two).values(state="completed"))
    assert client.post(f"/v1/seats/{two}/cancellation", {"reason": "Mundur"}).json["code"] == "seat.over"
