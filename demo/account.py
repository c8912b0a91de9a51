"""The account of a demo: every figure is read back from the services over HTTP."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from demo.cast import pages
from demo.city import City
from demo.cycle import Cycle
from demo.world import Json


@dataclass
class Book:
    """What the story did, as ids. `seats` are the counts by state that enrolment answered when nominations had
    settled."""

    batches: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    campaigns: list[str] = field(default_factory=list)
    seats: dict[str, Mapping[str, int]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    finding_id: str | None = None
    told_candidates: list[str] = field(default_factory=list)

    def add_line(self, line_id: str) -> None:
        """Remember a line that pays for a batch, once."""
        if line_id not in self.lines:
            self.lines.append(line_id)


@dataclass(frozen=True)
class Account:
    """The last line of `--json`, see the README. Without a finding, what follows from one is None."""

    people: int
    agencies: int
    seats: Mapping[str, int]
    money: Mapping[str, int]
    jp_credited: int
    survey: Mapping[str, int]
    finding: Mapping[str, Any] | None
    decision: Mapping[str, Any] | None
    version: Mapping[str, int]
    effect: Mapping[str, Any] | None
    told: int
    audit: Mapping[str, Any]

    def data(self) -> dict[str, Any]:
        return asdict(self)


def read_account(cycle: Cycle, city: City, book: Book) -> Account:
    """Read everything back."""
    office = cycle.cast.office
    people = sum(1 for _ in pages(cycle.doors, "enrolment", "/v1/people", office))
    agencies = sum(1 for _ in pages(cycle.doors, "enrolment", "/v1/agencies", office))
    finding = cycle.read_finding(book.finding_id) if book.finding_id else None
    campaign = cycle.get("surveys", f"/v1/campaigns/{book.campaigns[0]}", cycle.cast.evaluator)
    before = int(cycle.batch(book.batches["first"])["version"])
    after = int(cycle.batch(book.batches.get("second", book.batches["first"]))["version"])
    told = cycle.told(book.finding_id, book.told_candidates) if book.finding_id else []
    return Account(
        people=people,
        agencies=agencies,
        seats={
            state: sum(counts.get(state, 0) for counts in book.seats.values())
            for state in ("confirmed", "waiting", "refused")
        },
        money=_money(cycle, book),
        jp_credited=_jp(cycle, city, book),
        survey={"invited": int(campaign["invited"]), "answered": int(campaign["answered"])},
        finding=_finding(finding),
        decision=_decision(finding),
        version={"before": before, "after": after},
        effect=_effect(finding),
        told=len(told),
        audit={},
    )


def _money(cycle: Cycle, book: Book) -> dict[str, int]:
    """Over the lines that paid for the story's batches; what was released, over those batches."""
    lines = [cycle.get("budget", f"/v1/lines/{line_id}", cycle.cast.budget_officer) for line_id in book.lines]
    sums = {name: sum(int(line[name]) for line in lines) for name in ("effective", "reserved", "realised", "available")}
    released = sum(int(cycle.money(batch_id)["released"]) for batch_id in book.batches.values())
    return {**sums, "released": released}


def _jp(cycle: Cycle, city: City, book: Book) -> int:
    """Lesson hours in the records of all who have a seat in one of the batches."""
    persons = {str(seat["person_id"]) for batch_id in book.batches.values() for seat in cycle.seats(batch_id)}
    return sum(
        int(credit["jp"]) for person_id in sorted(persons) for credit in cycle.credits(person_id, city.year)["credits"]
    )


def _finding(finding: Json | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {
        "kind": finding["kind"],
        "share": finding["share"],
        "n": finding["n"],
        "interval": [finding["low"], finding["high"]],
        "worst_segment": finding["worst_segment"],
    }


def _decision(finding: Json | None) -> dict[str, Any] | None:
    decision = finding and finding["decision"]
    if not decision:
        return None
    return {"owner": decision["owner_id"], "due": decision["due"], "change": decision["change"]}


def _effect(finding: Json | None) -> dict[str, Any] | None:
    effect = finding and finding["effect"]
    if not effect:
        return None
    return {"state": effect["state"], "difference": effect["difference"], "interval": [effect["low"], effect["high"]]}
