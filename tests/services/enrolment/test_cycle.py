"""A seat's whole way through the service: real database, budget's and the bridge's answers delivered by hand."""

from sqlalchemy import select

from services.enrolment.handlers.audit import audit
from services.enrolment.store.tables import credit, seat
from shared import clock
from shared.events import content
from shared.events.budget import BatchRefused, MoneyFreed
from shared.events.enrolment import (
    AttendanceRecorded,
    BatchCancelled,
    BatchClosed,
    BatchOpened,
    LmsEnrolmentRequested,
    SeatsApproved,
    SeatsCompleted,
    SeatsConfirmed,
    SeatsFailed,
    SeatsReleased,
)
from shared.ids import new_id
from tests.services.enrolment.scene import (
    LINE,
    PROGRAMME,
    Scene,
    batch_reserved,
    enrolled,
    freed,
    lms_refused,
    refused,
    reserved,
    unenrolled,
    version,
)
from tests.town import only


def test_a_batch_takes_nominations_once_its_fixed_cost_is_reserved(city: Scene) -> None:
    batch_id = city.open(reserved=False)
    [opened] = only(city.town.run(), BatchOpened)
    assert (opened.batch.attempt, opened.batch.fixed_cost, len(opened.batch.sessions)) == (1, 1_000_000, 2)
    answer = city.town.client("enrolment", city.officer).post(
        f"/v1/batches/{batch_id}/nominations", {"people": [str(city.people[1])]}
    )
    assert (answer.status_code, answer.json["code"]) == (409, "batch.not_open")
    city.hear(batch_reserved(batch_id))
    assert city.get(f"/v1/batches/{batch_id}")["state"] == "open"
    assert len(city.nominate(batch_id, [city.people[1]])) == 1


def test_the_whole_cycle_credits_hours_to_those_who_came(city: Scene) -> None:
    batch_id = city.open(site="lms", course="waktu", capacity=3)
    seats = city.nominate(batch_id, city.people[1:4])
    outcomes = city.approve(seats)
    assert [row["state"] for row in outcomes] == ["reserving"] * 3
    said = city.carry()
    [asked] = only(said, SeatsApproved)
    assert [item.amount for item in asked.seats] == [500_000] * 3
    [wanted] = only(said, LmsEnrolmentRequested)
    assert {item.seat_id for item in wanted.seats} == set(seats)
    [confirmed] = only(said, SeatsConfirmed)
    assert {item.segment.grade_band for item in confirmed.seats} == {"III"}
    assert set(city.states(batch_id).values()) == {"confirmed"}

    city.town.travel(days=21, hours=5)
    view = city.get(f"/v1/batches/{batch_id}")
    assert view["state"] == "running"
    client = city.town.client("enrolment", city.office)
    for meeting in view["sessions"]:
        rows = [{"seat_id": str(seats[0]), "present": True}, {"person_id": str(city.people[2]), "present": False}]
        answer = client.post(
            f"/v1/batches/{batch_id}/sessions/{meeting['session_id']}/attendance", {"how": "list", "rows": rows}
        )
        assert [row["code"] for row in answer.json["items"]] == [None, None], answer.json
    [first, second] = only(city.carry(), AttendanceRecorded)
    assert {row.rev for row in (*first.rows, *second.rows)} == {1}
    city.hear(
        content.ModulesOpened(
            batch_id=batch_id,
            programme_id=PROGRAMME,
            version=1,
            openings=(
                content.ModuleOpening(seat_id=seats[1], person_id=city.people[2], module_id=new_id(), at=clock.now()),
            ),
        )
    )
    assert client.post(f"/v1/batches/{batch_id}/closing", {}).status_code == 200
    said = city.carry()
    [completed] = only(said, SeatsCompleted)
    assert [(item.seat_id, item.presence_percent) for item in completed.seats] == [(seats[0], 100)]
    [failed] = only(said, SeatsFailed)
    assert {(item.seat_id, item.reason, item.spent) for item in failed.seats} == {
        (seats[1], "not_passed", True),
        (seats[2], "no_show", True),
    }
    [closed] = only(said, BatchClosed)
    assert (closed.confirmed, closed.took_part, closed.completed, closed.failed) == (3, 2, 1, 2)
    record = city.get(f"/v1/people/{city.people[1]}/record")
    assert (record["jp"], record["target"]["kind"], record["target"]["jp"]) == (20, "MIN", 20)
    assert record["credits"][0]["programme"] == "Manajemen Waktu"
    with city.town.unit("enrolment") as unit:
        moneys = set(unit.db.scalars(select(seat.c.money)))
        assert moneys == {"spent"}
        facts = list(audit(unit))
    assert not [fact for fact in facts if "broken" in fact]
    assert {fact["state"] for fact in facts if fact["fact"] == "seat"} == {"completed", "failed"}


def test_a_no_show_frees_the_money_where_the_batch_says_so(city: Scene) -> None:
    batch_id = city.open(no_show_spends=False)
    seats = city.nominate(batch_id, city.people[1:2])
    city.approve(seats)
    city.carry()
    city.town.travel(days=22)
    city.town.client("enrolment", city.office).post(f"/v1/batches/{batch_id}/closing", {})
    [failed] = only(city.carry(), SeatsFailed)
    assert [(item.reason, item.spent) for item in failed.seats] == [("no_show", False)]
    with city.town.unit("enrolment") as unit:
        assert unit.db.scalar(select(seat.c.money)) == "freed"


def test_the_batch_is_full_and_a_freed_seat_goes_to_the_waiting_list_at_once(city: Scene) -> None:
    batch_id = city.open(capacity=2)
    seats = city.nominate(batch_id, city.people[1:5])
    assert [row["state"] for row in city.approve(seats)] == ["reserving", "reserving", "waiting", "waiting"]
    city.hear(reserved(batch_id, *seats[:2]))
    cancel = city.town.client("enrolment", city.officer).post(
        f"/v1/seats/{seats[0]}/cancellation", {"reason": "Tugas mendesak"}
    )
    assert cancel.json["state"] == "releasing"
    assert city.states(batch_id)[seats[2]] == "waiting"
    city.hear(freed(batch_id, seats[0]))
    states = city.states(batch_id)
    assert [states[each] for each in seats] == ["released", "confirmed", "reserving", "waiting"]


def test_a_refused_seat_takes_no_place_and_tries_again_when_money_is_freed(city: Scene) -> None:
    batch_id = city.open(capacity=2)
    seats = city.nominate(batch_id, city.people[1:4])
    city.approve(seats)
    city.hear(refused(batch_id, *seats[:2]))
    states = city.states(batch_id)
    assert [states[each] for each in seats] == ["refused", "refused", "reserving"]
    city.town.run()
    city.hear(MoneyFreed(line_id=LINE, amount=400_000))
    [asked] = only(city.town.run(), SeatsApproved)
    assert [(item.seat_id, item.attempt) for item in asked.seats] == [(seats[0], 2)]
    city.hear(refused(batch_id, seats[0], attempt=1))
    assert city.states(batch_id)[seats[0]] == "reserving"
    city.hear(reserved(batch_id, seats[0], attempt=2))
    assert city.states(batch_id)[seats[0]] == "confirmed"
    told = city.get(f"/v1/seats/{seats[0]}")["timeline"]
    why = next(row for row in told if row["code"] == "seat.refused")
    assert "Rp500.000" in why["what"]["id"]
    assert "budget officer" in why["what"]["en"]


def test_repeats_and_late_answers_change_nothing_or_are_given_back(city: Scene) -> None:
    batch_id = city.open(site="lms", course="waktu")
    [one, two] = city.nominate(batch_id, city.people[1:3])
    city.approve([one, two])
    city.hear(reserved(batch_id, one, two))
    city.hear(reserved(batch_id, one, two))
    city.hear(enrolled(batch_id, two))
    city.town.client("enrolment", city.officer).post(f"/v1/seats/{one}/cancellation", {"reason": "Sakit"})
    city.town.run()
    city.hear(enrolled(batch_id, one))
    [again] = only(city.town.run(), SeatsReleased)
    assert [item.seat_id for item in again.seats] == [one]
    city.hear(freed(batch_id, one))
    assert city.states(batch_id)[one] == "releasing"
    city.hear(unenrolled(batch_id, one))
    assert city.states(batch_id) == {one: "released", two: "confirmed"}
    city.hear(enrolled(batch_id, one))
    city.hear(reserved(batch_id, one))
    assert not only(city.town.run(), SeatsReleased)


def test_a_yes_that_comes_after_the_proof_is_given_back_and_proven_again(city: Scene) -> None:
    batch_id = city.open()
    [one] = city.nominate(batch_id, city.people[1:2])
    city.approve([one])
    city.town.client("enrolment", city.officer).post(f"/v1/seats/{one}/cancellation", {"reason": "Sakit"})
    city.hear(freed(batch_id, one))
    city.town.run()
    assert city.states(batch_id)[one] == "released"
    city.hear(reserved(batch_id, one))
    assert len(only(city.town.run(), SeatsReleased)) == 1
    with city.town.unit("enrolment") as unit:
        assert [fact["state"] for fact in audit(unit) if fact["fact"] == "seat"] == ["releasing"]
    city.hear(freed(batch_id, one))
    with city.town.unit("enrolment") as unit:
        assert [fact["state"] for fact in audit(unit) if fact["fact"] == "seat"] == ["released"]


def test_an_lms_refusal_undoes_the_money_too(city: Scene) -> None:
    batch_id = city.open(site="lms", course="waktu")
    [one] = city.nominate(batch_id, city.people[1:2])
    city.approve([one])
    city.hear(reserved(batch_id, one))
    city.hear(lms_refused(batch_id, one))
    said = city.carry()
    released = only(said, SeatsReleased)
    assert released[-1].seats[0].reason == "lms_refused"
    assert city.states(batch_id)[one] == "released"


def test_nobody_answers_and_the_seat_is_asked_for_twice_again_then_released(city: Scene) -> None:
    batch_id = city.open()
    [one] = city.nominate(batch_id, city.people[1:2])
    city.approve([one])
    city.town.run()
    for _ in range(2):
        city.town.travel(minutes=11)
        [asked] = only(city.town.run(), SeatsApproved)
        assert asked.seats[0].attempt == 1
    city.town.travel(minutes=11)
    [released] = only(city.town.run(), SeatsReleased)
    assert released.seats[0].reason == "timeout"
    for _ in range(4):
        city.town.travel(minutes=16)
        assert len(only(city.town.run(), SeatsReleased)) == 1
    assert city.states(batch_id)[one] == "releasing"
    city.hear(freed(batch_id, one))
    assert city.states(batch_id)[one] == "released"


def test_an_approval_that_lies_goes_to_the_training_office_and_then_expires(city: Scene) -> None:
    batch_id = city.open(capacity=3)
    [one, two] = city.nominate(batch_id, city.people[1:3])
    city.town.travel(days=8)
    city.town.run()
    assert city.approve([one], by=city.supervisor)[0]["code"] == "request.not_found"
    assert city.approve([one], by=city.office)[0]["state"] == "reserving"
    city.town.travel(days=8)
    city.town.run()
    assert city.states(batch_id)[two] == "expired"


def test_both_approvers_are_asked_in_order(city: Scene) -> None:
    batch_id = city.open(approvals=["supervisor", "training_office"])
    [one] = city.nominate(batch_id, city.people[1:2])
    assert city.approve([one], by=city.office)[0]["code"] == "seat.not_for_approval"
    assert city.approve([one])[0]["state"] == "requested"
    assert city.approve([one])[0] == {"seat_id": str(one), "state": "requested", "code": None}
    assert city.approve([one], by=city.office)[0]["state"] == "reserving"


def test_without_a_supervisor_the_training_office_approves(city: Scene) -> None:
    batch_id = city.open()
    [one] = city.nominate(batch_id, city.people[:1])
    assert city.approve([one], by=city.office)[0]["state"] == "reserving"


def test_a_rejected_person_can_be_nominated_again(city: Scene) -> None:
    batch_id = city.open()
    [one] = city.nominate(batch_id, city.people[1:2])
    answer = city.town.client("enrolment", city.supervisor).post(
        "/v1/seats/rejections", {"seats": [str(one)], "reason": "Sedang proyek"}
    )
    assert answer.json["items"] == [{"seat_id": str(one), "state": "rejected", "code": None}]
    [two] = city.nominate(batch_id, city.people[1:2])
    assert city.states(batch_id) == {one: "rejected", two: "requested"}


def test_without_its_quorum_a_batch_is_cancelled_when_nominations_end(city: Scene) -> None:
    batch_id = city.open(least=2)
    [one, two] = city.nominate(batch_id, city.people[1:3])
    city.approve([one])
    city.carry()
    city.town.travel(days=20, hours=1)
    said = city.carry()
    assert [event.reason for event in only(said, BatchCancelled)] == ["quorum"]
    assert [item.reason for event in only(said, SeatsReleased) for item in event.seats] == ["quorum"]
    assert city.states(batch_id) == {one: "released", two: "expired"}
    assert city.get(f"/v1/batches/{batch_id}")["state"] == "cancelled"


def test_after_the_first_session_begins_a_confirmed_seat_is_only_missed(city: Scene) -> None:
    batch_id = city.open()
    [one] = city.nominate(batch_id, city.people[1:2])
    city.approve([one])
    city.carry()
    city.town.travel(days=20, hours=1)
    client = city.town.client("enrolment", city.office)
    seat_no = client.post(f"/v1/seats/{one}/cancellation", {"reason": "Sakit"})
    batch_no = client.post(f"/v1/batches/{batch_id}/cancellation", {"reason": "Banjir"})
    early = client.post(f"/v1/batches/{batch_id}/closing", {})
    assert [answer.json["code"] for answer in (seat_no, batch_no, early)] == [
        "batch.begun",
        "batch.begun",
        "batch.not_over",
    ]
    assert city.states(batch_id)[one] == "confirmed"


def test_a_cancelled_batch_gives_everything_back(city: Scene) -> None:
    batch_id = city.open(capacity=2)
    seats = city.nominate(batch_id, city.people[1:5])
    city.approve(seats[:3])
    city.carry()
    client = city.town.client("enrolment", city.office)
    assert client.post(f"/v1/batches/{batch_id}/cancellation", {"reason": "Gedung rusak"}).json["state"] == "cancelled"
    said = city.carry()
    assert len(only(said, BatchCancelled)) == 1
    assert sum(len(event.seats) for event in only(said, SeatsReleased)) == 2
    assert set(city.states(batch_id).values()) == {"released"}


def test_a_refused_batch_can_be_tried_again_with_the_next_attempt(city: Scene) -> None:
    batch_id = city.open(reserved=False)
    no = BatchRefused(
        line_id=LINE,
        batch_id=batch_id,
        attempt=1,
        code="budget.exhausted",
        asked=1_000_000,
        available=5,
        help_role="budget_officer",
    )
    city.hear(no)
    assert city.get(f"/v1/batches/{batch_id}")["state"] == "refused"
    assert [task["kind"] for task in city.get("/v1/tasks")["items"]] == ["refused_batch"]
    city.town.run()
    client = city.town.client("enrolment", city.office)
    assert client.post(f"/v1/batches/{batch_id}/opening", {}).json["state"] == "opening"
    [opened] = only(city.town.run(), BatchOpened)
    assert (opened.batch.attempt, opened.batch.rev) == (2, 2)
    city.hear(batch_reserved(batch_id, attempt=2))
    city.hear(no)
    assert city.get(f"/v1/batches/{batch_id}")["state"] == "open"


def test_an_online_batch_completes_a_seat_as_soon_as_its_modules_are_done(city: Scene) -> None:
    city.hear(version(2, rule=content.CompletionRule(presence_percent=0, all_modules=True), mode="online"))
    batch_id = city.open(sessions=[])
    [one] = city.nominate(batch_id, city.people[1:2])
    city.approve([one])
    city.carry()
    done = content.ProgrammesCompleted(
        batch_id=batch_id,
        programme_id=PROGRAMME,
        version=2,
        completions=(
            content.ProgrammeCompletion(seat_id=one, person_id=city.people[1], score=90, seconds=3600, at=clock.now()),
        ),
    )
    city.hear(done)
    city.hear(done)
    [completed] = only(city.carry(), SeatsCompleted)
    assert completed.seats[0].presence_percent == 100
    with city.town.unit("enrolment") as unit:
        assert list(unit.db.scalars(select(credit.c.jp))) == [20]
    city.town.client("enrolment", city.office).post(f"/v1/batches/{batch_id}/closing", {})
    [closed] = only(city.carry(), BatchClosed)
    assert (closed.confirmed, closed.completed) == (1, 1)
