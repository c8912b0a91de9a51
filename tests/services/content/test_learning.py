"""Access follows confirmed seats; progress is said once and completes a seat by the programme's rule."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.content.domain.progress import COMPLETED, Act, Steps, average, met
from shared.auth import AGENCY_OFFICER, AUDITOR, LEARNER, TRAINER
from shared.events.content import CompletionRule, ModulesCompleted, ModulesOpened, ProgrammesCompleted
from shared.events.enrolment import Batch, BatchOpened
from shared.ids import new_id
from tests.services.content.given import NOON, confirmed, learner, published, released, reported
from tests.town import Town, only, who


def _ready(town: Town, **more: Any) -> tuple[Any, ...]:
    programme_id, modules = published(town, **more)
    batch, seat, person = new_id(), new_id(), new_id()
    town.hear("content", confirmed(programme_id, batch, (seat, person)))
    town.run()
    return programme_id, modules, batch, seat, person


def test_a_learner_opens_and_completes_and_each_is_said_once(town: Town) -> None:
    programme_id, modules, batch, seat, person = _ready(town)
    me = learner(town, person)
    for _ in range(2):
        assert me.post(f"/v1/batches/{batch}/modules/{modules[0]}/opening", {}).status_code == 200
    (opened,) = town.run()
    assert isinstance(opened, ModulesOpened)
    assert (opened.batch_id, opened.programme_id, opened.version) == (batch, programme_id, 1)
    assert [(one.seat_id, one.person_id, one.module_id) for one in opened.openings] == [(seat, person, modules[0])]
    for module in modules * 2:
        me.post(f"/v1/batches/{batch}/modules/{module}/completion", {"score": 80, "seconds": 600})
    said = town.run()
    assert [event.completions[0].module_id for event in only(said, ModulesCompleted)] == modules
    (done,) = only(said, ProgrammesCompleted)
    assert (done.completions[0].seat_id, done.completions[0].score, done.completions[0].seconds) == (seat, 80, 1200)
    assert len(only(said, ModulesOpened)) == 1  # completing the second module opened it as well


def test_my_programmes_show_modules_and_progress(town: Town) -> None:
    programme_id, modules, batch, _, person = _ready(town)
    about = Batch(
        batch_id=batch,
        rev=1,
        attempt=1,
        programme_id=programme_id,
        version=1,
        name="Angkatan I",
        mode="classroom",
        sessions=(),
        capacity=30,
        least=5,
        fixed_cost=0,
        seat_price=0,
        line_id=new_id(),
        fiscal_year=2026,
        site=None,
        course=None,
        agencies=(),
        applied=(),
    )
    town.hear("content", BatchOpened(batch_id=batch, batch=about))
    me = learner(town, person)
    me.post(f"/v1/batches/{batch}/modules/{modules[1]}/completion", {})
    (row,) = me.get("/v1/mine").json["items"]
    assert (row["batch_name"], row["title"], row["jp"], row["finished_at"]) == (
        "Angkatan I",
        "Manajemen Waktu",
        20,
        None,
    )
    assert [part["completed_at"] is not None for part in row["modules"]] == [False, True]


def test_without_a_confirmed_seat_there_is_nothing(town: Town) -> None:
    _, modules, batch, seat, person = _ready(town)
    stranger = learner(town, new_id())
    assert stranger.post(f"/v1/batches/{batch}/modules/{modules[0]}/opening", {}).status_code == 404
    assert stranger.get("/v1/mine").json["items"] == []
    assert learner(town, person).post(f"/v1/batches/{batch}/modules/{new_id()}/opening", {}).status_code == 404
    town.hear("content", released(batch, (seat, person)))
    assert learner(town, person).post(f"/v1/batches/{batch}/modules/{modules[0]}/opening", {}).status_code == 404
    assert learner(town, person).get("/v1/mine").json["items"] == []
    assert town.client("content").get("/v1/mine").status_code == 401
    assert town.run() == []


@pytest.mark.parametrize("body", [{"score": 101}, {"score": -1}, {"seconds": -1}, {"score": "80"}, {"x": 1}])
def test_an_absurd_result_is_refused(town: Town, body: dict[str, Any]) -> None:
    _, modules, batch, _, person = _ready(town)
    path = f"/v1/batches/{batch}/modules/{modules[0]}/completion"
    assert learner(town, person).post(path, body).status_code == 422
    assert town.run() == []


def test_confirmation_and_release_mean_the_same_in_every_order(town: Town) -> None:
    programme_id, _ = published(town)
    for attempts_live in (False, True):
        for order in permutations(range(3)):
            batch, seat, person = new_id(), new_id(), new_id()
            events = [
                confirmed(programme_id, batch, (seat, person), attempt=1),
                released(batch, (seat, person), attempt=1 if attempts_live else 2),
                confirmed(programme_id, batch, (seat, person), attempt=2),
            ]
            for at in order:
                town.hear("content", events[at])
                town.hear("content", events[at])
            assert bool(learner(town, person).get("/v1/mine").json["items"]) is attempts_live


def test_access_to_an_unknown_version_waits(town: Town) -> None:
    town.hear("content", confirmed(new_id(), new_id(), (new_id(), new_id())))
    assert len(town.waiting()) == 1


def test_facts_of_an_lms_count_once_by_their_key(town: Town) -> None:
    _, modules, batch, seat, person = _ready(town)
    event = reported(
        person,
        batch,
        ("1", modules[0], "opened", None),
        ("2", modules[0], "completed", 70),
        ("3", None, "completed", 90),
    )
    town.hear("content", event)
    said = town.run()
    assert [one.seat_id for one in only(said, ModulesOpened)[0].openings] == [seat, seat]
    assert [one.module_id for one in only(said, ModulesCompleted)[0].completions] == modules
    assert only(said, ProgrammesCompleted)[0].completions[0].score == 90
    town.hear("content", event)
    assert town.run() == []


def test_facts_of_a_seat_not_yet_heard_wait_and_of_a_released_one_mean_nothing(town: Town) -> None:
    programme_id, modules = published(town)
    batch, seat, person = new_id(), new_id(), new_id()
    event = reported(person, batch, ("1", modules[0], "completed", None))
    town.hear("content", event)
    assert len(town.waiting()) == 1
    town.hear("content", released(batch, (seat, person)))
    town.run()
    town.hear("content", event)
    assert town.run() == []
    town.hear("content", confirmed(programme_id, batch, (seat, person), attempt=2))
    town.hear("content", reported(person, batch, ("2", modules[0], "completed", None)))
    assert len(only(town.run(), ModulesCompleted)) == 1


def test_a_fact_on_an_unknown_module_means_nothing(town: Town) -> None:
    _, _, batch, _, person = _ready(town)
    town.hear("content", reported(person, batch, ("1", new_id(), "completed", None)))
    assert town.run() == []


def test_a_least_score_is_met_by_trying_again(town: Town) -> None:
    rule = {"presence_percent": 0, "all_modules": True, "least_score": 75}
    _, modules, batch, _, person = _ready(town, rule=rule)
    me = learner(town, person)
    me.post(f"/v1/batches/{batch}/modules/{modules[0]}/completion", {"score": 60})
    me.post(f"/v1/batches/{batch}/modules/{modules[1]}/completion", {"score": 80})
    assert only(town.run(), ProgrammesCompleted) == []
    me.post(f"/v1/batches/{batch}/modules/{modules[0]}/completion", {"score": 70})
    said = town.run()
    assert only(said, ModulesCompleted) == []
    assert only(said, ProgrammesCompleted)[0].completions[0].score == 75


def test_five_hundred_seats_in_one_event(town: Town) -> None:
    programme_id, modules = published(town)
    batch = new_id()
    seats = [(new_id(), new_id()) for _ in range(500)]
    town.hear("content", confirmed(programme_id, batch, *seats))
    rows = tuple(
        row
        for number, (_, person) in enumerate(seats)
        for row in reported(person, batch, (str(number), None, "completed", None)).rows
    )
    town.run()
    town.hear("content", type(reported(new_id(), batch))(site="lms", rows=rows))
    said = town.run()
    assert sum(len(event.completions) for event in only(said, ProgrammesCompleted)) == 500
    assert sum(len(event.completions) for event in only(said, ModulesCompleted)) == 500 * len(modules)


def test_the_progress_of_a_batch_is_for_those_who_run_it(town: Town) -> None:
    programme_id, modules = published(town)
    batch = new_id()
    first, second = (new_id(), new_id()), (new_id(), new_id())
    events = [confirmed(programme_id, batch, pair) for pair in (first, second)]
    for event in events:
        town.hear("content", event)
    learner(town, first[1]).post(f"/v1/batches/{batch}/modules/{modules[0]}/completion", {"score": 90})
    path = f"/v1/batches/{batch}/progress"
    everywhere = town.client("content", who(TRAINER)).get(path).json["items"]
    counts = {row["seat_id"]: (row["opened"], row["completed"], row["of"]) for row in everywhere}
    assert counts == {str(first[0]): (1, 1, 2), str(second[0]): (0, 0, 2)}
    one_agency = who(AUDITOR, agency=events[0].seats[0].segment.agency_id)
    assert [row["seat_id"] for row in town.client("content", one_agency).get(path).json["items"]] == [str(first[0])]
    assert town.client("content", who(LEARNER)).get(path).status_code == 403
    assert town.client("content", who(AGENCY_OFFICER)).get(path).status_code == 403
    page = town.client("content", who(TRAINER)).get(path, limit=1).json
    assert len(town.client("content", who(TRAINER)).get(path, limit=1, after=page["next"]).json["items"]) == 1


def test_progress_is_audited_explained_and_said_again(town: Town) -> None:
    _, _, batch, seat, person = _ready(town)
    town.hear("content", reported(person, batch, ("1", None, "completed", None)))
    said = town.run()
    service = town.services["content"]
    assert service.audit
    assert service.explain
    assert service.say_again
    with town.unit("content") as unit:
        assert list(service.audit(unit)) == [{"fact": "completion", "seat_id": str(seat), "batch_id": str(batch)}]
        assert "Akses materi diberikan" in [one["what"]["id"] for one in service.explain(unit, seat)]
        assert service.say_again(unit, "seat", [seat, new_id()]) == 3
        assert service.say_again(unit, "batch", [batch]) == 0
    again = town.run()
    assert {type(event) for event in again} == {type(event) for event in said}
    assert only(again, ProgrammesCompleted) == only(said, ProgrammesCompleted)


_MODULES = [new_id() for _ in range(4)]


@given(
    scores=st.lists(st.one_of(st.none(), st.integers(0, 100)), max_size=4),
    least=st.one_of(st.none(), st.integers(0, 100)),
    course=st.one_of(st.none(), st.integers(0, 100)),
    every=st.booleans(),
)
def test_the_rule_is_met_exactly_when_it_says(
    scores: list[int | None], least: int | None, course: int | None, every: bool
) -> None:
    seat = new_id()
    steps = []
    for module, score in zip(_MODULES, scores, strict=False):
        step = Steps(seat_id=seat, module_id=module)
        step.take(Act(seat_id=seat, module_id=module, kind=COMPLETED, score=score, at=NOON))
        steps.append(step)
    result = average(steps, course)
    given_scores = [score for score in scores if score is not None]
    if course is None and given_scores:
        assert result is not None
        assert min(given_scores) <= result <= sum(given_scores) / len(given_scores)
    done = bool(steps) and (not every or len(steps) == len(_MODULES))
    passed = least is None or (result is not None and result >= least)
    rule = CompletionRule(presence_percent=0, all_modules=every, least_score=least)
    assert met(rule, _MODULES, steps, course) is (done and passed)
