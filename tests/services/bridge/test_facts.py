"""What happened in an LMS is read, mapped to people and batches, and said once."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from plugins.csv.folder import ROOT
from services.bridge.contract import Fact, FactKind, Health
from services.bridge.store.tables import EARLY_FACT, EFFECT
from shared.events.bridge import (
    EnrolmentsChangedOutside,
    ProgressReported,
    SeatsEnrolled,
    SeatsRefused,
    SeatsUnenrolled,
    UnenrolFailed,
)
from shared.events.enrolment import PeopleChanged
from shared.ids import new_id
from tests.services.bridge.given import (
    COURSE,
    Lms,
    add_site,
    batch_opened,
    nip_of,
    people,
    released,
    requested,
    seats_of,
    version_published,
)
from tests.town import Town, only

AT = datetime(2026, 3, 2, 7, tzinfo=UTC)


def fact(fact_id: str, kind: FactKind, **more: Any) -> Fact:
    return Fact(**{"fact_id": fact_id, "kind": kind, "nip": nip_of(1), "course": COURSE, "at": AT, **more})


@pytest.fixture
def here(town: Town, lms: Lms) -> dict[str, Any]:
    """One person enrolled in the course of a batch whose programme has two modules."""
    batch, seat, person, programme = new_id(), new_id(), new_id(), new_id()
    version = version_published(programme, "Prioritas", "Jadwal")
    add_site(town)
    for event in (people(person), batch_opened(batch, programme), version, requested(batch, (seat, person))):
        town.hear("bridge", event)
    town.run()
    return {"batch": batch, "seat": seat, "person": person, "modules": [one.module_id for one in version.modules]}


def _look(town: Town) -> list[Any]:
    town.travel(seconds=16)
    return town.run()


def test_progress_is_mapped_and_said_once(town: Town, lms: Lms, here: dict[str, Any]) -> None:
    facts = [
        fact("1", FactKind.OPENED, module="1"),
        fact("2", FactKind.COMPLETED, module="jadwal ", score=80, seconds=60),
        fact("3", FactKind.COMPLETED, module=str(here["modules"][0])),
        fact("4", FactKind.SCORED, score=90),
    ]
    lms.told = list(facts)
    (said,) = only(_look(town), ProgressReported)
    first, second = here["modules"]
    assert [(row.fact_id, row.module_id, row.kind, row.score) for row in said.rows] == [
        ("1", first, "opened", None),
        ("2", second, "completed", 80),
        ("3", first, "completed", None),
        ("4", None, "scored", 90),
    ]
    assert {(row.person_id, row.batch_id) for row in said.rows} == {(here["person"], here["batch"])}
    assert lms.kept == [("r", {})]
    lms.told = list(facts)
    assert _look(town) == []
    assert len(lms.kept) == 2


def test_what_means_nothing_is_told_to_the_plugin(town: Town, lms: Lms, here: dict[str, Any]) -> None:
    lms.told = [
        fact("1", FactKind.COMPLETED, nip="199901012024121001"),
        fact("2", FactKind.COMPLETED, course="OTHER"),
        fact("3", FactKind.COMPLETED, module="9"),
        fact("4", FactKind.ENROLLED, key="no uuid"),
        fact("5", FactKind.ENROLLED, key=str(new_id())),
        fact("6", FactKind.REMOVED, course="OTHER"),
        fact("7", FactKind.COMPLETED, score=101),
        fact("8", FactKind.COMPLETED, at=datetime(2026, 1, 1)),  # noqa: DTZ001 - no zone is what is wrong
        fact("9", FactKind.COMPLETED, at="today"),
        fact("0", "danced"),  # type: ignore[arg-type]
        fact("a", FactKind.COMPLETED, module="\0"),
        fact("b", FactKind.COMPLETED, nip="\ud800"),
        fact("c", FactKind.COMPLETED, score=True),
        fact("\0", FactKind.COMPLETED),
        fact("", FactKind.COMPLETED),
        fact(7, FactKind.COMPLETED),  # type: ignore[arg-type]
        "no fact",  # type: ignore[list-item]
    ]
    assert _look(town) == []
    assert lms.kept == [
        (
            "r",
            {
                "1": "lms.unknown_person",
                "2": "lms.unknown_course",
                "3": "lms.unknown_module",
                "4": "lms.unknown_key",
                "5": "lms.unknown_key",
                "6": "lms.unknown_course",
                **dict.fromkeys("7890abc", "lms.bad_fact"),
            },
        )
    ]


def test_facts_of_a_batch_not_heard_of_wait_for_it_in_the_bridge(town: Town, lms: Lms) -> None:
    batch, seat, person, programme = new_id(), new_id(), new_id(), new_id()
    add_site(town)
    town.hear("bridge", people(person))
    town.hear("bridge", requested(batch, (seat, person)))
    town.run()
    early = fact("1", FactKind.COMPLETED, module="prioritas", score=70)
    lms.told = [early, fact("2", FactKind.COMPLETED), fact("3", FactKind.COMPLETED, module="9")]
    (said,) = only(_look(town), ProgressReported)
    assert [row.fact_id for row in said.rows] == ["2"]
    assert lms.kept == [("r", {})]
    lms.told = [early]
    assert _look(town) == []
    version = version_published(programme, "Prioritas")
    town.hear("bridge", version)
    assert town.run() == []
    town.hear("bridge", batch_opened(batch, programme))
    (said,) = only(town.run(), ProgressReported)
    (row,) = said.rows
    assert (row.fact_id, row.module_id, row.score, row.at) == ("1", version.modules[0].module_id, 70, AT)
    assert town.run() == []


def test_facts_that_waited_in_vain_are_given_up(town: Town, lms: Lms) -> None:
    batch, seat, person = new_id(), new_id(), new_id()
    add_site(town)
    town.hear("bridge", people(person))
    town.hear("bridge", requested(batch, (seat, person)))
    town.run()
    lms.told = [fact("1", FactKind.COMPLETED, module="1")]
    _look(town)
    for days, left in ((29, 1), (2, 0)):
        town.travel(days=days)
        town.run()
        with town.unit("bridge") as unit:
            assert unit.db.scalar(select(func.count()).select_from(EARLY_FACT)) == left


def test_changes_by_hand_are_said_where_they_differ_from_what_is_wanted(
    town: Town, lms: Lms, here: dict[str, Any]
) -> None:
    stranger = new_id()
    town.hear("bridge", people(stranger, start=2))
    lms.told = [
        fact("1", FactKind.ENROLLED),
        fact("2", FactKind.REMOVED),
        fact("3", FactKind.ENROLLED, nip=nip_of(2)),
        fact("4", FactKind.REMOVED, nip=nip_of(2)),
    ]
    (said,) = only(_look(town), EnrolmentsChangedOutside)
    assert [(row.fact_id, row.person_id, row.change) for row in said.rows] == [
        ("2", here["person"], "removed"),
        ("3", stranger, "enrolled"),
    ]
    audit = town.services["bridge"].audit
    assert audit
    with town.unit("bridge") as unit:
        assert [one["actual"] for one in audit(unit)] == ["absent"]
    lms.members.clear()
    town.hear("bridge", requested(here["batch"], (here["seat"], here["person"])))
    assert seats_of(town.run(), SeatsEnrolled) == {here["seat"]: ""}
    assert lms.members == {(nip_of(1), COURSE)}


@pytest.mark.parametrize(
    ("kind", "said", "code"),
    [
        (FactKind.ENROLLED, SeatsEnrolled, ""),
        (FactKind.REFUSED, SeatsRefused, "lms.full"),
        (FactKind.REMOVED, SeatsRefused, "lms.full"),
    ],
)
def test_a_place_handed_over_is_answered_by_a_fact(town: Town, lms: Lms, kind: FactKind, said: Any, code: str) -> None:
    lms.hand = True
    batch, seat, person = new_id(), new_id(), new_id()
    add_site(town)
    town.hear("bridge", people(person))
    town.hear("bridge", requested(batch, (seat, person)))
    assert town.run() == []
    lms.told = [fact("1", kind, nip="", course="", key=lms.keys[nip_of(1)], code="lms.full")]
    assert seats_of(_look(town), said) == {seat: code}
    town.hear("bridge", released(batch, (seat, person)))
    assert bool(only(town.run(), SeatsUnenrolled)) is (said is SeatsRefused)


def test_a_withdrawal_handed_over_is_proven_by_a_fact(town: Town, lms: Lms, here: dict[str, Any]) -> None:
    lms.hand = True
    town.hear("bridge", released(here["batch"], (here["seat"], here["person"])))
    assert town.run() == []
    enrolled_again = fact("1", FactKind.ENROLLED, key=lms.keys[nip_of(1)], code="lms.locked")
    lms.told = [enrolled_again]
    assert seats_of(_look(town), UnenrolFailed) == {here["seat"]: "lms.locked"}
    town.travel(minutes=11)
    town.run()
    lms.told = [fact("2", FactKind.REMOVED, key=lms.keys[nip_of(1)])]
    assert seats_of(_look(town), SeatsUnenrolled) == {here["seat"]: ""}


def test_an_answer_to_an_older_wish_means_nothing(town: Town, lms: Lms) -> None:
    lms.hand = True
    batch, seat, person = new_id(), new_id(), new_id()
    add_site(town)
    town.hear("bridge", people(person))
    town.hear("bridge", requested(batch, (seat, person)))
    town.run()
    old = lms.keys[nip_of(1)]
    town.hear("bridge", released(batch, (seat, person)))
    town.run()
    lms.told = [fact("1", FactKind.ENROLLED, key=old)]
    assert _look(town) == []
    assert lms.kept == [("r", {"1": "lms.unknown_key"})]


def test_a_site_that_raises_while_it_is_looked_at_is_failing_and_looked_at_again(
    town: Town, lms: Lms, here: dict[str, Any]
) -> None:
    for broken in (RuntimeError("Sari"), None):
        lms.broken = broken
        lms.told = [fact("1", FactKind.COMPLETED, module="1")]
        said = _look(town)
        assert bool(only(said, ProgressReported)) is (broken is None)
    for nonsense in (None, "well", 3, Health(ok=True, detail="\0"), Health(ok=True, detail=None)):  # type: ignore[arg-type]
        lms.health = nonsense
        lms.told = [fact("2", FactKind.COMPLETED, module="1")]
        assert _look(town) == []


def test_a_merged_person_is_known_to_the_lms_by_the_record_that_lives_on(town: Town, lms: Lms) -> None:
    batch, seat, old, new, programme = (new_id() for _ in range(5))
    add_site(town)
    (gone,) = people(old).people
    merged = PeopleChanged(agency_id=gone.agency_id, people=(replace(gone, rev=2, merged_into=new),))
    for event in (merged, people(new, start=2), batch_opened(batch, programme), requested(batch, (seat, old))):
        town.hear("bridge", event)
    town.run()
    assert lms.members == {(nip_of(2), COURSE)}
    lms.told = [fact("1", FactKind.COMPLETED, nip=nip_of(2))]
    (said,) = only(_look(town), ProgressReported)
    assert said.rows[0].person_id == old


def test_a_look_is_one_call_at_a_time(town: Town, lms: Lms, here: dict[str, Any]) -> None:
    (sweep,) = (one for one in town.services["bridge"].sweeps if one.name == "looks")
    town.travel(seconds=16)
    for expected in (1, 0):
        with town.unit("bridge") as unit:
            assert sweep.run(unit) == expected
    with town.unit("bridge") as unit:
        open_looks = unit.db.scalars(
            select(EFFECT.c.effect_id).where(EFFECT.c.kind == "look", EFFECT.c.done_at.is_(None))
        ).all()
        assert len(open_looks) == 1


def test_the_whole_way_through_files(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ROOT, str(tmp_path))
    batch, programme = new_id(), new_id()
    seats: list[tuple[UUID, UUID]] = [(new_id(), new_id()) for _ in range(3)]
    add_site(town, plugin="csv")
    version = version_published(programme, "Prioritas")
    for event in (people(*(person for _, person in seats)), batch_opened(batch, programme), version):
        town.hear("bridge", event)
    (tmp_path / "kota").mkdir()
    (tmp_path / "kota" / "refuse.csv").write_text(f"nip,course,code\n{nip_of(3)},*,lms.full\n", encoding="utf-8")
    town.hear("bridge", requested(batch, *seats))
    said = town.run()
    assert set(seats_of(said, SeatsEnrolled)) == {seats[0][0], seats[1][0]}
    assert seats_of(said, SeatsRefused) == {seats[2][0]: "lms.full"}
    (written,) = (tmp_path / "kota" / "out").glob("*.csv")
    assert nip_of(1) in written.read_text(encoding="utf-8")
    incoming = tmp_path / "kota" / "in" / "completions.csv"
    lines = [f"{number},{nip_of(1 + number % 2)},{COURSE},1" for number in range(1200)]
    incoming.write_text("id,nip,course,module\n" + "\n".join([*lines, f"x,{nip_of(9)},{COURSE},1"]), encoding="utf-8")
    assert sum(len(event.rows) for event in only(_look(town), ProgressReported)) == 1200
    report = (tmp_path / "kota" / "bad" / "completions.csv.report").read_text(encoding="utf-8")
    assert report.count(",ok,") == 1200
    assert report.splitlines()[-1] == "1202,bad,lms.unknown_person,NIP ini tidak dikenal."
