"""Where a site and the bridge differ, course by course, and how that is mended: by calls and events, never by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from services.bridge.contract import Completed, Enrolled, Fact, FactKind
from services.bridge.domain import ABSENT, ENROLLED, Place
from services.bridge.handlers.facts import agencies_of, read, take
from services.bridge.handlers.places import Answers, finish
from services.bridge.store import facts as store
from services.bridge.store import places as place_store
from shared.ids import id_of
from shared.unit import Unit


@dataclass
class Drift:
    """What differs in one course. `missing` should have a place and have none, `left` have one that was taken away,
    `outside` were enrolled there by hand, `unreported` are facts about completions that Bangkom was not told of.
    `strangers` counts enrolments of people who are not Bangkom's or not the site's, `resting` are the wanted places
    that could be compared."""

    course: str
    missing: list[Place] = field(default_factory=list)
    left: list[Place] = field(default_factory=list)
    outside: list[Fact] = field(default_factory=list)
    unreported: list[Fact] = field(default_factory=list)
    strangers: int = 0
    resting: list[Place] = field(default_factory=list)

    @property
    def found(self) -> bool:
        """Whether anything differs."""
        return bool(self.missing or self.left or self.outside or self.unreported)


def compare_roster(unit: Unit, site: Row[Any], course: str, roster: Iterable[Enrolled]) -> Drift:
    """Compare who is enrolled with whose places are wanted. Places with an open call are left for later."""
    drift = Drift(course)
    there: dict[str, list[Enrolled]] = {}
    for row in roster:
        if row.active:
            there.setdefault(row.nip, []).append(row)
    places = place_store.places_of_course(unit.db, site.code, course)
    nips = store.nips_of(unit.db, {place.triple.person_id for place in places})
    wanted = {nips.get(place.triple.person_id) for place in places if place.wanted == ENROLLED}
    unsettled = {nips.get(place.triple.person_id) for place in places if not place.at_rest}
    for place in places:
        nip = nips.get(place.triple.person_id)
        if nip is None or not place.at_rest:
            continue
        if place.wanted == ENROLLED:
            drift.resting.append(place)
        if place.wanted == ENROLLED and nip not in there:
            drift.missing.append(place)
        elif place.wanted == ABSENT and nip not in wanted and any(row.ours for row in there.get(nip, ())):
            drift.left.append(place)
    known = store.people_by_nip(unit.db, there, agencies_of(unit, site))
    left = {nips.get(place.triple.person_id) for place in drift.left}
    for nip in there:
        if nip not in known:
            drift.strangers += 1
        elif nip not in wanted and nip not in left and nip not in unsettled:
            fact_id = f"sync:{unit.now:%Y%m%d}:{id_of('outside', site.code, course, min(known[nip]))}"
            drift.outside.append(Fact(fact_id=fact_id, kind=FactKind.ENROLLED, nip=nip, course=course, at=unit.now))
    return drift


def compare_completions(unit: Unit, site: Row[Any], course: str, rows: Sequence[Completed]) -> list[Fact]:
    """The facts about what people completed that Bangkom was not told of. What can't be mapped is left out."""
    facts = {fact.fact_id: fact for row in rows for fact in _facts(site.code, course, row)}
    reading = read(unit, site, facts.values())
    noted = store.noted_completions(unit.db, site.code, reading.progress)
    return [facts[row.fact_id] for row in reading.progress if store.completion_key(row) not in noted]


def mend(unit: Unit, site: Row[Any], drift: Drift) -> None:
    """Wish again for what is missing and for what is left to go, and take in what happened there."""
    triples = [place.triple for place in (*drift.missing, *drift.left)]
    seen: Mapping[Any, Place] = {place.triple: place for place in (*drift.missing, *drift.left)}
    places = place_store.lock_places(unit.db, triples, unit.now)
    for triple, place in places.items():
        if place.at_rest and (place.rev, place.wanted) == (seen[triple].rev, seen[triple].wanted):
            place.want_again(unit.now)
    finish(unit, places, Answers())
    take(unit, site, [*drift.outside, *drift.unreported])


def _facts(code: str, course: str, row: Completed) -> Iterable[Fact]:
    done = [(one.module, one.at, one.score) for one in row.modules]
    if row.at is not None:
        done.append(("", row.at, None))
    for module, at, score in done:
        fact_id = f"sync:{id_of('completed', code, course, row.nip, module, at.isoformat())}"
        yield Fact(
            fact_id=fact_id,
            kind=FactKind.COMPLETED,
            nip=row.nip,
            course=course,
            at=at,
            module=module,
            score=score,
        )


__all__ = ["Drift", "compare_completions", "compare_roster", "mend"]
