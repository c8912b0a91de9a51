"""Who is asked, when, and when the asking ends."""

import itertools
from datetime import UTC, datetime
from uuid import UUID

from shared.auth import Principal
from shared.events.content import ModuleOpening, ModulesOpened
from shared.events.enrolment import BatchCancelled, BatchOpened, ReleasedSeat, SeatsReleased
from shared.events.surveys import Invited, ResultsClosed
from shared.ids import new_id
from tests.services.surveys.scene import FINE, HARD, Guest, Scene, closed, confirmed, guests, present
from tests.town import only


def opened(batch_id: UUID, programme_id: UUID, guest: Guest) -> ModulesOpened:
    opening = ModuleOpening(
        seat_id=guest.seat_id, person_id=guest.person_id, module_id=new_id(), at=datetime(2026, 3, 2, tzinfo=UTC)
    )
    return ModulesOpened(batch_id=batch_id, programme_id=programme_id, version=1, openings=(opening,))


def test_exactly_those_who_took_part_are_asked(scene: Scene) -> None:
    there, online, absent = guests(III=6), Guest(), Guest()
    batch = scene.batch()
    scene.hear(
        BatchOpened(batch_id=batch.batch_id, batch=batch),
        confirmed(batch, [*there, online, absent]),
        present(batch, there),
        present(batch, [absent], there=False),
        opened(batch.batch_id, batch.programme_id, online),
        closed(batch, 7),
    )
    said = only(scene.town.run(), Invited)
    assert {person for event in said for person in event.people} == {g.person_id for g in [*there, online]}
    campaign = scene.campaign_of(batch)
    assert (campaign["state"], campaign["invited"], campaign["answered"]) == ("open", 7, 0)


def test_facts_in_any_order_and_twice_ask_the_same_people_once(scene: Scene) -> None:
    people = guests(III=5)
    for order in itertools.permutations(range(4)):
        batch = scene.batch()
        story = scene.story(batch, [Guest(person_id=g.person_id) for g in people])
        scene.hear(*(story[at] for at in order for _ in range(2)))
        said = [event for event in only(scene.town.run(), Invited) if event.batch_id == batch.batch_id]
        assert sum(len(event.people) for event in said) == 5, order


def test_a_batch_that_closes_before_it_is_known_waits(scene: Scene) -> None:
    batch = scene.batch()
    scene.hear(closed(batch, 0))
    assert len(scene.town.waiting()) == 1
    scene.hear(BatchOpened(batch_id=batch.batch_id, batch=batch))
    scene.town.run()
    assert not scene.town.waiting()
    assert scene.campaign_of(batch)["state"] == "closed"


def test_nobody_is_asked_before_the_numbers_match_or_the_hour_is_up(scene: Scene) -> None:
    people = guests(III=6)
    batch = scene.batch()
    scene.hear(*scene.story(batch, people)[:3], closed(batch, 7))
    assert not only(scene.town.run(), Invited)
    scene.town.travel(minutes=61)
    (said,) = only(scene.town.run(), Invited)
    assert len(said.people) == 6


def test_a_corrected_attendance_and_a_released_seat_are_not_asked(scene: Scene) -> None:
    people = guests(III=7)
    batch = scene.batch()
    scene.hear(
        SeatsReleased(
            batch_id=batch.batch_id,
            line_id=batch.line_id,
            site=None,
            course=None,
            seats=(
                ReleasedSeat(seat_id=people[0].seat_id, attempt=1, person_id=people[0].person_id, reason="cancelled"),
            ),
        ),
        present(batch, people[1:2], there=False, rev=2),
        *scene.story(batch, people)[:3],
        closed(batch, 5),
    )
    (said,) = only(scene.town.run(), Invited)
    assert set(said.people) == {g.person_id for g in people[2:]}


def test_a_latecomer_is_asked_too_while_the_survey_is_open(scene: Scene) -> None:
    people = guests(III=6)
    batch = scene.batch()
    scene.hear(*scene.story(batch, people[:5])[:3], closed(batch, 6))
    scene.town.travel(minutes=61)
    scene.town.run()
    scene.hear(confirmed(batch, people[5:]), present(batch, people[5:]))
    (said,) = only(scene.town.run(), Invited)
    assert said.people == (people[5].person_id,)
    assert scene.campaign_of(batch)["invited"] == 6


def test_a_latecomer_whose_answer_could_be_told_from_the_others_is_not_asked(scene: Scene) -> None:
    people = guests(III=5)
    batch = scene.batch()
    scene.hear(*scene.story(batch, people)[:3], closed(batch, 7))
    scene.town.travel(minutes=61)
    scene.town.run()
    scene.answer(people[0], FINE)
    scene.hear(
        *(event for late in (Guest("IV"), Guest("III")) for event in (confirmed(batch, [late]), present(batch, [late])))
    )
    said = only(scene.town.run(), Invited)
    assert sum(len(event.people) for event in said) == 1


def test_a_cancelled_batch_asks_nobody(scene: Scene) -> None:
    batch = scene.batch()
    scene.hear(
        BatchOpened(batch_id=batch.batch_id, batch=batch),
        BatchCancelled(batch_id=batch.batch_id, rev=2, line_id=batch.line_id, reason="quorum"),
    )
    assert scene.campaign_of(batch)["state"] == "cancelled"


def test_it_closes_when_everybody_has_answered(scene: Scene) -> None:
    people = guests(III=12)
    campaign_id = scene.run_survey(people, hard=3)
    campaign = scene.show("campaigns", campaign_id)
    assert (campaign["state"], campaign["outcome"], campaign["answered"]) == ("closed", "measured", 12)
    (said,) = only(scene.town.said, ResultsClosed)
    (hard,) = [measure for measure in said.measures if measure.kind == "too_hard"]
    assert (hard.n, hard.share, said.invited, said.answered) == (12, 0.25, 12, 12)


def test_it_closes_after_fourteen_days(scene: Scene) -> None:
    people = guests(III=8)
    campaign_id = scene.ran(people)
    scene.all_answer(people[:6], lambda _: FINE)
    scene.town.travel(days=13)
    scene.town.run()
    assert scene.show("campaigns", campaign_id)["state"] == "open"
    scene.town.travel(days=1)
    scene.town.run()
    campaign = scene.show("campaigns", campaign_id)
    assert (campaign["state"], campaign["invited"], campaign["answered"]) == ("closed", 8, 6)


def test_it_closes_by_command_once(scene: Scene) -> None:
    people = guests(III=8)
    campaign_id = scene.ran(people)
    scene.all_answer(people[:6], lambda n: HARD if n < 2 else FINE)
    shut = scene.client().post(f"/v1/campaigns/{campaign_id}/closing", {})
    assert shut.status_code == 200, shut.json
    assert shut.json["measures"][0]["n"] == 6
    again = scene.client().post(f"/v1/campaigns/{campaign_id}/closing")
    assert (again.status_code, again.json["code"]) == (409, "campaign.not_open")


def test_nothing_is_shown_before_it_is_closed(scene: Scene) -> None:
    people = guests(III=12)
    campaign_id = scene.ran(people)
    scene.all_answer(people[:11], lambda _: HARD)
    scene.town.run()
    campaign = scene.show("campaigns", campaign_id)
    assert (campaign["answered"], campaign["measures"]) == (11, [])
    assert scene.client().get(f"/v1/campaigns/{campaign_id}/comments").json["items"] == []


def test_fewer_than_five_answers_are_never_released(scene: Scene) -> None:
    people = guests(III=8)
    campaign_id = scene.ran(people)
    scene.all_answer(people[:4], lambda _: HARD)
    scene.client().post(f"/v1/campaigns/{campaign_id}/closing", {})
    campaign = scene.show("campaigns", campaign_id)
    assert (campaign["outcome"], campaign["answered"], campaign["measures"]) == ("too_few", 4, [])
    with scene.town.unit("surveys") as unit:
        tables = scene.town.services["surveys"].metadata.tables  # type: ignore[union-attr]
        for name in ("answer", "held_answer"):
            assert unit.db.execute(tables[name].select()).all() == []


def test_a_survey_of_nobody_closes_at_once(scene: Scene) -> None:
    batch = scene.batch()
    scene.hear(BatchOpened(batch_id=batch.batch_id, batch=batch), closed(batch, 0))
    scene.town.run()
    assert scene.campaign_of(batch)["outcome"] == "too_few"


def test_a_task_shows_the_link_only_to_its_person(scene: Scene) -> None:
    people = guests(III=5)
    scene.ran(people)
    (task,) = scene.client(Principal(str(people[0].person_id), {})).get("/v1/tasks").json["items"]
    assert task["path"] == f"/s/{task['link_to']['id']}"
    assert scene.client(Principal(str(new_id()), {})).get("/v1/tasks").json["items"] == []


def test_a_batch_of_thousands_is_asked_in_events_of_at_most_five_hundred(scene: Scene) -> None:
    people = guests(III=1200)
    batch = scene.batch(capacity=2000)
    scene.hear(BatchOpened(batch_id=batch.batch_id, batch=batch))
    for start in range(0, 1200, 500):
        part = people[start : start + 500]
        scene.hear(confirmed(batch, part), present(batch, part))
    scene.hear(closed(batch, 1200))
    said = only(scene.town.run(), Invited)
    assert [len(event.people) for event in said] == [500, 500, 200]


def test_an_index_of_satisfaction_is_given_where_the_form_has_elements(scene: Scene) -> None:
    elements = [
        {"type": "rating", "name": f"u{n}", "rateMin": 1, "rateMax": 4, "bangkom": {"element": n}} for n in range(1, 10)
    ]
    body = {"code": "ikm", "programme_code": "TM-01", "definition": {"elements": elements}}
    assert scene.client().post("/v1/instruments", body).status_code == 201
    scene.publish()
    people = guests(III=6)
    campaign_id = scene.ran(people)
    scene.all_answer(people, lambda at: {f"u{n}": 4 if (n + at) % 2 else 3 for n in range(1, 10)})
    scene.town.run()
    assert scene.show("campaigns", campaign_id)["index"] == {"value": "87.50", "grade": "B", "elements": 9}
