"""Presence of completed seats goes into the gradebook of a site that names an item for it."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from shared.errors import NotYet
from shared.events.enrolment import CompletedSeat, SeatsCompleted, Segment
from shared.ids import new_id
from tests.plugins.fake_moodle import TOKEN, Moodle, running
from tests.services.bridge.given import COURSE, add_site, batch_opened, nip_of, people, released, requested
from tests.town import Town


def completed(town: Town, batch: Any, *seats: tuple[Any, Any], presence: int = 90) -> SeatsCompleted:
    with town.unit("bridge") as unit:
        at = unit.now
    segment = Segment(**{name: _value(name) for name in Segment.__dataclass_fields__})
    return SeatsCompleted(
        batch_id=batch,
        programme_id=new_id(),
        version=1,
        line_id=new_id(),
        jp=20,
        at=at,
        seats=tuple(
            CompletedSeat(seat_id=seat, attempt=1, person_id=person, presence_percent=presence, segment=segment)
            for seat, person in seats
        ),
    )


def _value(name: str) -> Any:
    return new_id() if name.endswith("_id") else ""


@pytest.mark.parametrize(("settings", "grades"), [({"presence_item": "Kehadiran"}, {"Kehadiran": 90}), ({}, {})])
def test_presence_is_written_once_where_the_site_wishes_so(
    town: Town, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], grades: dict[str, int]
) -> None:
    monkeypatch.setenv("BANGKOM_PRIVATE_HOSTS", "127.0.0.1")
    batch, seat = new_id(), (new_id(), new_id())
    with running(Moodle()) as moodle:
        add_site(town, plugin="moodle", url=moodle.url, token=TOKEN, **settings)
        with pytest.raises(NotYet):
            _hear(town, completed(town, batch, seat))
        for event in (people(seat[1]), batch_opened(batch, new_id()), requested(batch, seat)):
            town.hear("bridge", event)
        town.run()
        done = completed(town, batch, seat)
        for _ in range(2):
            town.hear("bridge", done)
            town.run()
        assert moodle.grades == {(COURSE, nip_of(1), item): grade for item, grade in grades.items()}
        assert [call for call in moodle.calls if call[0] == "push_grades"] == [("push_grades", 1)] * len(grades)


def test_a_grade_that_the_lms_refuses_is_noted_without_the_person(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_PRIVATE_HOSTS", "127.0.0.1")
    batch, seat = new_id(), (new_id(), new_id())
    with running(Moodle()) as moodle:
        add_site(town, plugin="moodle", url=moodle.url, token=TOKEN, presence_item="Kehadiran")
        for event in (people(seat[1]), batch_opened(batch, new_id())):
            town.hear("bridge", event)
        town.hear("bridge", completed(town, batch, seat))
        with capture_logs() as logs:
            town.run()
    (line,) = (one for one in logs if one["event"] == "lms.grade_refused")
    assert line["code"] == "lms.not_enrolled"
    assert nip_of(1) not in str(logs)


def test_who_loses_a_place_is_suspended_where_the_site_wishes_so(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_PRIVATE_HOSTS", "127.0.0.1")
    batch, seat = new_id(), (new_id(), new_id())
    with running(Moodle()) as moodle:
        add_site(town, plugin="moodle", url=moodle.url, token=TOKEN, lost="suspend")
        town.hear("bridge", people(seat[1]))
        town.hear("bridge", requested(batch, seat))
        town.run()
        town.hear("bridge", released(batch, seat))
        town.run()
        assert moodle.members == {(COURSE, nip_of(1)): False}


def _hear(town: Town, event: SeatsCompleted) -> None:
    handler = town.services["bridge"].subscriptions[SeatsCompleted]
    with town.unit("bridge") as unit:
        handler(unit, event)
