"""Answering from a link: once, by its person, and only what the form allows."""

import threading
from typing import Any

import pytest

from services.surveys.tools.links import invitation_of, token_of
from shared.ids import new_id
from tests.services.surveys.scene import FINE, Scene, guests


@pytest.fixture
def link(scene: Scene) -> str:
    """A link into an open survey of nine."""
    people = guests(III=9)
    scene.publish()
    scene.ran(people)
    return f"/v1/answers/{scene.token(people[0])}"


def test_a_link_shows_the_form_without_what_answers_will_count_for(scene: Scene, link: str) -> None:
    shown = scene.town.client("surveys").get(link)
    assert shown.status_code == 200, shown.json
    assert (shown.json["batch_name"], shown.json["programme_title"]) == ("Angkatan 1", "Manajemen waktu")
    assert shown.json["form"]["pages"][0]["elements"][0]["name"] == "difficulty"
    assert "bangkom" not in shown.text
    assert "too_hard" not in shown.text


def test_a_link_is_used_once(scene: Scene, link: str) -> None:
    client = scene.town.client("surveys")
    assert client.post(link, {"answers": FINE}).json == {"received": True}
    for again in (client.post(link, {"answers": FINE}), client.get(link)):
        assert (again.status_code, again.json["code"]) == (410, "survey.used")


def test_two_taps_at_once_count_once(scene: Scene, link: str) -> None:
    answered: list[int] = []

    def tap() -> None:
        answered.append(scene.town.client("surveys").post(link, {"answers": FINE}).status_code)

    taps = [threading.Thread(target=tap) for _ in range(4)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()
    assert sorted(answered) == [200, 410, 410, 410]


def test_a_link_into_a_closed_survey_is_gone(scene: Scene) -> None:
    people = guests(III=9)
    campaign_id = scene.ran(people)
    link = f"/v1/answers/{scene.token(people[0])}"
    scene.town.travel(days=14)
    assert scene.town.client("surveys").post(link, {"answers": FINE}).json["code"] == "survey.closed"
    scene.client().post(f"/v1/campaigns/{campaign_id}/closing", {})
    assert scene.town.client("surveys").get(link).json["code"] == "survey.closed"


@pytest.mark.parametrize(
    "token",
    ["x", "a" * 43, "ä" * 43, "A" * 5000, token_of(new_id(), "another secret")],
    ids=["short", "as long", "no ASCII", "huge", "another secret"],
)
def test_a_made_up_link_leads_nowhere(scene: Scene, link: str, token: str) -> None:
    for answered in (
        scene.town.client("surveys").get(f"/v1/answers/{token}"),
        scene.town.client("surveys").post(f"/v1/answers/{token}", {"answers": FINE}),
    ):
        assert (answered.status_code, answered.json["code"]) == (404, "request.not_found")


def test_a_link_that_is_changed_in_one_letter_leads_nowhere(scene: Scene, link: str) -> None:
    path, _, token = link.rpartition("/")
    for at in range(len(token) - 1):
        other = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert scene.town.client("surveys").get(f"{path}/{other}").status_code == 404, at


def test_an_installation_can_set_the_secret_that_signs_links(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    people = guests(III=5)
    monkeypatch.setenv("SURVEYS_LINK_SECRET", "a secret of this installation")
    scene.ran(people)
    token = scene.token(people[0])
    assert invitation_of(token, "a secret of this installation") is not None
    monkeypatch.delenv("SURVEYS_LINK_SECRET")
    assert scene.town.client("surveys").get(f"/v1/answers/{token}").status_code == 404


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, {"difficulty": "required", "pace": "required", "usefulness": "required"}),
        (FINE | {"difficulty": 6}, {"difficulty": "range"}),
        (FINE | {"difficulty": 0}, {"difficulty": "range"}),
        (FINE | {"difficulty": "4"}, {"difficulty": "type"}),
        (FINE | {"difficulty": True}, {"difficulty": "type"}),
        (FINE | {"difficulty": 3.5}, {"difficulty": "type"}),
        (FINE | {"difficulty": None}, {"difficulty": "required"}),
        (FINE | {"would_recommend": 1}, {"would_recommend": "type"}),
        (FINE | {"suggestion": "x" * 1001}, {"suggestion": "length"}),
        (FINE | {"suggestion": ["x"]}, {"suggestion": "type"}),
        (FINE | {"nip": "200012312024121001"}, {"nip": "unknown"}),
    ],
)
def test_answers_are_checked_here_whatever_the_page_checked(scene: Scene, link: str, given: Any, wrong: Any) -> None:
    client = scene.town.client("surveys")
    answered = client.post(link, {"answers": given})
    assert (answered.status_code, answered.json["code"]) == (422, "survey.bad_answers")
    assert answered.json["facts"]["items"] == wrong
    assert client.post(link, {"answers": FINE}).status_code == 200


@pytest.mark.parametrize(
    "body", [None, [], {}, {"answers": []}, {"answers": FINE, "name": "x"}, {"answers": {"x" * 101: 1}}]
)
def test_a_body_of_another_shape_changes_nothing(scene: Scene, link: str, body: Any) -> None:
    client = scene.town.client("surveys")
    answered = client.post(link, body)
    assert answered.status_code in (400, 415, 422)
    assert client.get(link).status_code == 200


def test_a_survey_is_answered_while_it_closes_or_not_at_all(scene: Scene) -> None:
    """A closing and an answer at the same moment: either the answer is among the results, or it is refused."""
    people = guests(III=8)
    campaign_id = scene.ran(people)
    scene.all_answer(people[:6], lambda _: FINE)
    token = scene.token(people[6])
    outcome: list[int] = []
    tap = threading.Thread(
        target=lambda: outcome.append(
            scene.town.client("surveys").post(f"/v1/answers/{token}", {"answers": FINE}).status_code
        )
    )
    tap.start()
    shut = scene.client().post(f"/v1/campaigns/{campaign_id}/closing", {})
    tap.join()
    n = shut.json["measures"][0]["n"]
    assert (outcome, n, shut.json["answered"]) in (([200], 7, 7), ([410], 6, 6))


def test_comments_are_shown_only_where_five_wrote(scene: Scene) -> None:
    for wrote, shown in ((4, 0), (5, 5)):
        people = guests(III=8)
        campaign_id = scene.ran(people)
        texts = [f"saran {n}" if n < wrote else " " for n in range(8)]
        scene.all_answer(people, [FINE | {"suggestion": text} for text in texts].__getitem__)
        scene.town.run()
        items = scene.client().get(f"/v1/campaigns/{campaign_id}/comments").json["items"]
        assert sum(item["n"] for item in items) == shown
        assert all(item["texts"] == sorted(item["texts"]) for item in items)
