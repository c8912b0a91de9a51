"""Decided changes carried out by the next batch, and what the service can tell about itself afterwards."""

from services.enrolment.handlers.audit import explain, say_again
from shared import clock
from shared.events import surveys
from shared.events.bridge import EnrolmentsChangedOutside, LmsSeat, OutsideChange, UnenrolFailed
from shared.events.enrolment import (
    BatchOpened,
    ChangeApplied,
    ChangeRefused,
    LmsEnrolmentRequested,
    SeatsApproved,
    SeatsConfirmed,
)
from shared.ids import new_id
from tests.services.enrolment.scene import (
    PROGRAMME,
    Scene,
    enrolled,
    reserved,
    scene,
    session,
)
from tests.town import Town, only, who


def test_a_decided_change_is_carried_out_by_a_batch_that_really_differs(city: Scene) -> None:
    city.open()
    finding = new_id()
    decided = surveys.ChangeDecided(
        finding_id=finding,
        rev=1,
        programme_id=PROGRAMME,
        version=1,
        owner_id=new_id(),
        due=clock.now().date(),
        change=surveys.Change(kind="venue", note="Ruang yang lebih tenang", place="Ruang B"),
    )
    city.hear(decided)
    city.hear(decided)
    client = city.town.client("enrolment", city.office)
    same = client.post("/v1/batches", city.body(applies=[str(finding)]))
    assert (same.status_code, same.json["code"]) == (422, "change.not_made")
    other = [session(clock.now().replace(microsecond=0).replace(year=clock.now().year + 1), place="Ruang B")]
    batch_id = city.open(applies=[str(finding)], sessions=other)
    [applied] = only(city.town.run(), ChangeApplied)
    assert (applied.finding_id, applied.batch_id) == (finding, batch_id)
    again = client.post("/v1/batches", city.body(applies=[str(finding)], sessions=other))
    assert again.json["code"] == "change.unknown"
    client.post(f"/v1/batches/{batch_id}/cancellation", {"reason": "Batal"})
    [programme] = city.get("/v1/programmes")["items"]
    assert [change["state"] for change in programme["changes"]] == ["pending"]


def test_an_impossible_quota_is_refused(city: Scene) -> None:
    decided = surveys.ChangeDecided(
        finding_id=new_id(),
        rev=1,
        programme_id=PROGRAMME,
        version=1,
        owner_id=new_id(),
        due=clock.now().date(),
        change=surveys.Change(kind="quota", note="Nol", capacity=0),
    )
    city.hear(decided)
    [no] = only(city.town.run(), ChangeRefused)
    assert no.code == "change.bad_quota"


def test_what_was_said_can_be_said_again(city: Scene) -> None:
    batch_id = city.open(site="lms", course="waktu", capacity=1)
    [one, two] = city.nominate(batch_id, city.people[1:3])
    city.approve([one, two])
    city.town.run()
    for expected in (SeatsApproved, LmsEnrolmentRequested, SeatsConfirmed):
        with city.town.unit("enrolment") as unit:
            assert say_again(unit, "seat", [one, two, new_id()]) == 1
        said = city.town.run()
        assert only(said, expected)
        assert {item.attempt for event in said for item in event.items} == {1}
        city.hear(reserved(batch_id, one) if expected is SeatsApproved else enrolled(batch_id, one))
        city.town.run()
    with city.town.unit("enrolment") as unit:
        assert say_again(unit, "batch", [batch_id]) == 1
    assert len(only(city.town.run(), BatchOpened)) == 1


def test_explain_tells_a_seat_a_batch_and_a_person(city: Scene) -> None:
    batch_id = city.open(site="lms", course="waktu")
    [one] = city.nominate(batch_id, city.people[1:2])
    city.approve([one])
    city.carry()
    outside = EnrolmentsChangedOutside(
        site="lms",
        rows=(
            OutsideChange(fact_id="7", person_id=city.people[1], batch_id=batch_id, change="removed", at=clock.now()),
        ),
    )
    city.hear(outside)
    city.hear(outside)
    city.hear(UnenrolFailed(site="lms", batch_id=batch_id, seats=(LmsSeat(seat_id=one, attempt=1, code="lms.down"),)))
    with city.town.unit("enrolment") as unit:
        codes = [row["code"] for row in explain(unit, one)]
        of_batch = {row["code"]: row["count"] for row in explain(unit, batch_id)}
        of_person = [row["code"] for row in explain(unit, city.people[1])]
    assert codes == [
        "seat.requested",
        "seat.approved",
        "seat.reserving",
        "seat.enrolling",
        "seat.confirmed",
        "seat.outside_removed",
    ]
    assert of_person == codes
    assert {"batch.opening", "batch.open"} <= set(of_batch)


def test_a_big_batch_moves_in_few_events(town: Town) -> None:
    city = scene(town, 700)
    batch_id = city.open(capacity=600)
    first = city.nominate(batch_id, city.people[1:401])
    second = city.nominate(batch_id, city.people[401:701])
    city.approve(first)
    city.approve(second)
    said = city.carry()
    states = list(city.states(batch_id).values())
    assert (states.count("confirmed"), states.count("waiting")) == (600, 99)
    assert len(only(said, SeatsConfirmed)) == 2
    assert who("auditor").has("auditor")
