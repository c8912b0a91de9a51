"""Programmes, their immutable versions and the one draft."""

from typing import Any

import pytest

from shared.auth import AGENCY_OFFICER, AUDITOR, LEARNER, TRAINING_OFFICE
from shared.events.content import VersionPublished
from shared.ids import new_id
from tests.services.content.given import decided, definition, office, published
from tests.town import Town, only, who


def test_a_new_programme_is_a_draft_until_it_is_published(town: Town) -> None:
    desk = office(town)
    made = desk.post("/v1/programmes", definition()).json
    assert made["versions"] == []
    assert made["draft"]["version"] == 1
    assert [part["position"] for part in made["draft"]["definition"]["modules"]] == [1, 2]
    answer = desk.post(f"/v1/programmes/{made['programme_id']}/publication", {})
    assert answer.json == {"programme_id": made["programme_id"], "version": 1}
    (said,) = only(town.run(), VersionPublished)
    assert (said.code, said.version, said.jp, said.changes) == ("MW-01", 1, 20, ())
    assert [part.title for part in said.modules] == ["Prioritas", "Jadwal"]


def test_a_published_version_never_changes_and_a_change_makes_the_next_draft(town: Town) -> None:
    programme_id, modules = published(town)
    desk = office(town)
    changed = desk.put(f"/v1/programmes/{programme_id}/draft", definition(jp=24)).json
    assert changed["draft"]["version"] == 2
    assert changed["draft"]["definition"]["modules"][0]["module_id"] == str(modules[0])
    assert [version["definition"]["jp"] for version in changed["versions"]] == [20]
    again = desk.put(f"/v1/programmes/{programme_id}/draft", definition(jp=28)).json
    assert again["draft"]["version"] == 2
    desk.post(f"/v1/programmes/{programme_id}/publication", {})
    versions = desk.get(f"/v1/programmes/{programme_id}").json["versions"]
    assert [(version["version"], version["definition"]["jp"]) for version in versions] == [(2, 28), (1, 20)]


def test_nothing_to_publish_is_said_so(town: Town) -> None:
    programme_id, _ = published(town)
    answer = office(town).post(f"/v1/programmes/{programme_id}/publication", {})
    assert (answer.status_code, answer.json["code"]) == (409, "content.no_draft")


def test_a_draft_as_it_was_read_can_be_sent_back(town: Town) -> None:
    desk = office(town)
    made = desk.post("/v1/programmes", definition()).json
    same = desk.put(f"/v1/programmes/{made['programme_id']}/draft", made["draft"]["definition"])
    assert same.status_code == 200, same.json
    assert same.json["draft"]["definition"] == made["draft"]["definition"]


def test_a_module_keeps_its_id_under_a_new_title(town: Town) -> None:
    programme_id, modules = published(town)
    parts = [{"module_id": str(modules[0]), "title": "Skala prioritas", "minutes": 90}]
    changed = office(town).put(f"/v1/programmes/{programme_id}/draft", definition(modules=parts)).json
    assert changed["draft"]["definition"]["modules"][0]["module_id"] == str(modules[0])


def test_the_code_is_unique_and_fixed(town: Town) -> None:
    programme_id, _ = published(town)
    assert office(town).post("/v1/programmes", definition()).json["code"] == "content.code_taken"
    moved = office(town).put(f"/v1/programmes/{programme_id}/draft", definition("MW-02"))
    assert moved.json["code"] == "content.code_fixed"


def test_the_same_key_makes_one_programme(town: Town) -> None:
    desk = office(town)
    first = desk.post("/v1/programmes", definition(), key="k")
    assert desk.post("/v1/programmes", definition(), key="k").json == first.json
    assert desk.post("/v1/programmes", definition("MW-02"), key="k").json["code"] == "idempotency.mismatch"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("form", 0),
        ("form", 26),
        ("form", "4"),
        ("jp", 0),
        ("jp", 201),
        ("jp", 1.5),
        ("level", "hard"),
        ("mode", "post"),
        ("title", " "),
        ("title", "x" * 201),
        ("code", "../etc"),
        ("goal", "x" * 2001),
        ("modules", [{"title": "A", "minutes": 0}]),
        ("modules", [{"title": "A", "minutes": 1}] * 101),
        ("rule", {"least_score": 101}),
        ("prerequisites", [1]),
        ("surprise", 1),
    ],
)
def test_absurd_input_is_refused_and_changes_nothing(town: Town, field: str, value: Any) -> None:
    answer = office(town).post("/v1/programmes", definition(**{field: value}))
    assert (answer.status_code, answer.json["code"]) == (422, "request.invalid")
    assert office(town).get("/v1/programmes").json["items"] == []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"modules": []}, "content.rule_without_modules"),
        (
            {"modules": [{"title": "A", "minutes": 1}, {"title": "a", "minutes": 2}]},
            "content.module_twice",
        ),
        ({"prerequisites": ["NO-1"]}, "content.prerequisite_unknown"),
        ({"prerequisites": ["MW-01"]}, "content.prerequisite_cycle"),
    ],
)
def test_a_definition_that_cannot_stand_is_refused(town: Town, more: dict[str, Any], code: str) -> None:
    answer = office(town).post("/v1/programmes", definition(**more))
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert office(town).get("/v1/programmes").json["items"] == []


def test_prerequisites_never_make_a_circle(town: Town) -> None:
    first, _ = published(town, "A-1")
    published(town, "B-1", prerequisites=["A-1"])
    published(town, "C-1", prerequisites=["B-1"])
    answer = office(town).put(f"/v1/programmes/{first}/draft", definition("A-1", prerequisites=["C-1"]))
    assert answer.json["code"] == "content.prerequisite_cycle"


def test_only_the_training_office_writes(town: Town) -> None:
    programme_id, _ = published(town)
    for role in (LEARNER, AGENCY_OFFICER, AUDITOR):
        other = town.client("content", who(role))
        assert other.post("/v1/programmes", definition("X-1")).status_code == 403
        assert other.put(f"/v1/programmes/{programme_id}/draft", definition()).status_code == 403
        assert other.post(f"/v1/programmes/{programme_id}/publication", {}).status_code == 403
    assert town.client("content").get("/v1/programmes").status_code == 401


def test_a_draft_and_its_changes_are_for_those_who_plan(town: Town) -> None:
    programme_id, _ = published(town)
    office(town).post("/v1/programmes", definition("NEW-1"))
    town.hear("content", decided(programme_id, "level", level="basic"))
    learner, desk = town.client("content", who(LEARNER)), office(town)
    seen = learner.get(f"/v1/programmes/{programme_id}").json
    assert (seen["draft"], seen["changes"]) == (None, [])
    assert learner.get(f"/v1/programmes/{programme_id}/versions/2").status_code == 404
    assert learner.get(f"/v1/programmes/{programme_id}/versions/1").json["definition"]["level"] == "advanced"
    assert [row["code"] for row in learner.get("/v1/programmes").json["items"]] == ["MW-01"]
    assert [row["code"] for row in desk.get("/v1/programmes").json["items"]] == ["MW-01", "NEW-1"]
    assert desk.get(f"/v1/programmes/{programme_id}/versions/2").json["draft"] is True


def test_what_is_not_there_is_404(town: Town) -> None:
    desk, programme_id = office(town), published(town)[0]
    for path in (f"/v1/programmes/{new_id()}", f"/v1/programmes/{programme_id}/versions/{10**12}"):
        assert desk.get(path).status_code == 404
    assert desk.put(f"/v1/programmes/{new_id()}/draft", definition()).status_code == 404
    assert desk.post(f"/v1/programmes/{new_id()}/publication", {}).status_code == 404


def test_the_list_goes_on_page_by_page_and_can_be_searched(town: Town) -> None:
    for number in range(5):
        published(town, f"P-{number}", title=f"Program 100% {number}")
    desk = town.client("content", who(TRAINING_OFFICE))
    first = desk.get("/v1/programmes", limit=2).json
    second = desk.get("/v1/programmes", limit=2, after=first["next"]).json
    assert [row["code"] for row in first["items"] + second["items"]] == ["P-0", "P-1", "P-2", "P-3"]
    assert [row["code"] for row in desk.get("/v1/programmes", search="100% 3").json["items"]] == ["P-3"]
    assert desk.get("/v1/programmes", search="%_").json["items"] == []
    assert desk.get("/v1/programmes", limit=501).status_code == 422
