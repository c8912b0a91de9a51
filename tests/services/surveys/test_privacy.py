"""What somebody with the whole database in hand can make of it: they try to join people and answers, and fail.

The promises of docs/privacy.md, tried on the real tables.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import Row, inspect, text

from tests.services.surveys.scene import Guest, Scene, guests

PEOPLE_SIDE = ("participation", "seat", "presence", "opening")
ANSWER_SIDE = ("answer", "held_answer")
ROUNDS = 6
SIZE = 30
MIDDLING = {"difficulty": 3, "pace": 3, "usefulness": 3}


def rows(scene: Scene, table: str) -> list[Row[Any]]:
    """All rows with the columns that PostgreSQL keeps beside ours."""
    with scene.town.unit("surveys") as unit:
        return list(unit.db.execute(text(f"SELECT *, xmin::text::bigint AS xmin_, ctid::text AS ctid_ FROM {table}")))


def survey(scene: Scene, seed: int) -> tuple[list[Guest], list[Row[Any]], list[Row[Any]]]:
    """A survey in which each person writes who they are; answered in a random order, with lots moving in between."""
    people = guests(II=SIZE // 2, III=SIZE - SIZE // 2)
    scene.ran(people)
    answering = list(people)
    random.Random(seed).shuffle(answering)
    signed = [MIDDLING | {"suggestion": str(guest.person_id)} for guest in answering]
    for start in range(0, SIZE, 4):
        scene.all_answer(answering[start : start + 4], signed[start : start + 4].__getitem__, apart=True)
        scene.town.run()
    mine = {guest.person_id for guest in people}
    participations = [row for row in rows(scene, "participation") if row.person_id in mine]
    answers = [row for row in rows(scene, "answer") if row.campaign_id == participations[0].campaign_id]
    assert (len(participations), len(answers)) == (SIZE, SIZE)
    return answering, participations, answers


def place(row: Row[Any]) -> tuple[int, int]:
    """Where a row lies: page and line."""
    page, line = row.ctid_.strip("()").split(",")
    return int(page), int(line)


ORDERS_OF_PEOPLE: dict[str, Callable[[Row[Any]], Any]] = {
    "xmin": lambda row: (row.xmin_, place(row)),
    "ctid": place,
    "invitation_id": lambda row: row.invitation_id,
    "seat_id": lambda row: row.seat_id,
    "person_id": lambda row: row.person_id,
}
ORDERS_OF_ANSWERS: dict[str, Callable[[Row[Any]], Any]] = {
    "xmin": lambda row: (row.xmin_, place(row)),
    "ctid": place,
    "answer_id": lambda row: row.answer_id,
}


def test_no_order_of_people_matches_an_order_of_answers_better_than_chance(scene: Scene) -> None:
    """Both sides sorted by everything that could be an order, then matched rank by rank. The attacker is even told
    whose answers each lot holds, and looks within a lot and a group: what is left to them is a random order, which
    matches once on average, however large the lot."""
    hits: Counter[tuple[str, str]] = Counter()
    groups = agreeing = pairs = 0
    for seed in range(ROUNDS):
        answering, people, answers = survey(scene, seed)
        came = {str(guest.person_id): at for at, guest in enumerate(answering)}
        parts: dict[Any, list[Row[Any]]] = {}
        for row in answers:
            parts.setdefault((row.xmin_, row.grade_band, row.agency, row.unit), []).append(row)
        groups += len(parts)
        for part in parts.values():
            theirs = {row.said["suggestion"] for row in part}
            givers = [row for row in people if str(row.person_id) in theirs]
            for of_people, of_answers in ((p, a) for p in ORDERS_OF_PEOPLE for a in ORDERS_OF_ANSWERS):
                hits[of_people, of_answers] += matches(
                    sorted(givers, key=ORDERS_OF_PEOPLE[of_people]), sorted(part, key=ORDERS_OF_ANSWERS[of_answers])
                )
        for lot in {row.xmin_ for row in answers}:
            moments = [came[row.said["suggestion"]] for row in sorted(answers, key=place) if row.xmin_ == lot]
            ordered = [a < b for i, a in enumerate(moments) for b in moments[i + 1 :]]
            agreeing, pairs = agreeing + sum(ordered), pairs + len(ordered)
    # Rows of a lot lie in time's order as often as against it: within five sigma of half of the pairs. (Kendall's
    # count has variance m(m-1)(2m+5)/72 in a lot of m, at most 0.75 of a pair for the lots of 5 to 12 here.)
    assert abs(agreeing - pairs / 2) < 5 * math.sqrt(0.75 * pairs)
    for orders, found in hits.items():
        assert found <= poisson_limit(groups), orders
    # That the test would see an order if there were one: the true match is far beyond the limit.
    assert poisson_limit(groups) < ROUNDS * SIZE


def matches(people: Sequence[Row[Any]], answers: Sequence[Row[Any]]) -> int:
    return sum(row.said["suggestion"] == str(person.person_id) for person, row in zip(people, answers, strict=True))


def poisson_limit(mean: float) -> int:
    """The least count that chance exceeds less than once in a million."""
    count, left = 0, 1.0
    while left > 1e-6:
        left -= math.exp(-mean) * mean**count / math.factorial(count)
        count += 1
    return count


def test_no_transaction_wrote_both_a_person_and_a_released_answer(scene: Scene) -> None:
    _, people, answers = survey(scene, 1)
    assert not {row.xmin_ for row in people} & {row.xmin_ for row in answers}
    lots = Counter(row.xmin_ for row in answers)
    assert len(lots) > 2
    assert min(lots.values()) >= 5


def test_no_value_of_one_side_stands_on_the_other_but_the_campaign_and_groups_of_five(scene: Scene) -> None:
    _, people, answers = survey(scene, 2)
    shared = set(people[0]._mapping) & set(answers[0]._mapping) - {"xmin_", "ctid_"}
    assert shared == {"campaign_id", "grade_band", "agency", "unit"}
    held = Counter((row.grade_band, row.agency, row.unit) for row in people)
    assert min(held.values()) >= 5
    values = {
        str(value) for row in people for name, value in row._mapping.items() if name not in (*shared, "ctid_", "used")
    }
    for row in answers:
        others = {str(value) for name, value in row._mapping.items() if name in ("answer_id", "xmin_")}
        assert not others & values


@pytest.mark.parametrize("table", ANSWER_SIDE)
def test_an_answer_has_a_random_id_and_neither_time_nor_order_nor_a_key_of_the_other_side(
    scene: Scene, table: str
) -> None:
    found = scene.town.services["surveys"].metadata.tables[table]  # type: ignore[union-attr]
    assert set(found.columns.keys()) == {"answer_id", "campaign_id", "grade_band", "agency", "unit", "said"}
    assert not found.foreign_keys
    inspected = inspect(scene.town.engines["surveys"])
    assert all("identity" not in column for column in inspected.get_columns(table))
    survey(scene, 3)
    assert {row.answer_id.version for row in rows(scene, "answer")} == {4}


def test_people_have_no_time_either(scene: Scene) -> None:
    for table in PEOPLE_SIDE:
        columns = scene.town.services["surveys"].metadata.tables[table].columns  # type: ignore[union-attr]
        assert not [column.name for column in columns if "TIMESTAMP" in str(column.type).upper()]


def test_a_waiting_answer_can_be_told_by_its_transaction_and_is_gone_after_the_lot(scene: Scene) -> None:
    """The honest limit that docs/privacy.md names: until its lot moves, an answer shares the transaction of its
    mark."""
    people = guests(III=12)
    scene.ran(people)
    scene.all_answer(people[:9], lambda _: MIDDLING, apart=True)
    waiting = {row.xmin_ for row in rows(scene, "held_answer")}
    assert len(waiting & {row.xmin_ for row in rows(scene, "participation")}) == 9
    scene.all_answer(people[9:], lambda _: MIDDLING, apart=True)
    scene.town.run()
    assert rows(scene, "held_answer") == []


def test_an_answer_leaves_no_trace_in_the_outbox_or_under_an_idempotency_key(scene: Scene) -> None:
    people = guests(III=9)
    scene.ran(people)
    before = len(rows(scene, "outbox"))
    for guest in people[:4]:
        assert scene.answer(guest, MIDDLING).status_code == 200
    assert len(rows(scene, "outbox")) == before
    assert rows(scene, "answer_once") == []
