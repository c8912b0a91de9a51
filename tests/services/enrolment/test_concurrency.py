"""Many act at once on one batch, each on a connection of their own: nobody gets a seat that is not there."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.enrolment.domain.states import COUNTING
from services.enrolment.handlers.audit import audit
from services.enrolment.store.tables import seat
from shared.auth import Principal
from shared.events.enrolment import SeatsApproved
from tests.services.enrolment.scene import Scene, freed, refused, reserved, scene
from tests.town import Town, only, together


@pytest.fixture
def city(town: Town) -> Scene:
    return scene(town, 25)


def posting(city: Scene, by: Principal, path: str, body: object, said: list[dict[str, object]]) -> Callable[[], None]:
    """A call for a thread that keeps the outcome of each item."""

    def post() -> None:
        answer = city.town.client("enrolment", by).post(path, body)
        assert answer.status_code == 200, answer.json
        said.extend(answer.json["items"])

    return post


def nominate_at_once(city: Scene, batch_id: UUID) -> list[UUID]:
    """Six officers nominate 24 people, each person twice; answers the seats."""
    people, said = city.people[1:], list[dict[str, object]]()
    lists = [people[at : at + 8] for at in (0, 8, 16)] + [people[at : at + 8] for at in (4, 12)]
    lists.append(people[20:] + people[:4])
    path = f"/v1/batches/{batch_id}/nominations"
    together(*(posting(city, city.officer, path, {"people": [*map(str, them)]}, said) for them in lists))
    assert Counter(row["code"] for row in said) == {None: 24, "seat.already": 24}
    return [UUID(str(row["seat_id"])) for row in said if row["code"] is None]


def approve_at_once(city: Scene, seats: Sequence[UUID], rng: random.Random) -> None:
    """Eight calls approve the seats, each seat in two of them and each call in an order of its own."""
    supervisor, said = city.supervisor, list[dict[str, object]]()
    doubled = [*seats, *seats]
    lists = [rng.sample(doubled[at::8], len(doubled[at::8])) for at in range(8)]
    calls = (posting(city, supervisor, "/v1/seats/approvals", {"seats": [*map(str, them)]}, said) for them in lists)
    together(*calls)
    assert {row["code"] for row in said} == {None}
    assert {row["state"] for row in said} <= {"reserving", "waiting"}


@contextmanager
def never_more_than(capacity: int, town: Town, batch_id: UUID) -> Iterator[None]:
    """Look at the committed seats all the while."""
    over, seen = threading.Event(), set[int]()
    taken = select(func.count()).where(seat.c.batch_id == batch_id, seat.c.state.in_([*COUNTING]))

    def look() -> None:
        while True:
            last = over.is_set()
            with town.unit("enrolment") as unit:
                seen.add(unit.db.scalar(taken) or 0)
            if last:
                return

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield
    finally:
        over.set()
        looking.join()
    assert capacity in seen
    assert max(seen) == capacity


@pytest.mark.parametrize("capacity", [1, 5])
def test_the_last_seat_is_given_once_however_many_ask_for_it_at_once(city: Scene, capacity: int) -> None:
    batch_id = city.open(capacity=capacity)
    seats = nominate_at_once(city, batch_id)
    city.town.run()
    with never_more_than(capacity, city.town, batch_id):
        approve_at_once(city, seats, random.Random(capacity))
    states = city.states(batch_id)
    assert Counter(states.values()) == {"reserving": capacity, "waiting": 24 - capacity}
    asked = [one.seat_id for event in only(city.town.run(), SeatsApproved) for one in event.seats]
    assert sorted(asked) == sorted(each for each, state in states.items() if state == "reserving")
    for each, state in states.items():
        told = [row["code"] for row in city.get(f"/v1/seats/{each}")["timeline"]]
        assert told.count("seat.waiting") == (state == "waiting")


def test_seats_that_come_free_while_others_are_asked_for_are_given_once(city: Scene) -> None:
    batch_id = city.open(capacity=5)
    seats = nominate_at_once(city, batch_id)
    city.approve(seats[:12])
    states = city.states(batch_id)
    held = [each for each in seats if states[each] == "reserving"]
    city.hear(reserved(batch_id, *held[:2]))
    path = f"/v1/seats/{held[0]}/cancellation"
    assert city.town.client("enrolment", city.officer).post(path, {"reason": "Tugas"}).json["state"] == "releasing"
    answers = [reserved(batch_id, held[2]), refused(batch_id, *held[3:]), freed(batch_id, held[0])]
    supervisor, said = city.supervisor, list[dict[str, object]]()
    approvals = [
        posting(city, supervisor, "/v1/seats/approvals", {"seats": [*map(str, seats[at : at + 3])]}, said)
        for at in range(12, 24, 3)
    ]
    hearing = [lambda answer=answer: city.hear(answer) for answer in [*answers, *answers]]
    with never_more_than(5, city.town, batch_id):
        together(*approvals, *hearing)
    city.carry()
    assert Counter(city.states(batch_id).values()) == {"confirmed": 5, "waiting": 16, "refused": 2, "released": 1}
    with city.town.unit("enrolment") as unit:
        assert [fact for fact in audit(unit) if "broken" in fact] == []
