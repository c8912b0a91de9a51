"""From a finding to a change, to telling people, to measuring it again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.auth import AUDITOR, EVALUATOR, LEARNER, TRAINER, TRAINING_OFFICE, Principal
from shared.events.content import ChangeDrafted
from shared.events.content import ChangeRefused as RefusedByContent
from shared.events.enrolment import BatchOpened, ChangeApplied
from shared.events.surveys import AnswerPublished, ChangeDecided, EffectMeasured, FindingRaised
from shared.ids import new_id
from tests.services.surveys.scene import Scene, guests
from tests.town import only, who


def raised(scene: Scene, hard: int = 25, n: int = 40, **given: Any) -> str:
    """A finding on the first version."""
    scene.publish()
    scene.run_survey(guests(III=n), hard, **given)
    (finding,) = scene.findings()
    return str(finding["finding_id"])


def test_a_share_too_high_for_chance_raises_a_finding(scene: Scene) -> None:
    scene.publish()
    people = [*guests(II=12), *guests(III=13)]
    scene.run_survey(people, hard=15)
    (said,) = only(scene.town.said, FindingRaised)
    assert (said.kind, said.share, said.n) == ("too_hard", 0.6, 25)
    assert (round(said.low, 2), round(said.high, 2)) == (0.41, 0.77)
    assert said.worst_segment is not None
    assert (said.worst_segment.by, said.worst_segment.value, said.worst_segment.n) == ("grade_band", "II", 12)
    finding = scene.show("findings", said.finding_id)
    assert finding["sentence"]["id"] == "60 % dari 25 peserta menilai materinya terlalu sulit"
    assert finding["worst_segment"]["shown"] == "> 80 %"
    assert finding["worst_segment"]["share"] is None
    assert finding["worst_segment"]["name"]["id"] == "golongan II"


@pytest.mark.parametrize(("hard", "n"), [(12, 25), (9, 9), (5, 40)])
def test_what_chance_could_do_or_too_few_said_raises_nothing(scene: Scene, hard: int, n: int) -> None:
    scene.run_survey(guests(III=n), hard)
    assert scene.findings() == []


def test_no_segment_is_named_where_none_differs(scene: Scene) -> None:
    people = [guest for pair in zip(guests(II=15), guests(III=15), strict=True) for guest in pair]
    scene.run_survey(people, hard=20)
    (finding,) = scene.findings()
    assert finding["worst_segment"] is None


def test_a_unanimous_result_does_not_say_what_each_person_said(scene: Scene) -> None:
    campaign_id = scene.run_survey(guests(II=10, III=10), hard=20)
    (finding,) = scene.findings()
    assert (finding["share"], finding["shown"]) == (None, "> 80 %")
    assert finding["sentence"]["id"].startswith("Lebih dari 80 % dari 20 peserta")
    (said,) = only(scene.town.said, FindingRaised)
    assert said.share == 0.8
    assert said.low < 0.8
    measure = scene.show("campaigns", campaign_id)["measures"][0]
    assert (measure["share"], measure["low"], measure["shown"]) == (None, None, "> 80 %")
    assert {group["share"] for group in measure["groups"]} == {None}


def test_groups_are_shown_in_bands_as_soon_as_one_of_them_agrees(scene: Scene) -> None:
    campaign_id = scene.run_survey([*guests(II=10), *guests(III=15)], hard=14)
    measure = scene.show("campaigns", campaign_id)["measures"][0]
    assert measure["share"] == 14 / 25
    shown = {group["value"]: (group["share"], group["shown"], group["mean"]) for group in measure["groups"]}
    assert shown == {"II": (None, "> 80 %", None), "III": (None, "20–40 %", None)}


def test_a_decision_says_a_concrete_change_with_owner_and_due_date(scene: Scene) -> None:
    finding_id = raised(scene)
    owner = new_id()
    decided = scene.decide(finding_id, owner_id=str(owner))
    assert decided.status_code == 200, decided.json
    assert (decided.json["state"], decided.json["decision"]["state"]) == ("decided", "open")
    (said,) = only(scene.town.run(), ChangeDecided)
    assert (said.rev, said.owner_id, said.change.kind, said.change.module_minutes) == (1, owner, "bridging_module", 90)
    (task,) = scene.client(Principal(str(owner), {})).get("/v1/tasks").json["items"]
    assert (task["kind"], task["link_to"]) == ("change", {"page": "finding", "id": finding_id})


def test_the_story_of_a_decision_gives_its_due_date_as_people_write_it(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id, due="2099-02-02")
    decided = scene.show("findings", finding_id)["timeline"][1]["what"]
    assert decided["id"] == "Diputuskan: Tambah modul pengantar (tenggat 2 Februari 2099)"
    assert decided["en"] == "Decided: Tambah modul pengantar (due 2 February 2099)"


def test_a_decision_can_be_revised_until_it_is_in_effect(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    scene.decide(finding_id, {"kind": "level", "note": "Turunkan tingkat", "level": "basic"})
    assert [event.rev for event in only(scene.town.run(), ChangeDecided)] == [1, 2]
    scene.publish(2, [UUID(finding_id)])
    late = scene.decide(finding_id)
    assert (late.status_code, late.json["code"]) == (409, "finding.in_effect")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "level", "note": "x"}, "finding.change_incomplete"),
        ({"kind": "bridging_module", "note": "x", "module_title": "Dasar"}, "finding.change_incomplete"),
        ({"kind": "venue", "note": "x", "place": "Aula", "jp": 3}, "finding.change_foreign"),
        ({"kind": "magic", "note": "x"}, "request.invalid"),
        ({"kind": "level", "note": "", "level": "basic"}, "request.invalid"),
        ({"kind": "level", "note": "x", "level": "basic", "extra": 1}, "request.invalid"),
    ],
)
def test_a_change_that_is_not_concrete_is_refused(scene: Scene, change: Any, code: str) -> None:
    finding_id = raised(scene)
    answered = scene.decide(finding_id, change)
    assert (answered.status_code, answered.json["code"]) == (422, code)
    assert scene.show("findings", finding_id)["decision"] is None


def test_a_due_date_that_has_passed_is_refused(scene: Scene) -> None:
    finding_id = raised(scene)
    past = (datetime.now(UTC) - timedelta(days=2)).date().isoformat()
    answered = scene.decide(finding_id, due=past)
    assert answered.json["code"] == "finding.due_past"


def test_a_drafted_change_is_in_effect_when_a_version_names_it_and_those_who_said_it_are_told(scene: Scene) -> None:
    scene.publish()
    people = guests(III=40)
    scene.run_survey(people, hard=24)
    finding_id = scene.findings()[0]["finding_id"]
    scene.decide(finding_id)
    scene.publish(2, [UUID(finding_id)])
    scene.hear(ChangeDrafted(programme_id=scene.programme_id, finding_id=UUID(finding_id), version=2))
    decision = scene.show("findings", finding_id)["decision"]
    assert (decision["state"], decision["in_effect_version"]) == ("in_effect", 2)
    (said,) = only(scene.town.run(), AnswerPublished)
    assert set(said.people) == {guest.person_id for guest in people}
    assert said.said == "60 % dari 40 peserta menilai materinya terlalu sulit"
    assert said.did == "Modul pengantar “Dasar Excel” ditambahkan mulai versi 2"
    (task,) = scene.client(Principal(str(people[0].person_id), {})).get("/v1/tasks").json["items"]
    assert (task["kind"], task["said"]["id"], task["did"]["id"]) == ("answer", said.said, said.did)
    scene.publish(2, [UUID(finding_id)])
    assert not only(scene.town.run(), AnswerPublished)


def test_a_refused_change_waits_for_another_decision(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    scene.hear(
        RefusedByContent(
            programme_id=scene.programme_id, finding_id=UUID(finding_id), code="change.unknown_prerequisite"
        )
    )
    finding = scene.show("findings", finding_id)
    assert (finding["state"], finding["decision"]["refused_code"]) == ("refused", "change.unknown_prerequisite")
    assert scene.decide(finding_id).json["state"] == "decided"


def test_a_change_of_the_run_is_in_effect_with_the_batch_that_names_it(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id, {"kind": "venue", "note": "Pindah ke aula", "place": "Aula Nusantara"})
    batch = scene.batch(name="Angkatan II", applied=(UUID(finding_id),))
    applied = ChangeApplied(programme_id=scene.programme_id, finding_id=UUID(finding_id), batch_id=batch.batch_id)
    scene.hear(applied)
    assert scene.show("findings", finding_id)["decision"]["state"] == "applied"
    people = guests(III=40)
    scene.hear(*scene.story(batch, people), applied)
    (said,) = only(scene.town.run(), AnswerPublished)
    assert said.did == "Tempat dipindahkan ke Aula Nusantara mulai angkatan Angkatan II"
    scene.all_answer(people, lambda n: {"difficulty": 5 if n < 4 else 3, "pace": 3, "usefulness": 4})
    scene.town.run()
    assert scene.show("findings", finding_id)["effect"]["state"] == "improved"


@pytest.mark.parametrize(
    ("after", "n", "state"), [(5, 40, "improved"), (24, 40, "too_few"), (36, 40, "worse"), (25, 38, "too_few")]
)
def test_the_same_question_is_measured_again_on_the_run_that_carries_the_change(
    scene: Scene, after: int, n: int, state: str
) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    scene.run_survey(guests(III=20), hard=2)
    scene.publish(2, [UUID(finding_id)])
    assert not only(scene.town.run(), EffectMeasured)
    scene.run_survey(guests(III=n), hard=after, version=2)
    scene.run_survey(guests(III=n), hard=1, version=3)
    (said,) = only(scene.town.said, EffectMeasured)
    assert (said.before.count, said.before.n, said.after.count, said.after.n) == (25, 40, after, n)
    assert (said.state, said.after.version) == (state, 2)
    assert said.difference == pytest.approx(after / n - 25 / 40)
    effect = scene.show("findings", finding_id)["effect"]
    assert (effect["state"], effect["after"]["n"]) == (state, n)
    (listed,) = scene.client().get("/v1/effects", programme_id=str(scene.programme_id)).json["items"]
    assert listed["finding_id"] == finding_id


def test_a_version_heard_after_its_run_closed_is_measured_all_the_same(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    scene.run_survey(guests(III=40), hard=4, version=2)
    scene.publish(2, [UUID(finding_id)])
    (said,) = only(scene.town.run(), EffectMeasured)
    assert said.state == "improved"


def test_a_unanimous_second_run_hides_its_count_and_keeps_its_verdict(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    scene.publish(2, [UUID(finding_id)])
    scene.run_survey(guests(III=40), hard=0, version=2)
    (said,) = only(scene.town.said, EffectMeasured)
    assert (said.state, said.after.count, said.difference) == ("improved", 7, None)
    effect = scene.show("findings", finding_id)["effect"]
    assert (effect["after"]["share"], effect["after"]["count"], effect["after"]["shown"]) == (None, None, "< 20 %")


def test_the_group_a_finding_named_is_shown_before_and_after(scene: Scene) -> None:
    scene.publish()
    scene.run_survey([*guests(II=20), *guests(III=20)], hard=20)
    finding_id = scene.findings()[0]["finding_id"]
    scene.decide(finding_id)
    scene.publish(2, [UUID(finding_id)])
    mixed = [guest for pair in zip(guests(II=20), guests(III=20), strict=True) for guest in pair]
    scene.run_survey(mixed, hard=10, version=2)
    segment = scene.show("findings", finding_id)["effect"]["segment"]
    assert (segment["value"], segment["before"]["shown"], segment["after"]["shown"]) == ("II", "> 80 %", "25 %")


def test_a_question_with_another_scale_is_not_the_same_question(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    scene.publish(2, [UUID(finding_id)])
    form = {
        "elements": [
            {"type": "rating", "name": n, "rateMax": 10, "bangkom": {"kind": "too_hard", "counts": [9, 10]}}
            for n in ("difficulty", "pace", "usefulness")
        ]
    }
    given = scene.client().post("/v1/instruments", {"code": "other", "programme_code": "TM-01", "definition": form})
    assert given.status_code == 201, given.json
    scene.run_survey(guests(III=40), hard=4, version=2)
    assert scene.show("findings", finding_id)["effect"] is None


def test_events_come_twice_and_late_and_change_nothing(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    drafted = ChangeDrafted(programme_id=scene.programme_id, finding_id=UUID(finding_id), version=2)
    refused = RefusedByContent(programme_id=scene.programme_id, finding_id=UUID(finding_id), code="late")
    published = scene.publish(2, [UUID(finding_id)])
    before = scene.show("findings", finding_id)
    scene.hear(drafted, refused, published, drafted, refused)
    assert scene.show("findings", finding_id) == before


def test_what_was_not_raised_here_is_nobodys_finding(scene: Scene) -> None:
    scene.publish(2, [new_id()])
    batch = scene.batch(applied=(new_id(),))
    scene.hear(BatchOpened(batch_id=batch.batch_id, batch=batch))
    assert scene.campaign_of(batch)["state"] == "waiting"


@pytest.mark.parametrize("role", [EVALUATOR, TRAINING_OFFICE, AUDITOR])
def test_who_may_read_results(scene: Scene, role: str) -> None:
    finding_id = raised(scene)
    client = scene.client(who(role))
    for path in ("/v1/campaigns", "/v1/findings", f"/v1/findings/{finding_id}", "/v1/effects", "/v1/instruments"):
        assert client.get(path).status_code == 200, path


@pytest.mark.parametrize("role", [LEARNER, TRAINER])
def test_who_may_not_read_results(scene: Scene, role: str) -> None:
    finding_id = raised(scene)
    client = scene.client(who(role))
    for path in ("/v1/campaigns", "/v1/findings", f"/v1/findings/{finding_id}", "/v1/effects", "/v1/instruments"):
        assert client.get(path).status_code == 403, path
    assert client.get("/v1/tasks").status_code == 200
    assert scene.town.client("surveys").get("/v1/findings").status_code == 401


def test_only_the_evaluator_decides(scene: Scene) -> None:
    finding_id = raised(scene)
    body = {"owner_id": str(new_id()), "due": "2099-01-01", "change": {"kind": "schedule", "note": "Pagi"}}
    for role in (TRAINING_OFFICE, AUDITOR, LEARNER):
        answered = scene.client(who(role)).post(f"/v1/findings/{finding_id}/decision", body)
        assert answered.status_code == 403


def test_an_evaluator_of_one_agency_sees_the_runs_of_that_agency_only(scene: Scene) -> None:
    mine, other = new_id(), new_id()
    scene.publish()
    scene.run_survey(guests(III=20), 18, agencies=(mine,))
    scene.run_survey(guests(III=20), 18, agencies=(mine, other))
    scene.run_survey(guests(III=20), 18)
    client = scene.client(who(EVALUATOR, agency=mine))
    (finding,) = client.get("/v1/findings").json["items"]
    assert len(client.get("/v1/campaigns").json["items"]) == 1
    hidden = next(f for f in scene.findings() if f["finding_id"] != finding["finding_id"])
    assert client.get(f"/v1/findings/{hidden['finding_id']}").json["code"] == "request.not_found"
    body = {"owner_id": str(new_id()), "due": "2099-01-01", "change": {"kind": "schedule", "note": "Pagi"}}
    assert client.post(f"/v1/findings/{hidden['finding_id']}/decision", body).status_code == 404


def test_lists_go_on_where_they_ended_and_filter(scene: Scene) -> None:
    scene.publish()
    for _ in range(3):
        scene.run_survey(guests(III=12), 11)
    first = scene.client().get("/v1/findings", limit=2, state="").json
    second = scene.client().get("/v1/findings", limit=2, after=first["next"]).json
    assert len({f["finding_id"] for f in first["items"] + second["items"]}) == 3
    assert second["next"] is None
    assert scene.client().get("/v1/findings", state="measured").json["items"] == []
    assert scene.client().get("/v1/findings", state="nonsense").status_code == 422


def test_the_story_of_a_finding_a_campaign_and_a_batch_can_be_told(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    scene.publish(2, [UUID(finding_id)])
    finding = scene.show("findings", finding_id)
    explain = scene.town.services["surveys"].explain
    assert explain is not None
    with scene.town.unit("surveys") as unit:
        story = list(explain(unit, UUID(finding_id)))
        for thing in (finding["campaign_id"], finding["batch_id"]):
            whole = list(explain(unit, UUID(thing)))
            assert len(whole) == len(story) + 3
            assert whole == sorted(whole, key=lambda step: step["at"])
        assert list(explain(unit, new_id())) == []
    assert [step["what"]["en"].split(":")[0] for step in story] == [
        "Finding",
        "Decided",
        "The bridging module “Dasar Excel” was added from version 2",
    ]


def test_the_audit_names_every_decision_and_how_far_it_is(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    audit = scene.town.services["surveys"].audit
    assert audit is not None
    with scene.town.unit("surveys") as unit:
        (fact,) = audit(unit)
    assert (fact["fact"], fact["finding_id"], fact["kind"], fact["state"]) == (
        "decision",
        finding_id,
        "bridging_module",
        "open",
    )


def test_what_was_said_can_be_said_again(scene: Scene) -> None:
    finding_id = raised(scene)
    scene.decide(finding_id)
    scene.publish(2, [UUID(finding_id)])
    scene.run_survey(guests(III=40), hard=5, version=2)
    say_again = scene.town.services["surveys"].say_again
    assert say_again is not None
    campaign_id = UUID(scene.show("findings", finding_id)["campaign_id"])
    scene.town.run()
    with scene.town.unit("surveys") as unit:
        assert say_again(unit, "finding", [UUID(finding_id)]) == 4
        assert say_again(unit, "campaign", [campaign_id, new_id()]) == 2
        assert say_again(unit, "seat", [new_id()]) == 0
    assert len(scene.town.run()) == 6
