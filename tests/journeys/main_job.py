"""The main job and what must be true of it afterwards, whichever way the house runs."""

import random
from collections.abc import Callable
from pathlib import Path

from demo.account import Account
from demo.answers import TOO_HARD
from demo.cast import pages
from demo.city import build, write
from demo.city.survey import DIFFICULTY
from demo.cycle import Cycle
from demo.orders import SMALL
from demo.story import Story, begin
from demo.tell import silent
from demo.world import Doors, Json
from services.surveys.tools.intervals import newcombe, wilson

AGENCIES = 4
STAFF = 240
JP_DATA_LITERACY = 20
JP_ETHICS = 6


def story_of(doors: Doors, seed: int, patience: float = 30.0, before: Callable[[str], None] | None = None) -> Story:
    """A small story over these doors. `before` is called before each wait, with the name of what is waited for."""
    city = build(seed, begin(doors), AGENCIES, STAFF)
    cycle = Cycle(doors, random.Random(seed), patience=patience)
    if before is not None:
        cycle.before = before
    return Story(cycle, city, silent(), SMALL)


def play(story: Story, folder: Path) -> Account:
    """Play the whole story and check it on the way and at the end."""
    story.arrive(write(story.city, folder))
    story.plan()
    story.nominate()
    story.change_minds()
    check_seats(story)
    story.first_run()
    check_those_who_took_part_are_asked(story)
    finding = story.ask_first_run()
    assert finding is not None, "this seed raises no finding; choose another"
    check_finding(story, finding)
    story.second_run(story.decide(finding), finding)
    account = story.conclude()
    check_completed(story, account)
    check_money(story, account)
    check_effect(story, account)
    check_told(story, account)
    return account


def check_seats(story: Story) -> None:
    """Capacity is full, the rest waits; the narrow line paid for as many as it could; the others have their outcome."""
    size, seats = story.size, story.book.seats
    first = seats["first"]
    assert first["confirmed"] == size.capacity
    assert first["waiting"] == size.waiting - 1
    assert first["rejected"] == size.rejected
    assert first["released"] == 1
    narrow = seats["narrow"]
    assert narrow["confirmed"] == size.money_for
    assert narrow["refused"] == size.money_asked - size.money_for - 1
    assert narrow["released"] == 1
    assert seats["online"]["confirmed"] == size.online
    assert story.cycle.batch(story.book.batches["refused"])["state"] == "refused"


def check_those_who_took_part_are_asked(story: Story) -> None:
    """Whoever came or opened a module is invited, completed or not; nobody else is."""
    cycle, batch_id = story.cycle, story.book.batches["first"]
    campaign = cycle.campaign(batch_id)
    asked = set()
    for seat in cycle.seats(batch_id):
        person_id = str(seat["person_id"])
        tasks = cycle.get("surveys", "/v1/tasks", cycle.cast.learner(person_id))["items"]
        if any(task["kind"] == "survey" and task["id"] == campaign["campaign_id"] for task in tasks):
            asked.add(person_id)
    assert asked == set(story.first_people)
    assert campaign["invited"] == len(asked)


def check_finding(story: Story, finding: Json) -> None:
    """The figures are those of the answers that were given, counted again."""
    count, n = _too_hard(story, "first")
    interval = wilson(count, n)
    assert (finding["n"], finding["share"]) == (n, _near(count / n))
    assert (finding["low"], finding["high"]) == (_near(interval.low), _near(interval.high))


def check_completed(story: Story, account: Account) -> None:
    """Hours are credited to exactly those who completed, and the absent and the unfinished failed."""
    cycle, book = story.cycle, story.book
    first, second, online = (cycle.batch(book.batches[key])["counts"] for key in ("first", "second", "online"))
    assert first["completed"] == story.size.capacity - 2
    assert first["failed"] == 2
    assert second["completed"] == story.size.second
    assert online["completed"] == story.size.online
    credited = JP_DATA_LITERACY * (first["completed"] + second["completed"]) + JP_ETHICS * online["completed"]
    assert account.jp_credited == credited
    assert cycle.batch(book.batches["quorum"])["state"] == "cancelled"


def check_money(story: Story, account: Account) -> None:
    """Every line balances, and the money of the batches is that of the lines."""
    cycle, book = story.cycle, story.book
    for line in pages(cycle.doors, "budget", "/v1/lines", cycle.cast.budget_officer):
        assert line["effective"] == line["reserved"] + line["realised"] + line["available"]
        assert line["available"] >= 0
    money = [cycle.money(batch_id) for batch_id in book.batches.values()]
    assert sum(one["reserved"] for one in money) == account.money["reserved"]
    assert sum(one["realised"] for one in money) == account.money["realised"]
    # Both runs of the first programme are over, all their seats are spent: by policy also that of the no-show.
    order = story.order("first")
    first = cycle.money(book.batches["first"])
    assert first["realised"] == order.fixed_cost + order.seat_price * story.size.capacity
    assert first["released"] == order.seat_price
    assert cycle.money(book.batches["quorum"])["reserved"] == 0


def check_effect(story: Story, account: Account) -> None:
    """The effect compares the two runs' answers."""
    before, after = _too_hard(story, "first"), _too_hard(story, "second")
    interval = newcombe(before, after)
    assert account.effect is not None
    assert account.effect["difference"] == _near(after[0] / after[1] - before[0] / before[1])
    assert account.effect["interval"] == [_near(interval.low), _near(interval.high)]
    assert account.effect["state"] in ("improved", "no_effect", "worse", "too_few")
    assert account.version == {"before": 1, "after": 2}


def check_told(story: Story, account: Account) -> None:
    """All who took part in the first run find in their task list what was changed, and nobody else does."""
    assert account.finding is not None
    assert story.book.finding_id is not None
    assert account.told == len(story.first_people)
    others = [str(seat["person_id"]) for seat in story.cycle.seats(story.book.batches["second"])]
    assert story.cycle.told(story.book.finding_id, others) == []


def _too_hard(story: Story, key: str) -> tuple[int, int]:
    given = story.cycle.given[story.book.batches[key]]
    return sum(answers[DIFFICULTY] in TOO_HARD for answers in given), len(given)


class _near(float):
    """Equal to a figure that was rounded to three digits or not at all."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and abs(float(other) - float(self)) < 0.0006

    __hash__ = float.__hash__
