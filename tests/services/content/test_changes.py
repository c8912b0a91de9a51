"""Decided changes become part of the next version, once, whatever the order."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.content.domain.changes import Asked, apply, revert
from services.content.domain.programmes import Definition
from services.content.tools import definition_of
from shared.errors import DomainError
from shared.events.content import ChangeDrafted, ChangeRefused, VersionPublished
from shared.events.surveys import Change
from shared.ids import new_id
from tests.services.content.given import decided, definition, office, published
from tests.town import Town, only


def _draft(town: Town, programme_id: UUID) -> Any:
    return office(town).get(f"/v1/programmes/{programme_id}").json["draft"]


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("level", {"level": "basic"}, ("tingkat lanjutan", "tingkat dasar")),
        ("duration", {"jp": 30}, ("20 JP", "30 JP")),
        ("mode", {"mode": "hybrid"}, ("tatap muka", "campuran")),
        (
            "bridging_module",
            {"module_title": "Pengantar", "module_minutes": 45},
            ("tanpa modul pengantar ini", "modul pengantar “Pengantar” (45 menit) di awal"),
        ),
        (
            "material",
            {"module_title": "prioritas", "module_minutes": 120},
            ("modul “Prioritas” 90 menit", "modul “Prioritas” 120 menit"),
        ),
        (
            "material",
            {"module_title": "Studi kasus", "module_minutes": 60},
            ("tanpa modul ini", "modul baru “Studi kasus” (60 menit)"),
        ),
    ],
)
def test_a_change_is_drafted_and_named_when_published(
    town: Town, kind: str, more: dict[str, Any], words: tuple[str, str]
) -> None:
    programme_id, _ = published(town)
    town.run()
    event = decided(programme_id, kind, **more)
    town.hear("content", event)
    assert town.run() == [ChangeDrafted(programme_id=programme_id, finding_id=event.finding_id, version=2)]
    (shown,) = _draft(town, programme_id)["changes"]
    assert (shown["before"], shown["after"]) == words
    office(town).post(f"/v1/programmes/{programme_id}/publication")
    (said,) = only(town.run(), VersionPublished)
    (change,) = said.changes
    assert (change.finding_id, change.kind, change.before, change.after) == (event.finding_id, kind, *words)
    assert said.version == 2


def test_a_bridging_module_stands_first(town: Town) -> None:
    programme_id, _ = published(town)
    town.hear("content", decided(programme_id, "bridging_module", module_title="Pengantar", module_minutes=45))
    modules = _draft(town, programme_id)["definition"]["modules"]
    assert [(part["title"], part["position"], part["bridging"]) for part in modules] == [
        ("Pengantar", 1, True),
        ("Prioritas", 2, False),
        ("Jadwal", 3, False),
    ]


def test_a_prerequisite_must_exist_and_make_no_circle(town: Town) -> None:
    first, _ = published(town, "A-1")
    second, _ = published(town, "B-1", prerequisites=["A-1"])
    third, _ = published(town, "C-1")
    town.run()
    for programme_id, other in ((first, new_id()), (first, second), (first, first), (first, third)):
        town.hear("content", decided(programme_id, "prerequisite", prerequisite_id=other))
    said = town.run()
    assert [event.code for event in only(said, ChangeRefused)] == [
        "content.change_prerequisite_unknown",
        "content.prerequisite_cycle",
        "content.prerequisite_cycle",
    ]
    assert len(only(said, ChangeDrafted)) == 1
    office(town).post(f"/v1/programmes/{first}/publication", {})
    assert only(town.run(), VersionPublished)[0].prerequisites == (third,)


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        ("level", {"level": "advanced"}, "content.change_without_difference"),
        ("level", {}, "content.change_incomplete"),
        ("level", {"level": "easy"}, "content.change_incomplete"),
        ("duration", {"jp": 0}, "content.jp_out_of_range"),
        ("duration", {"jp": 201}, "content.jp_out_of_range"),
        ("duration", {"jp": 20}, "content.change_without_difference"),
        ("mode", {"mode": "classroom"}, "content.change_without_difference"),
        ("bridging_module", {"module_title": "A"}, "content.change_incomplete"),
        ("bridging_module", {"module_title": " ", "module_minutes": 5}, "content.change_incomplete"),
        ("bridging_module", {"module_title": "Jadwal", "module_minutes": 5}, "content.change_without_difference"),
        ("material", {"module_title": "Jadwal", "module_minutes": 135}, "content.change_without_difference"),
        ("material", {"module_title": "Jadwal", "module_minutes": 6001}, "content.change_incomplete"),
        ("prerequisite", {}, "content.change_incomplete"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_its_reason(
    town: Town, kind: str, more: dict[str, Any], code: str
) -> None:
    programme_id, _ = published(town)
    town.run()
    event = decided(programme_id, kind, **more)
    town.hear("content", event)
    assert town.run() == [ChangeRefused(programme_id=programme_id, finding_id=event.finding_id, code=code)]
    assert _draft(town, programme_id) is None


def test_a_repeat_is_answered_again_and_changes_nothing(town: Town) -> None:
    programme_id, _ = published(town)
    town.run()
    event = decided(programme_id, "duration", jp=30)
    town.hear("content", event)
    first = town.run()
    before = _draft(town, programme_id)
    town.hear("content", event)
    assert town.run() == first
    assert _draft(town, programme_id) == before


def test_a_revised_decision_replaces_the_drafted_one(town: Town) -> None:
    programme_id, _ = published(town)
    first = decided(programme_id, "level", level="basic")
    town.hear("content", first)
    town.hear("content", decided(programme_id, "duration", finding_id=first.finding_id, rev=2, jp=30))
    definition_now = _draft(town, programme_id)["definition"]
    assert (definition_now["level"], definition_now["jp"]) == ("advanced", 30)
    outcomes = {
        row["rev"]: row["outcome"] for row in office(town).get(f"/v1/programmes/{programme_id}").json["changes"]
    }
    assert outcomes == {1: "superseded", 2: "drafted"}


def test_a_decision_revised_into_something_refused_leaves_no_draft(town: Town) -> None:
    programme_id, _ = published(town)
    first = decided(programme_id, "level", level="basic")
    town.hear("content", first)
    town.hear("content", decided(programme_id, "duration", finding_id=first.finding_id, rev=2, jp=0))
    assert _draft(town, programme_id) is None


def test_a_decision_revised_into_one_of_the_run_leaves_the_draft(town: Town) -> None:
    programme_id, _ = published(town)
    first = decided(programme_id, "level", level="basic")
    other = decided(programme_id, "duration", jp=30)
    for event in (first, other, decided(programme_id, "venue", finding_id=first.finding_id, rev=2, place="Aula")):
        town.hear("content", event)
    now = _draft(town, programme_id)["definition"]
    assert (now["level"], now["jp"]) == ("advanced", 30)


def test_revisions_end_the_same_in_every_order(town: Town) -> None:
    for number, order in enumerate(permutations(range(3))):
        programme_id, _ = published(town, f"P-{number}")
        finding = new_id()
        events = [
            decided(programme_id, "level", finding_id=finding, rev=1, level="basic"),
            decided(programme_id, "duration", finding_id=finding, rev=2, jp=30),
            decided(programme_id, "mode", finding_id=finding, rev=3, mode="online"),
        ]
        for at in order:
            town.hear("content", events[at])
            town.hear("content", events[at])
        now = _draft(town, programme_id)["definition"]
        assert (now["level"], now["jp"], now["mode"]) == ("advanced", 20, "online")


def test_a_decision_revised_after_publication_goes_into_the_next_version(town: Town) -> None:
    programme_id, _ = published(town)
    first = decided(programme_id, "duration", jp=30)
    town.hear("content", first)
    office(town).post(f"/v1/programmes/{programme_id}/publication", {})
    town.hear("content", decided(programme_id, "duration", finding_id=first.finding_id, rev=2, jp=40))
    assert (_draft(town, programme_id)["version"], _draft(town, programme_id)["definition"]["jp"]) == (3, 40)


def test_a_changed_draft_keeps_what_findings_asked_for(town: Town) -> None:
    programme_id, _ = published(town)
    town.hear("content", decided(programme_id, "duration", jp=30))
    town.hear("content", decided(programme_id, "bridging_module", module_title="Pengantar", module_minutes=45))
    changed = office(town).put(f"/v1/programmes/{programme_id}/draft", definition(title="Waktu")).json["draft"]
    assert (changed["definition"]["title"], changed["definition"]["jp"]) == ("Waktu", 30)
    assert len(changed["definition"]["modules"]) == 3


def test_a_draft_sent_back_with_its_changes_can_still_lose_them(town: Town) -> None:
    programme_id, _ = published(town)
    level = decided(programme_id, "level", level="basic")
    bridge = decided(programme_id, "bridging_module", module_title="Pengantar", module_minutes=45)
    for event in (level, bridge):
        town.hear("content", event)
    office(town).put(f"/v1/programmes/{programme_id}/draft", _draft(town, programme_id)["definition"])
    for event in (level, bridge):
        town.hear("content", decided(programme_id, "venue", finding_id=event.finding_id, rev=2, place="Aula"))
    assert _draft(town, programme_id) is None


def test_a_change_of_a_run_is_not_for_content(town: Town) -> None:
    programme_id, _ = published(town)
    town.run()
    town.hear("content", decided(programme_id, "venue", place="Aula"))
    town.hear("content", decided(new_id(), "quota", capacity=20))
    assert town.run() == []


def test_a_decision_about_an_unknown_programme_waits(town: Town) -> None:
    town.hear("content", decided(new_id(), "duration", jp=30))
    assert len(town.waiting()) == 1


def test_audit_explains_and_says_again(town: Town) -> None:
    programme_id, _ = published(town)
    good, bad = decided(programme_id, "duration", jp=30), decided(programme_id, "duration", jp=0)
    for event in (good, bad):
        town.hear("content", event)
    office(town).post(f"/v1/programmes/{programme_id}/publication", {})
    town.run()
    service = town.services["content"]
    assert service.audit
    assert service.explain
    assert service.say_again
    with town.unit("content") as unit:
        facts = {fact["finding_id"]: (fact["outcome"], fact["version"]) for fact in service.audit(unit)}
        assert facts == {str(good.finding_id): ("published", 2), str(bad.finding_id): ("refused", None)}
        assert [one["what"]["id"] for one in service.explain(unit, good.finding_id)] == [
            "Perubahan terbit dalam versi 2"
        ]
        assert len(list(service.explain(unit, programme_id))) == 4
        assert service.say_again(unit, "finding", [good.finding_id, bad.finding_id, new_id()]) == 2
    said = town.run()
    assert [type(event) for event in said] == [ChangeDrafted, VersionPublished, ChangeRefused]
    assert said[1].changes[0].finding_id == good.finding_id  # type: ignore[attr-defined]


_CHANGES = st.one_of(
    st.builds(Change, kind=st.just("level"), note=st.just(""), level=st.sampled_from(["basic", "intermediate", "x"])),
    st.builds(Change, kind=st.just("duration"), note=st.just(""), jp=st.integers(-5, 250)),
    st.builds(Change, kind=st.just("mode"), note=st.just(""), mode=st.sampled_from(["online", "hybrid", ""])),
    st.builds(
        Change,
        kind=st.sampled_from(["material", "bridging_module"]),
        note=st.just(""),
        module_title=st.sampled_from(["Jadwal", "prioritas", "Baru", "", " "]),
        module_minutes=st.one_of(st.none(), st.integers(-1, 7000)),
    ),
)


@given(change=_CHANGES)
def test_what_is_applied_can_be_taken_out_again(change: Change) -> None:
    data = definition()
    for part in data["modules"]:
        part["bridging"] = False
    data["rule"]["least_score"] = None
    base = definition_of(data)
    asked = Asked(change=change, module_id=new_id())
    try:
        applied = apply(base, asked)
    except DomainError:
        return
    assert applied.definition != base
    assert applied.before != applied.after
    assert revert(applied.definition, asked, base) == base
    assert Definition.of(applied.definition.data()) == applied.definition
