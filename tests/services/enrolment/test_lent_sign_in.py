"""Somebody whom an LMS has signed in acts for themselves: being the supervisor of others gives them nothing."""

from dataclasses import replace

from tests.services.enrolment.scene import Scene
from tests.town import who


def test_a_supervisor_whom_an_lms_signed_in_neither_sees_nor_decides_for_their_people(city: Scene) -> None:
    batch_id = city.open()
    [one] = city.nominate(batch_id, [city.people[1]])
    lent = replace(who("learner", person_id=city.people[0]), lent=True)
    client = city.town.client("enrolment", lent)
    not_theirs = [{"seat_id": str(one), "state": None, "code": "request.not_found"}]
    assert client.post("/v1/seats/approvals", {"seats": [str(one)]}).json["items"] == not_theirs
    rejections = client.post("/v1/seats/rejections", {"seats": [str(one)], "reason": "Tidak"})
    assert rejections.json["items"] == not_theirs
    assert client.post(f"/v1/seats/{one}/cancellation", {"reason": "Tidak"}).status_code == 404
    for path in (f"/v1/seats/{one}", f"/v1/people/{city.people[1]}", f"/v1/people/{city.people[1]}/record"):
        assert client.get(path).status_code == 404
    for path in ("/v1/tasks", "/v1/approvals", "/v1/people"):
        assert client.get(path).json["items"] == []
    assert city.get(f"/v1/seats/{one}", who("learner", person_id=city.people[1]))["state"] == "requested"


def test_their_own_record_and_seat_are_theirs_as_ever(city: Scene) -> None:
    batch_id = city.open()
    [one] = city.nominate(batch_id, [city.people[1]])
    lent = replace(who("learner", person_id=city.people[1]), lent=True)
    client = city.town.client("enrolment", lent)
    assert client.get(f"/v1/people/{city.people[1]}/record").status_code == 200
    assert client.get(f"/v1/seats/{one}").json["state"] == "requested"
    assert client.post(f"/v1/seats/{one}/cancellation", {"reason": "Sakit"}).status_code == 200


def test_somebody_without_a_supervisor_is_nobodys_to_see(city: Scene) -> None:
    batch_id = city.open()
    [one] = city.nominate(batch_id, [city.people[1]])
    lent = replace(who("learner", person_id=city.people[2]), lent=True)
    client = city.town.client("enrolment", lent)
    assert client.get(f"/v1/people/{city.people[0]}").status_code == 404
    assert client.get(f"/v1/seats/{one}").status_code == 404
