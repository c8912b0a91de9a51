"""A place is given, refused, taken away and proven, whatever comes first and however often."""

from collections.abc import Sequence
from threading import Event as Signal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from services.bridge import effects, plugins
from services.bridge.contract import Answer, Result
from services.bridge.effects import call_places
from services.bridge.handlers.circuit import ready
from services.bridge.store.tables import EFFECT
from shared.events import Event
from shared.events.bridge import LmsSeat, SeatsEnrolled, SeatsRefused, SeatsUnenrolled, UnenrolFailed
from shared.ids import new_id
from shared.service import Effect
from tests.services.bridge.given import COURSE, Lms, add_site, nip_of, people, released, requested, seats_of
from tests.town import Town, only


def _ready(town: Town, count: int = 1) -> tuple[Any, list[tuple[Any, Any]]]:
    add_site(town)
    seats = [(new_id(), new_id()) for _ in range(count)]
    town.hear("bridge", people(*(person for _, person in seats)))
    return new_id(), seats


def test_a_seat_gets_its_place_and_the_answer_again_when_asked_again(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    event = requested(batch, seat)
    town.hear("bridge", event)
    assert town.run() == [SeatsEnrolled(site="kota", batch_id=batch, seats=_lms(seat[0]))]
    assert lms.members == {(nip_of(1), COURSE)}
    town.hear("bridge", event)
    assert town.run() == [SeatsEnrolled(site="kota", batch_id=batch, seats=_lms(seat[0]))]
    assert lms.calls == [("enrol", [nip_of(1)])]


def test_five_hundred_seats_are_asked_in_one_call_and_said_once(town: Town, lms: Lms) -> None:
    batch, seats = _ready(town, 500)
    town.hear("bridge", requested(batch, *seats))
    (said,) = town.run()
    assert len(said.items) == 500
    assert len(lms.calls) == 1


def test_a_release_takes_the_place_away_and_is_proven_again(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    town.hear("bridge", requested(batch, seat))
    town.run()
    for _ in range(2):
        town.hear("bridge", released(batch, seat))
        assert town.run() == [SeatsUnenrolled(site="kota", batch_id=batch, seats=_lms(seat[0]))]
    assert lms.members == set()


def test_a_release_of_what_was_never_asked_is_proven_and_the_late_question_refused(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    town.hear("bridge", released(batch, seat, attempt=2))
    assert only(town.run(), SeatsUnenrolled)
    for attempt in (1, 2):
        town.hear("bridge", requested(batch, seat, attempt=attempt))
        assert seats_of(town.run(), SeatsRefused) == {seat[0]: "seat.withdrawn"}
    town.hear("bridge", requested(batch, seat, attempt=3))
    assert only(town.run(), SeatsEnrolled)
    assert lms.members == {(nip_of(1), COURSE)}


def test_the_lms_refuses_with_its_reason(town: Town, lms: Lms) -> None:
    batch, seats = _ready(town, 3)
    lms.refuse = {nip_of(2): "lms.no_licence", nip_of(3): "Nama lengkap: Pegawai 3"}
    town.hear("bridge", requested(batch, *seats))
    said = town.run()
    assert set(seats_of(said, SeatsEnrolled)) == {seats[0][0]}
    assert seats_of(said, SeatsRefused) == {seats[1][0]: "lms.no_licence", seats[2][0]: "lms.refused"}
    town.hear("bridge", released(batch, seats[1]))
    assert seats_of(town.run(), SeatsUnenrolled) == {seats[1][0]: ""}
    assert [action for action, _ in lms.calls] == ["enrol"]


def test_an_unknown_site_and_one_that_cannot_are_refused_at_once(town: Town, lms: Lms) -> None:
    batch, seat = new_id(), (new_id(), new_id())
    town.hear("bridge", requested(batch, seat, site="nowhere"))
    assert seats_of(town.run(), SeatsRefused) == {seat[0]: "lms.unknown_site"}
    town.hear("bridge", released(batch, seat, site="nowhere"))
    assert only(town.run(), SeatsUnenrolled)
    add_site(town, plugin="dumb")
    other = (new_id(), new_id())
    town.hear("bridge", requested(batch, other))
    assert seats_of(town.run(), SeatsRefused) == {other[0]: "lms.not_capable"}


def test_an_unknown_person_waits(town: Town, lms: Lms) -> None:
    add_site(town)
    batch, seat = new_id(), (new_id(), new_id())
    town.hear("bridge", requested(batch, seat))
    assert len(town.waiting()) == 1
    town.hear("bridge", people(seat[1]))
    assert seats_of(town.run(), SeatsEnrolled) == {seat[0]: ""}


def test_the_older_name_of_a_person_is_dropped(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    town.hear("bridge", people(seat[1], rev=3, start=7))
    town.hear("bridge", people(seat[1], rev=2, start=5))
    town.hear("bridge", requested(batch, seat))
    town.run()
    assert lms.members == {(nip_of(7), COURSE)}


def test_a_broken_plugin_is_tried_again_until_the_deadline_then_the_place_is_not_wanted(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    lms.broken = RuntimeError("Pegawai 1 tidak ditemukan")
    town.hear("bridge", requested(batch, seat))
    assert town.run() == []
    town.travel(hours=2)
    assert seats_of(town.run(), SeatsRefused) == {seat[0]: "lms.timeout"}
    lms.broken = None
    assert town.run() == []
    assert (lms.calls, lms.members) == ([("unenrol", [nip_of(1)])], set())
    town.hear("bridge", requested(batch, seat, hours=9))
    assert seats_of(town.run(), SeatsRefused) == {seat[0]: "lms.timeout"}
    town.hear("bridge", released(batch, seat))
    assert only(town.run(), SeatsUnenrolled)


def test_asking_again_with_a_later_deadline_moves_it(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    lms.broken = RuntimeError()
    town.hear("bridge", requested(batch, seat, hours=1))
    town.hear("bridge", requested(batch, seat, hours=5))
    town.travel(hours=2)
    assert town.run() == []
    lms.broken = None
    assert only(town.run(), SeatsEnrolled)


def test_a_release_before_the_call_pushes_only_the_latest_wish(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    lms.broken = RuntimeError()
    town.hear("bridge", requested(batch, seat))
    town.run()
    town.hear("bridge", released(batch, seat))
    assert town.run() == []
    lms.broken = None
    assert seats_of(town.run(), SeatsUnenrolled) == {seat[0]: ""}
    assert [action for action, _ in lms.calls] == ["unenrol"]


def test_a_release_during_the_call_is_pushed_after_it(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    town.hear("bridge", requested(batch, seat))
    (effect,) = _open(town)
    outcomes = call_places("kota", _with_site(town, [effect]))
    town.hear("bridge", released(batch, seat))
    _settle(town, [effect], outcomes)
    assert lms.members == {(nip_of(1), COURSE)}
    said = town.run()
    assert (only(said, SeatsEnrolled), seats_of(said, SeatsUnenrolled)) == ([], {seat[0]: ""})
    assert lms.members == set()
    assert [action for action, _ in lms.calls] == ["enrol", "unenrol"]


def test_there_is_never_more_than_one_open_call_for_a_place(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    lms.broken = RuntimeError()
    for attempt in range(1, 5):
        town.hear("bridge", requested(batch, seat, attempt=attempt))
        town.hear("bridge", released(batch, seat, attempt=attempt))
        assert len(_open(town)) <= 1


def test_a_place_that_cannot_be_taken_away_is_told_once_and_tried_for_ever(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    town.hear("bridge", requested(batch, seat))
    town.run()
    lms.stuck = True
    town.hear("bridge", released(batch, seat))
    assert seats_of(town.run(), UnenrolFailed) == {seat[0]: "lms.locked"}
    town.travel(minutes=11)
    assert town.run() == []
    assert [action for action, _ in lms.calls].count("unenrol") == 2
    lms.stuck = False
    town.travel(minutes=11)
    assert seats_of(town.run(), SeatsUnenrolled) == {seat[0]: ""}


def test_an_unenrol_that_keeps_failing_is_told_after_some_tries(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    town.hear("bridge", requested(batch, seat))
    town.run()
    lms.broken = RuntimeError()
    town.hear("bridge", released(batch, seat))
    assert town.run() == []
    with town.unit("bridge") as unit:
        unit.db.execute(update(EFFECT).where(EFFECT.c.done_at.is_(None)).values(attempts=4))
    assert seats_of(town.run(), UnenrolFailed) == {seat[0]: "lms.refused"}


def test_two_seats_of_one_person_in_one_course_hold_one_place(town: Town, lms: Lms) -> None:
    batch, (seat,) = _ready(town)
    other = (new_id(), seat[1])
    town.hear("bridge", requested(batch, seat))
    town.run()
    town.hear("bridge", requested(batch, other))
    assert seats_of(town.run(), SeatsEnrolled) == {other[0]: ""}
    town.hear("bridge", released(batch, seat))
    assert seats_of(town.run(), SeatsUnenrolled) == {seat[0]: ""}
    assert lms.members == {(nip_of(1), COURSE)}
    town.hear("bridge", released(batch, other))
    assert seats_of(town.run(), SeatsUnenrolled) == {other[0]: ""}
    assert lms.members == set()


@pytest.mark.parametrize("answers", [None, [], 5, ["x"], [Answer(key=[], result=Result.DONE)]])  # type: ignore[arg-type]
def test_a_plugin_that_answers_nonsense_is_tried_again(town: Town, lms: Lms, answers: Any) -> None:
    batch, (seat,) = _ready(town)
    lms.answers = answers if answers is not None else [None]
    town.hear("bridge", requested(batch, seat))
    assert town.run() == []
    lms.answers = None
    assert only(town.run(), SeatsEnrolled)


@pytest.mark.parametrize("error", [RuntimeError("Sari Dewi 200012312024121001"), SystemExit(1), KeyboardInterrupt()])
def test_what_a_plugin_raises_ends_there_and_its_words_are_not_kept(town: Town, lms: Lms, error: BaseException) -> None:
    batch, (seat,) = _ready(town)
    lms.broken = error
    town.hear("bridge", requested(batch, seat))
    (outcome,) = call_places("kota", _with_site(town, _open(town)))
    assert (outcome.done, outcome.error) == (False, f"lms.plugin_failed {type(error).__name__}")


def test_a_plugin_that_hangs_keeps_only_its_own_site(town: Town, lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "CALL_WITHIN", 0.05)
    add_site(town, plugin="null", code="other")
    batch, (seat, elsewhere) = _ready(town, 2)
    lms.hang = Signal()
    town.hear("bridge", requested(batch, seat))
    town.hear("bridge", requested(batch, elsewhere, site="other"))
    said = town.run()
    assert set(seats_of(said, SeatsEnrolled)) == {elsewhere[0]}
    assert lms.calls == []
    lms.hang.set()
    _until_free(town)
    assert lms.members == {(nip_of(1), COURSE)}


def test_a_plugin_that_cannot_be_loaded_is_tried_again(town: Town, lms: Lms) -> None:
    add_site(town, plugin="gone")
    batch, seat = new_id(), (new_id(), new_id())
    town.hear("bridge", people(seat[1]))
    town.hear("bridge", requested(batch, seat))
    assert town.run() == []
    town.travel(hours=2)
    assert seats_of(town.run(), SeatsRefused) == {seat[0]: "lms.timeout"}


def test_say_again_says_the_last_answer_and_the_proof(town: Town, lms: Lms) -> None:
    batch, seats = _ready(town, 4)
    lms.refuse = {nip_of(2): "lms.full"}
    town.hear("bridge", requested(batch, *seats[:3]))
    town.run()
    town.hear("bridge", released(batch, seats[2]))
    town.run()
    say_again = town.services["bridge"].say_again
    assert say_again
    with town.unit("bridge") as unit:
        assert say_again(unit, "seat", [seat for seat, _ in seats]) == 3
        assert say_again(unit, "finding", [seats[0][0]]) == 0
    said = town.run()
    assert set(seats_of(said, SeatsEnrolled)) == {seats[0][0]}
    assert seats_of(said, SeatsRefused) == {seats[1][0]: "lms.full"}
    assert set(seats_of(said, SeatsUnenrolled)) == {seats[2][0]}


def test_the_audit_and_the_story_of_a_seat(town: Town, lms: Lms) -> None:
    batch, seats = _ready(town, 3)
    lms.refuse = {nip_of(2): "lms.full"}
    town.hear("bridge", requested(batch, *seats))
    town.run()
    town.hear("bridge", released(batch, seats[2]))
    town.run()
    service = town.services["bridge"]
    assert service.audit
    assert service.explain
    with town.unit("bridge") as unit:
        facts = {fact["seat_id"]: (fact["wanted"], fact["actual"]) for fact in service.audit(unit)}
        assert facts == {
            str(seats[0][0]): ("enrolled", "enrolled"),
            str(seats[1][0]): ("absent", "absent"),
            str(seats[2][0]): ("absent", "absent"),
        }
        story = [one["what"]["en"] for one in service.explain(unit, seats[2][0])]
        assert story == [
            "Place at LMS kota asked for",
            "Enrolled in the LMS",
            "Place in the LMS given up",
            "Proven to be enrolled no more",
        ]
        assert list(service.explain(unit, new_id())) == []


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["ask", "release", "run", "break", "mend", "refuse", "allow", "hour"]), st.integers(1, 2)
    ),
    max_size=14,
)


@given(steps=_STEPS, seed=st.integers(0, 10**6))
@settings(max_examples=30)
def test_in_every_order_the_end_is_what_was_wished_last(
    town: Town, lms: Lms, steps: list[tuple[str, int]], seed: int
) -> None:
    town.empty()
    lms.broken, lms.refuse = None, {}
    lms.members.clear()
    add_site(town)
    batch, seat, person = new_id(), new_id(), new_id()
    town.hear("bridge", people(person))
    said: list[Event] = []
    asked, gone = {0}, 0
    for step, attempt in steps:
        if step == "ask":
            town.hear("bridge", requested(batch, (seat, person), attempt=attempt, hours=0.5))
            asked.add(attempt)
        elif step == "release":
            town.hear("bridge", released(batch, (seat, person), attempt=attempt))
            gone = max(gone, attempt)
        elif step == "run":
            said += town.run(seed)
        elif step == "hour":
            town.travel(hours=1)
        elif step in ("break", "mend"):
            lms.broken = RuntimeError() if step == "break" else None
        else:
            lms.refuse = {nip_of(1): "lms.full"} if step == "refuse" else {}
    lms.broken = None
    said += town.run(seed)
    town.travel(minutes=11)
    said += town.run(seed)
    answered = {
        (one.seat_id, one.attempt) for event in said if not isinstance(event, UnenrolFailed) for one in event.items
    }
    assert {(seat, attempt) for attempt in asked - {0} if attempt > gone} <= answered
    yes = {one.attempt for event in only(said, SeatsEnrolled) for one in event.seats}
    live = {attempt for attempt in yes if attempt > gone and attempt == max(asked)}
    if gone:
        assert (seat, gone) in {
            (one.seat_id, one.attempt) for event in only(said, SeatsUnenrolled) for one in event.seats
        }
    assert bool(lms.members) is bool(live)
    assert _open(town) == []
    service = town.services["bridge"]
    assert service.audit
    with town.unit("bridge") as unit:
        assert [fact for fact in service.audit(unit) if "broken" in fact] == []


def _lms(*seats: Any, attempt: int = 1) -> tuple[Any, ...]:
    return tuple(LmsSeat(seat_id=seat, attempt=attempt) for seat in seats)


def _with_site(town: Town, effects: Sequence[Effect]) -> Sequence[Effect]:
    with town.unit("bridge") as unit:
        return ready(unit, "kota", effects)


def _open(town: Town) -> list[Effect]:
    with town.unit("bridge") as unit:
        rows = unit.db.execute(
            select(EFFECT).where(EFFECT.c.done_at.is_(None), EFFECT.c.kind == "place").order_by(EFFECT.c.at)
        )
        return [Effect(row.effect_id, row.kind, row.target, row.data, row.attempts) for row in rows]


def _settle(town: Town, called: list[Effect], outcomes: list[Any]) -> None:
    (kind,) = (one for one in town.services["bridge"].effects if one.kind == "place")
    with town.unit("bridge") as unit:
        ids = [effect.effect_id for effect in called]
        unit.db.execute(update(EFFECT).where(EFFECT.c.effect_id.in_(ids)).values(done_at=unit.now))
        kind.settle(unit, list(zip(called, outcomes, strict=True)))


def _until_free(town: Town) -> None:
    plugins._hanging["kota"].join(10)
    town.run()
