"""What happened at a site: looks, facts mapped to people and batches, answers to places handed over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.bridge.contract import Capability, Fact, FactKind, Facts
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
from services.bridge.effects import Look
from services.bridge.handlers.calls import refuse
from services.bridge.handlers.places import Answers, finish, say_failed
from services.bridge.plugins import capabilities
from services.bridge.store import places as place_store
from services.bridge.store import sites as store
from shared.events.bridge import EnrolmentsChangedOutside, OutsideChange, ProgressReported, ProgressRow
from shared.ids import new_id
from shared.outbox import emit
from shared.service import Effect, Outcome
from shared.unit import Unit

LOOK_EVERY = timedelta(seconds=15)
CHECK_EVERY = timedelta(minutes=5)
MOST_SITES = 50
PROGRESS = (FactKind.OPENED, FactKind.COMPLETED, FactKind.SCORED)


@dataclass
class Reading:
    """What became of the facts of one look. `unread` is fact_id -> code; `early` says that some refer to a batch or
    programme version not heard of yet, so that all of them have to be told again."""

    progress: list[ProgressRow] = field(default_factory=list)
    outside: list[OutsideChange] = field(default_factory=list)
    answers: list[tuple[Fact, UUID]] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)
    early: bool = False


def sweep_looks(unit: Unit) -> int:
    """Begin a look at every site that is due."""
    due = store.sites_to_look_at(unit.db, unit.now, MOST_SITES)
    rows = []
    for site in due:
        effect_id = new_id()
        data = {"site": site.code, "plugin": site.plugin, "settings": site.settings}
        rows.append({"effect_id": effect_id, "kind": "look", "target": site.code, "data": data})
        store.begin_look(unit.db, site.code, effect_id)
    place_store.add_effects(unit.db, rows)
    return len(rows)


def settle_looks(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
    """Note how sites were found and take in what happened there."""
    for effect, outcome in sorted(settled, key=lambda pair: pair[0].target):
        look: Look = outcome.result
        code = effect.target
        again = LOOK_EVERY if Capability.FACTS in capabilities(effect.data["plugin"]) else CHECK_EVERY
        more = False
        if look.facts is not None:
            more = _take(unit, code, effect.data, look.facts) and look.facts.more
        detail = look.health.detail[:500]
        store.end_look(unit.db, code, look.health.ok, detail, unit.now, timedelta(0) if more else again)


def settle_receipts(unit: Unit, settled: Sequence[tuple[Effect, Outcome]]) -> None:
    """Nothing follows from a receipt that arrived."""


def _take(unit: Unit, code: str, data: Mapping[str, Any], told: Facts) -> bool:
    reading = Reading()
    facts = {fact.fact_id: fact for fact in told.facts if isinstance(fact, Fact) and _sound(fact, reading)}
    for fact_id in store.known_facts(unit.db, code, facts):
        del facts[fact_id]
    _read(unit, code, list(facts.values()), reading)
    read = [fact.fact_id for fact, _ in reading.answers]
    read += [row.fact_id for row in reading.progress] + [change.fact_id for change in reading.outside]
    new = store.keep_facts(unit.db, code, read, unit.now)
    _answer_places(unit, [(fact, key) for fact, key in reading.answers if fact.fact_id in new])
    emit(
        unit.db,
        ProgressReported(site=code, rows=tuple(row for row in reading.progress if row.fact_id in new)),
    )
    outside = _news(unit, code, [row for row in reading.outside if row.fact_id in new], facts)
    emit(unit.db, EnrolmentsChangedOutside(site=code, rows=tuple(outside)))
    if told.receipt and not reading.early:
        kept = {**data, "receipt": told.receipt, "unread": reading.unread}
        row = {"effect_id": new_id(), "kind": "receipt", "target": code, "data": kept}
        place_store.add_effects(unit.db, [row])
    return not reading.early


def _sound(fact: Fact, reading: Reading) -> bool:
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
    )
    if named and not good:
        reading.unread[fact.fact_id] = BAD_FACT.code
    return good


def _within(number: object, most: int) -> bool:
    return number is None or (type(number) is int and 0 <= number <= most)


def _read(unit: Unit, code: str, facts: Sequence[Fact], reading: Reading) -> None:
    people = store.people_by_nip(unit.db, {fact.nip for fact in facts})
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
            reading.early = True
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
