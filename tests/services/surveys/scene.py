"""A training as surveys hears of it: batch, seats, attendance, closing; and people who answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from services.surveys.handlers import answers
from services.surveys.handlers.links import word_of
from services.surveys.store import campaigns
from shared.auth import EVALUATOR, Principal
from shared.events import Event
from shared.events.content import AppliedChange, CompletionRule, VersionPublished
from shared.events.enrolment import (
    Attendance,
    AttendanceRecorded,
    Batch,
    BatchClosed,
    BatchOpened,
    ConfirmedSeat,
    SeatsConfirmed,
    Segment,
)
from shared.ids import new_id
from tests.town import Town, who

HARD = {"difficulty": 4, "pace": 3, "usefulness": 4}
FINE = {"difficulty": 3, "pace": 3, "usefulness": 4}
PLACE = UUID(int=7)


@dataclass(frozen=True)
class Guest:
    """A participant and the seat they hold."""

    grade_band: str = "III"
    agency_id: UUID = PLACE
    unit: str = "Sekretariat"
    person_id: UUID = field(default_factory=new_id)
    seat_id: UUID = field(default_factory=new_id)


def guests(**bands: int) -> list[Guest]:
    """So many guests of each grade band."""
    return [Guest(grade_band=band) for band, count in bands.items() for _ in range(count)]


@dataclass
class Scene:
    """Everything about one programme in one town."""

    town: Town
    programme_id: UUID = field(default_factory=new_id)
    evaluator: Principal = field(default_factory=lambda: who(EVALUATOR))

    def hear(self, *events: Event) -> None:
        for event in events:
            self.town.hear("surveys", event)

    def client(self, by: Principal | None = None) -> Any:
        return self.town.client("surveys", by or self.evaluator)

    def publish(self, version: int = 1, changes: Sequence[UUID] = (), code: str = "TM-01") -> VersionPublished:
        published = VersionPublished(
            programme_id=self.programme_id,
            version=version,
            code=code,
            title="Manajemen waktu",
            goal="Bekerja tepat waktu",
            form=1,
            mode="classroom",
            level="basic",
            jp=10,
            prerequisites=(),
            modules=(),
            rule=CompletionRule(presence_percent=80, all_modules=False),
            changes=tuple(
                AppliedChange(finding_id=c, kind="bridging_module", before="", after="Dasar") for c in changes
            ),
        )
        self.hear(published)
        return published

    def batch(self, version: int = 1, **given: Any) -> Batch:
        values: dict[str, Any] = {
            "batch_id": new_id(),
            "rev": 1,
            "attempt": 1,
            "programme_id": self.programme_id,
            "version": version,
            "name": f"Angkatan {version}",
            "mode": "classroom",
            "sessions": (),
            "capacity": 40,
            "least": 5,
            "fixed_cost": 0,
            "seat_price": 0,
            "line_id": PLACE,
            "fiscal_year": 2026,
            "site": None,
            "course": None,
            "agencies": (),
            "applied": (),
        }
        return Batch(**values | given)

    def story(self, batch: Batch, people: Sequence[Guest]) -> list[Event]:
        """All that is said of a batch whose people were all present at its one session."""
        return [
            BatchOpened(batch_id=batch.batch_id, batch=batch),
            confirmed(batch, people),
            present(batch, people),
            closed(batch, len(people)),
        ]

    def ran(self, people: Sequence[Guest], version: int = 1, **given: Any) -> UUID:
        """A batch that ran and was closed; answers the id of its campaign."""
        batch = self.batch(version, **given)
        self.hear(*self.story(batch, people))
        return UUID(self.campaign_of(batch)["campaign_id"])

    def campaign_of(self, batch: Batch) -> Any:
        (campaign,) = self.client().get("/v1/campaigns", batch_id=str(batch.batch_id)).json["items"]
        return campaign

    def token(self, guest: Guest) -> str:
        """The word in the guest's newest open link."""
        listed = self.client(Principal(str(guest.person_id), {})).get("/v1/tasks").json["items"]
        (task,) = [task for task in listed if task["kind"] == "survey"]
        return str(task["link_to"]["id"])

    def answer(self, guest: Guest, given: Any) -> Any:
        token = self.token(guest)
        return self.town.client("surveys").post(f"/v1/answers/{token}", {"answers": given})

    def all_answer(self, people: Sequence[Guest], how: Callable[[int], Any], apart: bool = False) -> None:
        """Everybody answers, through the handler that the door calls; `apart` each in a transaction of their own, which
        is how it really is and matters only to what transactions tell."""
        with self.town.unit("surveys") as unit:
            links = {
                guest.person_id: word_of(unit.db, row.invitation_id)
                for guest in people
                for row in campaigns.mine(unit.db, guest.person_id, 1)
            }
        given = [(links[guest.person_id], how(number)) for number, guest in enumerate(people)]
        for together in [[one] for one in given] if apart else [given]:
            with self.town.unit("surveys") as unit:
                for link, said in together:
                    answers.answer(unit, link, said)

    def run_survey(self, people: Sequence[Guest], hard: int, version: int = 1, **given: Any) -> str:
        """A run in which everybody answers and the first `hard` find it too hard; answers its closed campaign's id."""
        campaign_id = self.ran(people, version, **given)
        self.all_answer(people, lambda number: HARD if number < hard else FINE)
        self.town.run()
        return str(campaign_id)

    def show(self, kind: str, thing: Any) -> Any:
        answered = self.client().get(f"/v1/{kind}/{thing}")
        assert answered.status_code == 200, answered.json
        return answered.json

    def findings(self, **filters: Any) -> list[Any]:
        items: list[Any] = self.client().get("/v1/findings", **filters).json["items"]
        return items

    def decide(self, finding_id: str, change: Any = None, **given: Any) -> Any:
        body = {
            "owner_id": str(new_id()),
            "due": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
            "change": change
            or {
                "kind": "bridging_module",
                "note": "Tambah modul pengantar",
                "module_title": "Dasar Excel",
                "module_minutes": 90,
            },
        }
        return self.client().post(f"/v1/findings/{finding_id}/decision", body | given)


def confirmed(batch: Batch, people: Sequence[Guest]) -> SeatsConfirmed:
    return SeatsConfirmed(
        batch_id=batch.batch_id,
        programme_id=batch.programme_id,
        version=batch.version,
        seats=tuple(
            ConfirmedSeat(
                seat_id=guest.seat_id,
                attempt=1,
                person_id=guest.person_id,
                segment=Segment(grade_band=guest.grade_band, agency_id=guest.agency_id, unit=guest.unit),
            )
            for guest in people
        ),
    )


def present(batch: Batch, people: Sequence[Guest], there: bool = True, rev: int = 1) -> AttendanceRecorded:
    return AttendanceRecorded(
        batch_id=batch.batch_id,
        session_id=UUID(int=batch.batch_id.int ^ 1),
        rows=tuple(
            Attendance(seat_id=guest.seat_id, person_id=guest.person_id, rev=rev, present=there, how="list")
            for guest in people
        ),
    )


def closed(batch: Batch, took_part: int) -> BatchClosed:
    return BatchClosed(
        batch_id=batch.batch_id,
        rev=9,
        line_id=batch.line_id,
        programme_id=batch.programme_id,
        version=batch.version,
        confirmed=took_part,
        took_part=took_part,
        completed=took_part,
        failed=0,
    )
