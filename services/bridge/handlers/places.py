"""Places in an LMS: questions for them, their withdrawal, how calls went, and what time causes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.bridge.contract import Capability
from services.bridge.domain import (
    ABSENT,
    ASKED,
    ENROLLED,
    REFUSED,
    WITHDRAWN,
    Place,
    Request,
    Triple,
    judged,
)
from services.bridge.plugins import capabilities
from services.bridge.store import places as store
from services.bridge.store import sites
from shared.errors import NotYet
from shared.events import Event
from shared.events.bridge import LmsSeat, SeatsEnrolled, SeatsRefused, SeatsUnenrolled, UnenrolFailed
from shared.events.enrolment import LmsEnrolmentRequested, SeatsReleased
from shared.ids import id_of, new_id
from shared.outbox import emit
from shared.unit import Unit


@dataclass
class Answers:
    """What is to be said of seats at the end of a unit, gathered so that many at once are said once."""

    of: dict[tuple[type[Event], str, UUID], list[LmsSeat]] = field(default_factory=lambda: defaultdict(list))

    def add(self, kind: type[Event], site: str, batch_id: UUID, seat_id: UUID, attempt: int, code: str = "") -> None:
        self.of[kind, site, batch_id].append(LmsSeat(seat_id=seat_id, attempt=attempt, code=code))

    def answer(self, request: Request) -> None:
        """The stored answer of a question; nothing while it is open."""
        if request.state != ASKED:
            kind = SeatsEnrolled if request.state == ENROLLED else SeatsRefused
            site = request.triple.site
            self.add(kind, site, request.batch_id, request.seat_id, request.attempt, request.code)

    def say(self, unit: Unit) -> None:
        for (kind, site, batch_id), seats in self.of.items():
            emit(unit.db, kind(site=site, batch_id=batch_id, seats=tuple(seats)))  # type: ignore[call-arg]


def on_lms_enrolment_requested(unit: Unit, event: LmsEnrolmentRequested) -> None:
    """Answer each seat: refused at once where nothing can be asked of the LMS, again as before where it was answered
    before, else once the LMS did it."""
    site = sites.site(unit.db, event.site)
    able = site is None or Capability.ENROL in capabilities(site.plugin)
    triples = {seat.seat_id: Triple(event.site, seat.person_id, event.course) for seat in event.seats}
    places = store.lock_places(unit.db, triples.values(), unit.now)
    known = store.requests_of_seats(unit.db, triples)
    withdrawn = {seat: row.attempt for seat, row in store.withdrawals_of_seats(unit.db, triples).items()}
    highest: dict[UUID, int] = {}
    for seat_id, attempt in known:
        highest[seat_id] = max(highest.get(seat_id, 0), attempt)
    answers, changed, wanting = Answers(), [], []
    for seat in event.seats:
        released = withdrawn.get(seat.seat_id, 0)
        request = known.get((seat.seat_id, seat.attempt))
        if request is None:
            no = judged(seat.attempt, released, highest.get(seat.seat_id, 0), site is not None, able)
            request = Request(
                seat_id=seat.seat_id,
                attempt=seat.attempt,
                batch_id=event.batch_id,
                triple=triples[seat.seat_id],
                deadline=event.deadline,
                state=REFUSED if no else ASKED,
                code=no,
            )
            changed.append(request)
            if not no:
                wanting.append(request)
        elif request.state != REFUSED and released >= seat.attempt:
            request.state, request.code = REFUSED, WITHDRAWN.code
            changed.append(request)
        elif request.state == ASKED and event.deadline > request.deadline:
            request.deadline = event.deadline
            changed.append(request)
        elif request.state == ENROLLED and places[request.triple].undone_outside:
            places[request.triple].want_again(unit.now)
            request.state = ASKED
            changed.append(request)
        answers.answer(request)
    _must_be_known(unit, wanting)
    for request in wanting:
        places[request.triple].want(ENROLLED, unit.now)
    store.put_requests(unit.db, changed, unit.now)
    finish(unit, places, answers)


def on_seats_released(unit: Unit, event: SeatsReleased) -> None:
    """Take places away, also of seats not yet known, and prove it once they are gone."""
    seats = {seat.seat_id: seat for seat in event.seats}
    asked = store.requests_of_seats(unit.db, seats)
    where: dict[UUID, set[Triple]] = defaultdict(set)
    for request in asked.values():
        where[request.seat_id].add(request.triple)
    for seat in event.seats:
        if not where[seat.seat_id] and event.site is not None and event.course is not None:
            where[seat.seat_id].add(Triple(event.site, seat.person_id, event.course))
    places = store.lock_places(unit.db, (one for some in where.values() for one in some), unit.now)
    rows = []
    for seat in event.seats:
        place = max(where[seat.seat_id], default=None)
        rows.append(
            {
                "seat_id": seat.seat_id,
                "attempt": seat.attempt,
                "batch_id": event.batch_id,
                "site": place.site if place else None,
                "person_id": seat.person_id,
                "course": place.course if place else None,
                "at": unit.now,
            }
        )
    store.withdraw(unit.db, rows)
    withdrawn = store.withdrawals_of_seats(unit.db, seats)
    answers, closed = Answers(), []
    for request in store.requests_of_seats(unit.db, seats).values():
        if request.state == ASKED and request.attempt <= withdrawn[request.seat_id].attempt:
            request.state, request.code = REFUSED, WITHDRAWN.code
            closed.append(request)
    store.put_requests(unit.db, closed, unit.now)
    drop_unwanted(unit, places)
    for row in withdrawn.values():
        if row.site is not None and row.proven_at is not None:
            answers.add(SeatsUnenrolled, row.site, row.batch_id, row.seat_id, row.attempt)
    finish(unit, places, answers)


def say_places(unit: Unit, seats: Iterable[UUID]) -> int:
    """Say again what was answered of these seats: the last question, and the proof of the withdrawal."""
    wanted = list(seats)
    last: dict[UUID, Request] = {}
    for request in store.requests_of_seats(unit.db, wanted).values():
        if request.seat_id not in last or last[request.seat_id].attempt < request.attempt:
            last[request.seat_id] = request
    answers = Answers()
    withdrawn = store.withdrawals_of_seats(unit.db, wanted)
    for request in last.values():
        row = withdrawn.get(request.seat_id)
        if row is None or row.attempt < request.attempt:
            answers.answer(request)
    for row in withdrawn.values():
        if row.site is not None and row.proven_at is not None:
            answers.add(SeatsUnenrolled, row.site, row.batch_id, row.seat_id, row.attempt)
    answers.say(unit)
    return sum(len(said) for said in answers.of.values())


def _must_be_known(unit: Unit, requests: Sequence[Request]) -> None:
    ids = {request.triple.person_id for request in requests}
    missing = ids - set(sites.people(unit.db, ids))
    if missing:
        raise NotYet(f"{len(missing)} people, the first {min(missing)}")


def drop_unwanted(unit: Unit, places: Mapping[Triple, Place]) -> None:
    """Want those of these locked places no more that no seat asks for."""
    live = store.live_requests(unit.db, places)
    for triple, place in places.items():
        if triple not in live:
            place.want(ABSENT, unit.now)


def finish(unit: Unit, places: Mapping[Triple, Place], answers: Answers) -> None:
    """Push, answer and prove what these locked places now allow, write them, and say the answers."""
    _push(unit, places.values())
    ready = [triple for triple, place in places.items() if place.wanted == ENROLLED and place.settled]
    changed = []
    for requests in store.live_requests(unit.db, ready).values():
        for request in requests:
            if request.state == ASKED:
                request.state = ENROLLED
                changed.append(request)
                answers.answer(request)
    store.put_requests(unit.db, changed, unit.now)
    gone = [triple for triple, place in places.items() if place.free_of_others]
    proven = []
    for row in store.unproven(unit.db, gone):
        proven.append(row.seat_id)
        answers.add(SeatsUnenrolled, row.site, row.batch_id, row.seat_id, row.attempt)
    store.prove(unit.db, proven, unit.now)
    store.put_places(unit.db, places.values())
    answers.say(unit)


def _push(unit: Unit, places: Iterable[Place]) -> None:
    due = [place for place in places if place.to_push or (place.effect_id is not None and place.pushed < place.rev)]
    known = {code: sites.site(unit.db, code) for code in {place.triple.site for place in due}}
    people = sites.people(unit.db, {place.triple.person_id for place in due})
    rows, renewed = [], {}
    for place in due:
        site, person = known[place.triple.site], people.get(place.triple.person_id)
        if site is None or person is None:
            continue
        data = _call_data(place, site, person)
        if place.effect_id is not None:
            renewed[place.effect_id] = data
            continue
        place.effect_id = new_id()
        rows.append({"effect_id": place.effect_id, "kind": "place", "target": site.code, "data": data})
    store.renew_effects(unit.db, renewed)
    store.add_effects(unit.db, rows)


def _call_data(place: Place, site: Any, person: Any) -> dict[str, Any]:
    triple = place.triple
    return {
        "site": site.code,
        "course": triple.course,
        "person": {
            "person_id": str(triple.person_id),
            "nip": person.nip,
            "name": person.name,
            "email": person.email,
        },
        "want": place.wanted,
        "rev": place.rev,
        "key": str(id_of("place", triple.site, triple.person_id, triple.course, place.rev)),
    }


def say_failed(unit: Unit, place: Place, code: str, answers: Answers) -> None:
    """Tell that a place could not be taken away."""
    for row in store.unproven(unit.db, [place.triple]):
        answers.add(UnenrolFailed, row.site, row.batch_id, row.seat_id, row.attempt, code)
