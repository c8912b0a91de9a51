"""A person's NIP, name and address where they have to be, a dead letter and an LMS: seen in nothing beside it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner
from prometheus_client import REGISTRY
from sqlalchemy import text

from plugins.moodle.connector import Connector
from services.bridge.contract import Learner, Place, Result, Site
from shared import topology
from shared.cli import bangkom
from shared.consumer import Limits
from shared.dead import list_dead
from shared.events.enrolment import PeopleChanged, Person
from shared.ids import new_id
from shared.outbox import emit
from shared.provision import setting_of
from shared.topology import PREFIX, Names
from shared.unit import Unit
from shared.work import Worker
from tests.broker import take_down
from tests.journeys.personal import EMAIL, FOUND, NAME, NIP, Watched
from tests.plugins.fake_moodle import TOKEN, Moodle, running
from tests.shared.bus.fixtures import until
from tests.town import Town

STEPS = (0.1, 0.2)


@pytest.fixture
def names(town: Town, broker_url: str) -> Iterator[Names]:
    """Queues of this test alone."""
    made = Names(f"letter-{new_id().hex[-12:]}", STEPS)
    every = list(town.services.values())
    topology.apply(broker_url, every, made)
    yield made
    take_down(broker_url, every, made)


def says_it(_unit: Unit, event: PeopleChanged) -> None:
    """An error that holds all there is of the person, and another behind it."""
    try:
        raise KeyError(event.people[0].nip)
    except KeyError as error:
        raise ValueError(f"no place for {event.people!r} <{event.people[0].email}>") from error


def lets_the_database_say_it(unit: Unit, event: PeopleChanged) -> None:
    """PostgreSQL names the row that stands in the way, and SQLAlchemy the parameters."""
    unit.db.execute(
        text("CREATE TEMPORARY TABLE badge (nip text CONSTRAINT one_badge UNIQUE, name text) ON COMMIT DROP")
    )
    for person in (*event.people, *event.people):
        unit.db.execute(text("INSERT INTO badge VALUES (:nip, :name)"), {"nip": person.nip, "name": person.name})


@pytest.mark.parametrize(
    ("handler", "why"), [(says_it, "ValueError at "), (lets_the_database_say_it, "(one_badge) at ")]
)
def test_a_dead_letter_about_a_person_is_listed_and_told_of_without_them(
    town: Town,
    watched: Watched,
    names: Names,
    broker_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    handler: Any,
    why: str,
) -> None:
    bridge = replace(town.services["bridge"], subscriptions={PeopleChanged: handler}, figures=(), sweeps=(), effects=())
    enrolment = replace(town.services["enrolment"], figures=(), sweeps=(), effects=())
    limits = Limits(tries=2, not_yet=2, steps=STEPS)
    before = _dead_so_far()
    workers = [
        Worker(service, town.engines[service.name], broker_url, names=names, limits=limits)
        for service in (enrolment, bridge)
    ]
    for worker in workers:
        worker.start()
    try:
        person = Person(
            person_id=new_id(), rev=1, nip=NIP, name=NAME, email=EMAIL, standing="active", agency_id=new_id()
        )
        with town.unit("enrolment") as unit:
            emit(unit.db, PeopleChanged(agency_id=person.agency_id, people=(person,)))
        until(lambda: list_dead(bridge, None, broker_url, names) != [])
    finally:
        for worker in workers:
            worker.stop()
        assert all(worker.join(30) for worker in workers)

    (letter,) = list_dead(bridge, None, broker_url, names)
    assert FOUND.search(letter.data.decode()), "the letter is not about a person"
    assert (letter.attempts, letter.type) == (2, PeopleChanged.TYPE)
    for name, value in {
        setting_of("bridge"): town.engines["bridge"].url.render_as_string(hide_password=False),
        "AMQP_URL": broker_url,
        PREFIX: names.prefix,
        "BANGKOM_HOME": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    listed = CliRunner().invoke(bangkom, ["dead", "list", "--service", "bridge"])
    assert listed.exit_code == 0, listed.output
    assert letter.letter_id in listed.output
    assert why in listed.output
    assert not FOUND.search(listed.output)
    told = watched.said.getvalue()
    assert '"consumer.dead"' in told
    assert _dead_so_far() == before + 1
    assert watched.look() == []


def test_a_person_travels_to_an_lms_in_no_address(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address stands in the access log of whoever is called; a body does not."""
    sent: list[requests.PreparedRequest] = []
    send = requests.Session.send

    def noted(session: requests.Session, request: requests.PreparedRequest, **kept: Any) -> requests.Response:
        sent.append(request)
        return send(session, request, **kept)

    monkeypatch.setattr(requests.Session, "send", noted)
    monkeypatch.setenv("BANGKOM_PRIVATE_HOSTS", "127.0.0.1")
    learner = Learner(person_id=new_id(), nip=NIP, name=NAME, email=EMAIL)
    with running(Moodle()) as moodle:
        connector = Connector(Site(code="lms", settings={"url": moodle.url, "token": TOKEN}))

        def place() -> Place:
            return Place(key=str(new_id()), course="MW-1", learner=learner)

        for step in (connector.enrol, connector.suspend, connector.unenrol):
            assert [answer.result for answer in step([place()])] == [Result.DONE]
        connector.enrol([place()])
        assert [row.nip for row in connector.roster("MW-1", 0).rows] == [NIP]
        connector.completion("MW-1", 0)
    ours = [request for request in sent if str(request.url).startswith(moodle.url)]
    assert len([request for request in ours if FOUND.search(str(request.body))]) == 4, "nobody travelled"
    assert [request.url for request in ours if FOUND.search(f"{request.url} {dict(request.headers)}")] == []
    assert watched.look() == []


def _dead_so_far() -> float:
    labels = {"service": "bridge", "why": "exhausted"}
    return REGISTRY.get_sample_value("bangkom_consumer_dead_total", labels) or 0.0
