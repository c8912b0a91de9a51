"""One training cycle, step by step, over the doors that people use. Each step waits for its outcome, never for a time.

The demo tells it as a story, the journeys check it in both forms of the house, the fault tests disturb it in between.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from demo.answers import Mood, draw
from demo.cast import Cast, Somebody, find_cast, pages
from demo.city import City, CityFiles
from demo.orders import Order, Programme
from demo.world import Doors, Json
from shared import clock
from shared.auth import Principal

T = TypeVar("T")

ON_THE_WAY = ("requested", "approved", "reserving", "reserved", "enrolling", "releasing")
"""States of a seat that other services or people still have to move."""


class NotReached(Exception):
    """A state that should have come did not come within the patience."""


def _nothing(what: str) -> None:
    """Disturb nothing."""


@dataclass
class Cycle:
    """The steps. `patience` is how long a state may take to come, in seconds of real time."""

    doors: Doors
    rng: random.Random
    patience: float = 30.0
    took: dict[str, float] = field(default_factory=dict)
    """Seconds each kind of wait took, to see where time goes."""
    before: Callable[[str], None] = _nothing
    """Called with the name of what is waited for, before each wait: the place to disturb a cycle."""
    given: dict[str, list[Json]] = field(default_factory=dict)
    """The answers given in each batch, kept by who gave them and not by the services: what a test can count again."""
    _cast: Cast | None = None

    # --- waiting ------------------------------------------------------------------------------------------------------

    def until(self, what: str, probe: Callable[[], T | None]) -> T:
        """What `probe` gives once it gives something."""
        began = time.monotonic()
        self.before(what)
        while True:
            found = probe()
            if found is not None:
                self.took[what] = self.took.get(what, 0.0) + time.monotonic() - began
                return found
            if time.monotonic() - began > self.patience:
                raise NotReached(what)
            self.doors.rest()

    def get(self, service: str, path: str, by: Principal, **query: str) -> Json:
        return self.doors.call("GET", service, path, by, query=query)

    def post(self, service: str, path: str, by: Principal | None, body: Json | None = None) -> Json:
        return self.doors.call("POST", service, path, by, body={} if body is None else body)

    @property
    def cast(self) -> Cast:
        if self._cast is None:
            raise RuntimeError("import the city first")
        return self._cast

    # --- the city -----------------------------------------------------------------------------------------------------

    def import_city(self, city: City, files: CityFiles) -> None:
        """Bring the files in by the commands that a city would type, and find the people in them."""
        self.doors.command("import", "agencies", str(files.agencies))
        for path in files.staff:
            self.doors.command("import", "staff", str(path))
        self.doors.command("import", "budget", str(files.budget))
        self.doors.command("import", "programmes", str(files.programmes), "--publish")
        self.doors.command("import", "survey", str(files.instrument))
        self._cast = find_cast(self.doors, city)

    def programme(self, code: str, version: int = 1) -> Programme:
        """A programme once enrolment has heard of this version."""

        def heard() -> Programme | None:
            for row in pages(self.doors, "enrolment", "/v1/programmes", self.cast.office):
                if row["code"] == code and row["version"] >= version:
                    return Programme(str(row["programme_id"]), code, str(row["title"]), int(row["version"]))
            return None

        return self.until("version", heard)

    def line(self, code: tuple[str, str, str], year: int) -> Json:
        """A budget line by agency code, sub-activity and account."""
        agency, sub_activity, account = code
        agency_id = self.cast.agencies[agency]

        def there() -> Json | None:
            # Budget finds an agency's lines by its id once it has heard of the agency.
            found = pages(
                self.doors, "budget", "/v1/lines", self.cast.budget_officer, year=str(year), agency_id=agency_id
            )
            return next(
                (one for one in found if (one["sub_activity"], one["account"]) == (sub_activity, account)), None
            )

        return self.until("line", there)

    def site(self, code: str, name: str, plugin: str, settings: Json) -> str:
        """Register an LMS site; answers its code."""
        body = {"code": code, "name": name, "plugin": plugin, "settings": settings, "agencies": []}
        self.post("bridge", "/v1/sites", self.cast.operator, body)
        return code

    # --- a batch and its seats ----------------------------------------------------------------------------------------

    def open_batch(self, programme: Programme, order: Order) -> Json:
        """Open a batch and wait for the answer about its fixed cost; answers the batch, open or refused."""
        sessions = []
        for day in order.days:
            # Nine in the morning in the west of Indonesia.
            start = (clock.now() + timedelta(days=day)).replace(hour=2, minute=0, second=0, microsecond=0)
            sessions.append(
                {
                    "starts_at": start.isoformat(),
                    "ends_at": (start + timedelta(hours=7)).isoformat(),
                    "place": order.place,
                }
            )
        body = {
            "programme_id": programme.programme_id,
            "version": programme.version,
            "name": order.name,
            "sessions": sessions,
            "capacity": order.capacity,
            "least": order.least,
            "fixed_cost": order.fixed_cost,
            "seat_price": order.seat_price,
            "line_id": order.line_id,
            "fiscal_year": order.year,
        }
        if order.site:
            body |= {"site": order.site, "course": order.course}
        if order.applies:
            body["applies"] = list(order.applies)
        batch_id = str(self.post("enrolment", "/v1/batches", self.cast.office, body)["batch_id"])
        return self.batch_in("batch opened", batch_id, "open", "running", "refused")

    def batch(self, batch_id: str) -> Json:
        return self.get("enrolment", f"/v1/batches/{batch_id}", self.cast.office)

    def batch_in(self, what: str, batch_id: str, *states: str) -> Json:
        """The batch, once it is in one of these states."""

        def there() -> Json | None:
            batch = self.batch(batch_id)
            return batch if batch["state"] in states else None

        return self.until(what, there)

    def count_of(self, what: str, batch_id: str, state: str, count: int) -> Json:
        """The counts of seats, once so many are in this state."""

        def counted() -> Json | None:
            counts: Json = self.batch(batch_id)["counts"]
            return counts if counts.get(state, 0) >= count else None

        return self.until(what, counted)

    def seats(self, batch_id: str, **query: str) -> list[Json]:
        return list(pages(self.doors, "enrolment", f"/v1/batches/{batch_id}/seats", self.cast.office, **query))

    def nominate(self, batch_id: str, people: Sequence[Somebody], reason: str) -> list[Json]:
        """Each agency's officer nominates its own people; answers an outcome per person."""
        outcomes: list[Json] = []
        by_agency: dict[str, list[str]] = {}
        for one in people:
            by_agency.setdefault(one.agency_id, []).append(one.person_id)
        for agency_id, persons in by_agency.items():
            body = {"people": persons, "reason": reason}
            answer = self.post("enrolment", f"/v1/batches/{batch_id}/nominations", self.cast.officer(agency_id), body)
            outcomes += answer["items"]
        return outcomes

    def approve(self, batch_id: str, rejecting: Mapping[str, str] | None = None) -> Json:
        """Each supervisor approves what waits for them, or rejects a person with a reason. Waits until every seat has
        its outcome; answers how many seats are in which state."""
        rejecting = rejecting or {}
        yes: dict[str, list[str]] = {}
        supervisors: dict[str, Principal] = {}
        for seat in self.seats(batch_id, state="requested"):
            above = self.cast.supervisor(str(seat["person_id"])) or self.cast.office
            supervisors[above.id] = above
            if (reason := rejecting.get(str(seat["person_id"]))) is not None:
                body = {"seats": [seat["seat_id"]], "reason": reason}
                self.post("enrolment", "/v1/seats/rejections", above, body)
            else:
                yes.setdefault(above.id, []).append(str(seat["seat_id"]))
        for supervisor_id, seat_ids in yes.items():
            self.post("enrolment", "/v1/seats/approvals", supervisors[supervisor_id], {"seats": seat_ids})
        return self.settled(batch_id)

    def settled(self, batch_id: str) -> Json:
        """The counts of seats by state, once none is on its way."""

        def counted() -> Json | None:
            counts: Json = self.batch(batch_id)["counts"]
            return None if any(counts.get(state) for state in ON_THE_WAY) else counts

        return self.until("seats settled", counted)

    def cancel_seat(self, seat_id: str, reason: str) -> Json:
        """Give a seat up and wait until money and LMS place are proven free; answers the seat."""
        self.post("enrolment", f"/v1/seats/{seat_id}/cancellation", self.cast.office, {"reason": reason})

        def released() -> Json | None:
            seat = self.get("enrolment", f"/v1/seats/{seat_id}", self.cast.office)
            return seat if seat["state"] == "released" else None

        return self.until("seat released", released)

    # --- learning -----------------------------------------------------------------------------------------------------

    def go_to(self, moment: str, after: timedelta = timedelta(minutes=30)) -> None:
        """Let time pass until a little after a moment; nothing where it is past already."""
        ahead = datetime.fromisoformat(moment) + after - clock.now()
        if ahead > timedelta(0):
            self.doors.travel(ahead)

    def attend(self, batch_id: str, absent: Iterable[str] = ()) -> None:
        """Go through the sessions in time and record who came; `absent` are seat ids."""
        away = set(absent)
        for session in self.batch(batch_id)["sessions"]:
            self.go_to(session["starts_at"])
            rows = [
                {"seat_id": seat["seat_id"], "present": seat["seat_id"] not in away}
                for seat in self.seats(batch_id, state="confirmed")
            ]
            path = f"/v1/batches/{batch_id}/sessions/{session['session_id']}/attendance"
            self.post("enrolment", path, self.cast.office, {"how": "list", "rows": rows})

    def learn(self, batch_id: str, person_id: str, most: int | None = None) -> None:
        """One person opens and completes the modules (the first `most` of them) as soon as content grants access."""
        learner = self.cast.learner(person_id)

        def mine() -> Json | None:
            rows = self.get("content", "/v1/mine", learner)["items"]
            return next((row for row in rows if str(row["batch_id"]) == batch_id), None)

        modules = self.until("access", mine)["modules"]
        for module in modules[:most]:
            path = f"/v1/batches/{batch_id}/modules/{module['module_id']}"
            self.post("content", f"{path}/opening", learner)
            body = {"score": self.rng.randint(65, 98), "seconds": 60 * int(module["minutes"])}
            self.post("content", f"{path}/completion", learner, body)

    def learnt(self, batch_id: str, people: Iterable[str]) -> None:
        """Wait until enrolment has heard that these people did their modules: closing judges what is known then."""
        wanted = set(people)

        def heard() -> bool | None:
            done = {str(seat["person_id"]) for seat in self.seats(batch_id) if seat["learning"] == "completed"}
            return True if wanted <= done else None

        self.until("modules heard", heard)

    def close(self, batch_id: str) -> Json:
        """Close a batch and wait until it and its money are settled; answers the batch."""
        self.post("enrolment", f"/v1/batches/{batch_id}/closing", self.cast.office)
        batch = self.batch_in("batch closed", batch_id, "closed")
        self.until("money settled", lambda: batch if not self.money(batch_id)["reserved"] else None)
        return batch

    def cancel_batch(self, batch_id: str, reason: str) -> Json:
        self.post("enrolment", f"/v1/batches/{batch_id}/cancellation", self.cast.office, {"reason": reason})
        return self.batch_in("batch cancelled", batch_id, "cancelled")

    def money(self, batch_id: str) -> Json:
        return self.get("budget", f"/v1/batches/{batch_id}/money", self.cast.budget_officer)

    # --- asking and answering -----------------------------------------------------------------------------------------

    def campaign(self, batch_id: str) -> Json:
        """The campaign of a batch, once its people are invited."""

        def invited() -> Json | None:
            rows = self.get("surveys", "/v1/campaigns", self.cast.evaluator, batch_id=batch_id)["items"]
            return rows[0] if rows and rows[0]["invited"] else None

        return self.until("invited", invited)

    def answer(self, batch_id: str, people: Sequence[str], mood: Mood) -> int:
        """These people answer by their own links, without signing in; answers how many found an invitation."""
        campaign_id = str(self.campaign(batch_id)["campaign_id"])
        answered = 0
        for person_id in people:
            tasks = self.get("surveys", "/v1/tasks", self.cast.learner(person_id))["items"]
            for task in tasks:
                if task["kind"] == "survey" and str(task["id"]) == campaign_id:
                    answers = draw(mood, self.cast.person(person_id).band, self.rng)
                    self.post("surveys", f"/v1/answers/{task['link_to']['id']}", None, {"answers": answers})
                    self.given.setdefault(batch_id, []).append(answers)
                    answered += 1
        return answered

    def close_campaign(self, batch_id: str) -> Json:
        """Close the campaign and wait for its results."""
        campaign_id = self.campaign(batch_id)["campaign_id"]
        self.post("surveys", f"/v1/campaigns/{campaign_id}/closing", self.cast.evaluator)

        def results() -> Json | None:
            campaign = self.get("surveys", f"/v1/campaigns/{campaign_id}", self.cast.evaluator)
            return campaign if campaign["state"] == "closed" else None

        return self.until("results", results)

    def finding(self, batch_id: str, kind: str = "too_hard") -> Json | None:
        """What a closed campaign raised of this kind, or nothing."""
        rows = self.get("surveys", "/v1/findings", self.cast.evaluator, batch_id=batch_id)["items"]
        return next((row for row in rows if row["kind"] == kind), None)

    def read_finding(self, finding_id: str) -> Json:
        return self.get("surveys", f"/v1/findings/{finding_id}", self.cast.evaluator)

    # --- what is done about it ----------------------------------------------------------------------------------------

    def decide(self, finding_id: str, owner_id: str, due: date, change: Json) -> Json:
        """Decide, and wait until the change stands in a draft; answers the finding."""
        body = {"owner_id": owner_id, "due": due.isoformat(), "change": change}
        self.post("surveys", f"/v1/findings/{finding_id}/decision", self.cast.evaluator, body)

        def drafted() -> Json | None:
            finding = self.read_finding(finding_id)
            return finding if finding["decision"]["state"] not in ("open", None) else None

        return self.until("change drafted", drafted)

    def publish(self, programme: Programme) -> Programme:
        """Publish the draft and wait until enrolment can run it; answers the programme with its new version."""
        self.post("content", f"/v1/programmes/{programme.programme_id}/publication", self.cast.office)
        return self.programme(programme.code, programme.version + 1)

    def effect(self, finding_id: str) -> Json:
        """The measured effect of a finding's change."""

        def measured() -> Json | None:
            effect: Json | None = self.read_finding(finding_id)["effect"]
            return effect

        return self.until("effect", measured)

    def told(self, finding_id: str, people: Iterable[str]) -> list[str]:
        """Of these people, those in whose own task list the answer to this finding stands."""
        found = []
        for person_id in people:
            tasks = self.get("surveys", "/v1/tasks", self.cast.learner(person_id))["items"]
            if any(task["kind"] == "answer" and str(task["id"]) == finding_id for task in tasks):
                found.append(person_id)
        return found

    def credits(self, person_id: str, year: int) -> Json:
        """A person's record as they see it."""
        return self.get("enrolment", f"/v1/people/{person_id}/record", self.cast.learner(person_id), year=str(year))
