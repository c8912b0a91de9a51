"""The audit sees what is wrong in real databases: after a sound story each rule is broken on purpose, then undone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from shared import clock
from shared.audit import RULES, Fact, join
from shared.house import listeners
from shared.web.internal import common_facts
from tests.journeys.main_job import play, story_of
from tests.journeys.town_doors import TownDoors, environment
from tests.town import Town

BREAKS = {
    "seat.beyond_capacity": ("enrolment", "UPDATE batch SET capacity = 1, least = 1"),
    "seat.completed_without_proof": ("enrolment", "DELETE FROM attendance; DELETE FROM progress"),
    "release.unproven": ("enrolment", "UPDATE seat SET state = 'releasing' WHERE state = 'released' AND asked"),
    "seat.without_place": (
        "enrolment",
        "UPDATE batch SET site = 'elsewhere', course = 'c'; UPDATE seat SET course = TRUE WHERE state = 'confirmed'",
    ),
    "seat.place_left": ("bridge", "UPDATE place SET actual = 'enrolled'"),
    "batch.money_left": ("enrolment", "UPDATE batch SET state = 'cancelled' WHERE state = 'open'"),
    "budget.line_off_ledger": ("budget", "UPDATE line SET reserved = reserved + 1 WHERE available > 0"),
    "change.forgotten": ("content", "DELETE FROM change"),
    "event.unclaimed": ("budget", "DELETE FROM inbox"),
    "event.dead": (
        "surveys",
        "INSERT INTO dead_letter (letter_id, type, headers, data) VALUES ('x', 'bangkom.x.y.v1', '{}', '')",
    ),
    "outbox.unsent": ("content", "UPDATE outbox SET sent_at = NULL"),
    "outbox.parked": ("content", "UPDATE outbox SET sent_at = NULL, parked_at = now()"),
    "seat.without_money": (
        "enrolment",
        "UPDATE seat SET state = 'confirmed' WHERE state = 'released' AND money = 'freed'",
    ),
    "money.without_seat": ("enrolment", "UPDATE seat SET attempt = attempt + 1 WHERE state = 'confirmed'"),
    "seat.money_unsettled": ("enrolment", "UPDATE seat SET state = 'completed' WHERE state = 'confirmed'"),
    "batch.without_money": ("enrolment", "UPDATE batch SET state = 'open' WHERE state IN ('cancelled', 'refused')"),
    "line.unbalanced": (
        "budget",
        "ALTER TABLE line DROP CONSTRAINT ck_line_not_oversold; UPDATE line SET reserved = reserved + available + 1",
    ),
    "budget.claim_without_entries": ("budget", "UPDATE claim SET state = 'realised' WHERE state = 'released'"),
    "content.completion_without_access": ("content", "UPDATE access SET attempt = 0"),
    "content.completion_without_module": ("content", "UPDATE step SET completed_at = NULL"),
    "surveys.effective_without_answer": ("surveys", "UPDATE finding SET did = NULL"),
    "surveys.answers_not_participations": (
        "surveys",
        "DELETE FROM answer WHERE answer_id = (SELECT answer_id FROM answer LIMIT 1)",
    ),
    "bridge.wanted_by_nobody": ("bridge", "DELETE FROM request"),
}
"""For each rule: in whose database, and what breaks it."""


class _Undo(Exception):
    """Ends a unit without leaving anything."""


def facts(town: Town, name: str, statement: str | None = None) -> list[Fact]:
    """What one service says of itself, after a statement that is undone at once."""
    found: list[dict[str, Any]] = []
    service = town.services[name]
    try:
        with town.unit(name) as unit:
            if statement is not None:
                for one in statement.split("; "):
                    unit.db.execute(text(one))
            found += service.audit(unit) if service.audit else ()
            found += common_facts(service, unit)
            raise _Undo
    except _Undo:
        return [{"service": name, **fact} for fact in found]


def rules(town: Town, broken: str = "", statement: str | None = None) -> set[str]:
    def every() -> Iterator[Fact]:
        for name in town.services:
            yield from facts(town, name, statement if name == broken else None)

    heard = listeners(town.services.values())
    report = join(every(), clock.now(), heard, settled=True, real_now=datetime.now(UTC))
    return {row["rule"] for row in report.broken}


def test_for_every_rule_there_is_something_that_breaks_it() -> None:
    assert set(BREAKS) == set(RULES)


def test_each_rule_broken_in_a_real_database_is_seen(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(town).items():
        monkeypatch.setenv(name, value)
    play(story_of(TownDoors(town), seed=1), tmp_path / "files")
    town.run()
    assert rules(town) == set()
    unseen = [rule for rule, (name, statement) in BREAKS.items() if rule not in rules(town, name, statement)]
    assert unseen == []
    assert rules(town) == set()
