"""The house of docker-compose.yml, from outside: the main job, faults of each container, a rolling update."""

import time

import pytest

from demo.city import budget, programmes
from demo.city.agencies import TRAINING_OFFICE
from demo.orders import SITE, Order
from demo.story import Story
from shared.ids import new_id
from tests.containers.house import FAULTS, LONG_RUNNING, RESULTS, Containers, until
from tests.containers.load import Load

REQUESTS_AWAY = 5
"""How many requests of the load a container is away for."""

Seen = list[tuple[str, str, float, int, int]]


def test_the_main_job_runs_through_the_door(house: Containers, played: Story) -> None:
    report = house.wait_sound()
    assert report["broken"] == []
    assert report["checked"] > 500
    keep("up.txt", f"healthy after {house.seconds_to_healthy:.0f} s\n")


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_no_accepted_request_is_lost_whatever_happens_to_a_container(
    house: Containers, played: Story, seen: Seen, name: str
) -> None:
    with load_of(house, played) as load:
        load.wait_for_a_clean_round()
        for fault in FAULTS:
            began, tried, failed = time.monotonic(), load.tried, load.failed
            house.strike(fault, name)
            if fault != "restart":
                load.wait_for_requests(REQUESTS_AWAY)
            house.mend(fault, name)
            until(f"{name} is ready after {fault}", lambda: house.ready(name))
            load.wait_for_a_clean_round()
            seen.append((name, fault, time.monotonic() - began, load.tried - tried, load.failed - failed))
    keep_table(seen)
    check_nothing_lost(house, played, load)


def test_a_rolling_update_costs_no_request(house: Containers, played: Story) -> None:
    def scale(count: int) -> None:
        house.compose(
            "up", "-d", "--wait", "--no-deps", "--no-recreate", "--scale", f"enrolment-web={count}", "enrolment-web"
        )

    scale(2)
    try:
        with load_of(house, played) as one, load_of(house, played) as other:
            for load in (one, other):
                load.wait_for_a_clean_round()
            assert "enrolment-web: 2 replaced" in house.roll("enrolment-web")
            for load in (one, other):
                load.wait_for_a_clean_round()
    finally:
        scale(1)
    keep("roll.txt", f"{one.tried + other.tried} requests, {len(one.seats) + len(other.seats)} seats\n")
    assert (one.failed, other.failed, dict(one.why), dict(other.why)) == (0, 0, {}, {})
    check_nothing_lost(house, played, one)
    check_nothing_lost(house, played, other)


def load_of(house: Containers, story: Story) -> Load:
    """People at work on batches of their own, which have a seat and money for everybody."""
    cycle, cast = story.cycle, story.cycle.cast
    programme = cycle.programme(programmes.DATA_LITERACY)
    sub_activity, account, _ = budget.LEADERSHIP
    line = cycle.line((TRAINING_OFFICE, sub_activity, account), story.city.year)
    people = cast.others()
    batches = []
    for _ in range(2):
        code = new_id().hex[-12:]
        order = Order(
            name=f"Angkatan {code}",
            days=(60,),
            capacity=len(people),
            least=1,
            fixed_cost=10_000,
            seat_price=1_000,
            site=SITE,
            course=code,
        )
        opened = cycle.open_batch(programme, order.paid_from(str(line["line_id"]), story.city.year))
        assert opened["state"] == "open"
        batches.append(str(opened["batch_id"]))
    return Load(house, cast, batches, people)


def check_nothing_lost(house: Containers, story: Story, load: Load) -> None:
    """Every accepted nomination is a seat, every approved one has its money and place, and the house agrees."""
    assert load.wrong == []
    assert load.seats
    for batch_id in load.batches:
        until_settled(story, batch_id, load)
    found = {str(seat["seat_id"]): seat["state"] for one in load.batches for seat in story.cycle.seats(one)}
    for seat_id, approved in load.seats.items():
        assert found[seat_id] == "confirmed" if approved else found[seat_id] in ("requested", "confirmed")
    assert house.wait_sound()["broken"] == []


def until_settled(story: Story, batch_id: str, load: Load) -> None:
    """Nothing is on its way but the one seat whose approval was perhaps not sent any more."""

    def settled() -> bool:
        states = {str(seat["seat_id"]): seat["state"] for seat in story.cycle.seats(batch_id)}
        moving = ("approved", "reserving", "reserved", "enrolling", "waiting")
        return not any(
            state in moving or (state == "requested" and load.seats.get(one)) for one, state in states.items()
        )

    until("every approved seat has its outcome", settled)


def keep_table(seen: Seen) -> None:
    """What was seen so far, as a table for docs/operations.md."""
    lines = [
        "| container | fault | seconds until all was well | requests meanwhile | failed |",
        "|---|---|---|---|---|",
    ]
    lines += [f"| {name} | {fault} | {took:.1f} | {tried} | {failed} |" for name, fault, took, tried, failed in seen]
    keep("faults.md", "\n".join(lines) + "\n")


def keep(name: str, text: str) -> None:
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / name).write_text(text, encoding="utf-8")
    print(text)  # noqa: T201
