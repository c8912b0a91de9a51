"""The figures at /metrics after a whole story are those that the services themselves tell."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from demo.cast import pages
from shared import clock, metrics
from shared.metrics import Figure
from tests.journeys.main_job import AGENCIES, play, story_of
from tests.journeys.town_doors import TownDoors, environment
from tests.town import Town

Read = dict[str, dict[tuple[str, ...], float]]


def figures(town: Town) -> Read:
    """Every figure of every service, by the name of its gauge and its labels."""
    found: Read = {}
    for name, service in town.services.items():
        assert service.figures, name
        for read in service.figures:
            with town.unit(name) as unit:
                for figure in read(unit.db, clock.now()):
                    found.setdefault(name_of(figure), {})[figure.labels] = figure.value
    return found


def name_of(figure: Figure) -> str:
    return str(figure.gauge._name).removeprefix("bangkom_")


def summed(values: dict[tuple[str, ...], float], last: Iterable[str] = ()) -> float:
    wanted = set(last)
    return sum(value for labels, value in values.items() if not wanted or labels[-1] in wanted)


def test_an_empty_town_has_figures_and_they_are_zero(town: Town) -> None:
    found = figures(town)
    assert summed(found["seats"]) == summed(found["saga_waiting"]) == summed(found["survey_invited"]) == 0
    assert {labels[0] for labels in found["seats"]} >= {"requested", "confirmed", "released"}


def test_figures_are_what_the_services_tell(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(town).items():
        monkeypatch.setenv(name, value)
    story = story_of(TownDoors(town), seed=1)
    account = play(story, tmp_path / "files")
    cycle, found = story.cycle, figures(town)

    counts = [cycle.batch(batch_id)["counts"] for batch_id in story.book.batches.values()]
    for state in ("completed", "failed", "confirmed", "released"):
        assert found["seats"][state,] == sum(count.get(state, 0) for count in counts), state
    assert summed(found["batches"]) == len(story.book.batches)
    assert summed(found["jp_credited"]) == account.jp_credited
    assert summed(found["credits"]) == found["seats"]["completed",]

    people = found["people"]
    pns = sum(row.status == "PNS" for row in story.city.staff)
    assert len(people) == AGENCIES
    assert 0 < summed(people) <= pns
    assert all(found["people_below_target"][agency] <= people[agency] for agency in people)
    # Whoever completed 20 JP met the duty; 6 JP are not enough.
    met = summed(people) - summed(found["people_below_target"])
    assert 0 < met <= found["seats"]["completed",]

    lines = [
        line
        for line in pages(cycle.doors, "budget", "/v1/lines", cycle.cast.budget_officer)
        if line["year"] == story.city.year
    ]
    for kind in ("effective", "reserved", "realised", "available"):
        assert summed(found["budget_rupiah"], [kind]) == sum(line[kind] for line in lines), kind
    ledger = {labels[0]: value for labels, value in found["ledger_rupiah"].items()}
    assert ledger["realise"] == account.money["realised"]
    assert ledger["original"] + ledger["shift"] + ledger["amendment"] == summed(found["budget_rupiah"], ["effective"])

    assert summed(found["survey_invited"]) >= summed(found["survey_answered"]) > 0
    assert summed(found["findings"]) >= 1
    assert found["programmes"]["published",] >= 3
    assert found["learners"]["access",] >= found["learners"]["begun",] >= found["learners"]["finished",] > 0
    assert set(found["lms_resting"].values()) == {0}
    assert metrics.show(()) == set()
