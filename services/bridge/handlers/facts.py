"""What happened at a site, fetched or told: mapped to people and batches, said once; answers to places handed over.

Facts about people of other agencies than the site's, and about courses that no batch of this site uses, are refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row

from services.bridge.contract import Fact, FactKind
from services.bridge.domain import (
    ABSENT,
    BAD_FACT,
    ENROLLED,
    UNKNOWN_COURSE,
    UNKNOWN_KEY,
    UNKNOWN_MODULE,
    UNKNOWN_PERSON,
    Place,
    Triple,
    code_word,
    storable,
)
from services.bridge.handlers.calls import refuse
from services.bridge.handlers.places import Answers, finish, say_failed
from services.bridge.store import facts as store
from services.bridge.store import places as place_store
from shared.events.bridge import EnrolmentsChangedOutside, OutsideChange, ProgressReported, ProgressRow
from shared.outbox import emit
from shared.unit import Unit

PROGRESS = (FactKind.OPENED, FactKind.COMPLETED, FactKind.SCORED)
OLDEST_YEAR = 2000
AHEAD = timedelta(days=1)
"""How far in the future a fact may lie: clocks of LMSs go wrong, but not by that much."""
EARLY_KEPT = timedelta(days=30)
MOST_EARLY = 500

log = structlog.get_logger("bangkom.lms")


@dataclass
class Reading:
    """What became of facts. `known` were kept before, `unread` is fact_id -> code of those that mean nothing here,
    `early` refer to a batch or programme version not heard of yet and wait for it in the bridge."""

    progress: list[ProgressRow] = field(default_factory=list)
    outside: list[OutsideChange] = field(default_factory=list)
    answers: list[tuple[Fact, UUID]] = field(default_factory=list)
    early: list[dict[str, Any]] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    unread: dict[str, str] = field(default_factory=dict)


def take(unit: Unit, site: Row[Any], told: Iterable[object]) -> Reading:
    """Take in what happened at a site: everything that means something is kept, and said once."""
    reading, code = Reading(), site.code
    facts = {fact.fact_id: fact for fact in told if isinstance(fact, Fact) and _sound(unit, fact, reading)}
    reading.known = store.known_facts(unit.db, code, facts)
    _read(unit, site, [fact for fact_id, fact in facts.items() if fact_id not in reading.known], reading)
    read = [fact.fact_id for fact, _ in reading.answers] + [row["fact_id"] for row in reading.early]
    read += [row.fact_id for row in reading.progress] + [change.fact_id for change in reading.outside]
    new = store.keep_facts(unit.db, code, read, unit.now)
    _answer_places(unit, [(fact, key) for fact, key in reading.answers if fact.fact_id in new])
    store.keep_early(unit.db, code, [row for row in reading.early if row["fact_id"] in new], unit.now)
    progress = tuple(row for row in reading.progress if row.fact_id in new)
    _report(unit, code, progress)
    outside = _news(unit, code, [row for row in reading.outside if row.fact_id in new], facts)
    emit(unit.db, EnrolmentsChangedOutside(site=code, rows=tuple(outside)))
    return reading


def sweep_early(unit: Unit) -> int:
    """Say progress that waited for its batch or programme version; what waited too long is given up."""
    rows = store.early_readable(unit.db, MOST_EARLY)
    said: dict[str, list[ProgressRow]] = {}
    for row in rows:
        module_id = _module(row.module, row.modules)
        if module_id is not None:
            said.setdefault(row.site, []).append(
                ProgressRow(
                    fact_id=row.fact_id,
                    person_id=row.person_id,
                    batch_id=row.batch_id,
                    module_id=module_id,
                    kind=row.kind,
                    score=row.score,
                    seconds=row.seconds,
                    at=row.happened_at,
                )
            )
    for code, progress in said.items():
        _report(unit, code, progress)
    old = store.early_older_than(unit.db, unit.now - EARLY_KEPT, MOST_EARLY)
    store.drop_early(unit.db, [*rows, *old])
    lost = len(rows) - sum(map(len, said.values())) + len(old)
    if lost:
        log.warning("lms.early_dropped", facts=lost)
    return len(rows) + len(old)


def read(unit: Unit, site: Row[Any], told: Iterable[Fact]) -> Reading:
    """What facts would mean, without keeping or saying anything."""
    reading = Reading()
    _read(unit, site, [fact for fact in told if _sound(unit, fact, reading)], reading)
    return reading


def _report(unit: Unit, code: str, progress: Sequence[ProgressRow]) -> None:
    emit(unit.db, ProgressReported(site=code, rows=tuple(progress)))
    store.note_completed(unit.db, code, progress, unit.now)


def agencies_of(unit: Unit, site: Row[Any]) -> set[UUID] | None:
    """The agencies whose people a site may speak of; None for all."""
    return store.agencies_below(unit.db, map(UUID, site.agencies)) if site.agencies else None


def _sound(unit: Unit, fact: Fact, reading: Reading) -> bool:
    """Whether a plugin's fact is one at all; a bad plugin must not harm who hears of it."""
    named = storable(fact.fact_id, 200) and fact.fact_id != ""
    good = (
        named
        and isinstance(fact.kind, FactKind)
        and all(storable(word, 300) for word in (fact.nip, fact.course, fact.module, fact.key, fact.code))
        and _within(fact.score, 100)
        and _within(fact.seconds, 10_000_000)
        and isinstance(fact.at, datetime)
        and fact.at.tzinfo is not None
        and fact.at.year >= OLDEST_YEAR
        and fact.at <= unit.now + AHEAD
    )
    if named and not good:
        reading.unread[fact.fact_id] = BAD_FACT.code
    return good


def _within(number: object, most: int) -> bool:
    return number is None or (type(number) is int and 0 <= number <= most)


def _read(unit: Unit, site: Row[Any], facts: Sequence[Fact], reading: Reading) -> None:
    code = site.code
    people = store.people_by_nip(unit.db, {fact.nip for fact in facts}, agencies_of(unit, site))
    pairs = [(person, fact.course) for fact in facts for person in people.get(fact.nip, ())]
    batches = store.batch_of_learners(unit.db, code, pairs)
    courses = store.batches_of_course(unit.db, code, {fact.course for fact in facts})
    modules = store.modules_of_batches(unit.db, {batch for batch, _ in batches.values()})
    keys = place_store.triples_of_keys(unit.db, {key for fact in facts if (key := _uuid(fact.key))})
    for fact in facts:
        if fact.kind not in PROGRESS and fact.key:
            key = _uuid(fact.key)
            if key is None or key not in keys or keys[key].site != code:
                reading.unread[fact.fact_id] = UNKNOWN_KEY.code
            else:
                reading.answers.append((fact, key))
            continue
        mine = people.get(fact.nip, set())
        found = next((batches[person, fact.course] for person in mine if (person, fact.course) in batches), None)
        if not mine:
            reading.unread[fact.fact_id] = UNKNOWN_PERSON.code
        elif fact.kind in PROGRESS:
            _read_progress(fact, found, modules, reading)
        elif found is not None or fact.course in courses:
            batch_id, person_id = found or (courses[fact.course], min(mine))
            _read_outside(fact, batch_id, person_id, reading)
        else:
            reading.unread[fact.fact_id] = UNKNOWN_COURSE.code


def _read_progress(
    fact: Fact, found: tuple[UUID, UUID] | None, modules: Mapping[UUID, list[dict[str, Any]]], reading: Reading
) -> None:
    if found is None:
        reading.unread[fact.fact_id] = UNKNOWN_COURSE.code
        return
    batch_id, person_id = found
    module_id = None
    if fact.module:
        if batch_id not in modules:
            early = {name: getattr(fact, name) for name in ("fact_id", "module", "score", "seconds")}
            place = {"person_id": person_id, "batch_id": batch_id}
            reading.early.append({**early, **place, "kind": fact.kind.value, "happened_at": fact.at})
            return
        module_id = _module(fact.module, modules[batch_id])
        if module_id is None:
            reading.unread[fact.fact_id] = UNKNOWN_MODULE.code
            return
    reading.progress.append(
        ProgressRow(
            fact_id=fact.fact_id,
            person_id=person_id,
            batch_id=batch_id,
            module_id=module_id,
            kind=fact.kind.value,
            score=fact.score,
            seconds=fact.seconds,
            at=fact.at,
        )
    )


def _read_outside(fact: Fact, batch_id: UUID, person_id: UUID, reading: Reading) -> None:
    change = "enrolled" if fact.kind is FactKind.ENROLLED else "removed"
    reading.outside.append(
        OutsideChange(fact_id=fact.fact_id, person_id=person_id, batch_id=batch_id, change=change, at=fact.at)
    )


def _module(word: str, modules: Sequence[Mapping[str, Any]]) -> UUID | None:
    for part in modules:
        if (
            word.strip() in (str(part["position"]), part["module_id"])
            or word.strip().casefold() == str(part["title"]).casefold()
        ):
            return UUID(part["module_id"])
    return None


def _answer_places(unit: Unit, found: Sequence[tuple[Fact, UUID]]) -> None:
    """The LMS answers places that had been handed over."""
    by_key = place_store.triples_of_keys(unit.db, {key for _, key in found})
    places = place_store.lock_places(unit.db, by_key.values(), unit.now)
    answers, refusals = Answers(), {}
    for fact, key in found:
        place = places[by_key[key]] if key in by_key else None
        if place is None or place.key != key:
            continue
        code = code_word(fact.code or "lms.refused")
        meant = place.wanted if place.pushed == place.rev else None
        if fact.kind is FactKind.ENROLLED and meant != ABSENT:
            place.done(place.pushed, ENROLLED, unit.now)
        elif fact.kind is FactKind.REMOVED and meant != ENROLLED:
            place.done(place.pushed, ABSENT, unit.now)
        elif meant == ABSENT:
            if place.failed(unit.now):
                say_failed(unit, place, code, answers)
        elif place.refused(place.pushed, unit.now):
            refusals[place.triple] = code
    refuse(unit, refusals, answers)
    finish(unit, places, answers)


def _news(unit: Unit, code: str, rows: Sequence[OutsideChange], facts: Mapping[str, Fact]) -> list[OutsideChange]:
    """The changes made by hand that differ from what Bangkom wants. A place that was taken away is not there any more;
    what to do about it is enrolment's decision."""
    triples = {row.fact_id: Triple(code, row.person_id, facts[row.fact_id].course) for row in rows}
    known = place_store.places_of(unit.db, triples.values())
    places = place_store.lock_places(unit.db, known, unit.now)
    news = []
    for row in rows:
        place: Place | None = places.get(triples[row.fact_id])
        wanted = place is not None and place.wanted == ENROLLED
        if wanted is (row.change == "removed"):
            news.append(row)
            if place is not None and wanted and place.settled:
                place.actual, place.since = ABSENT, unit.now
    place_store.put_places(unit.db, places.values())
    return news


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
