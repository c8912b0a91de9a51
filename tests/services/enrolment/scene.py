"""A small city for the tests of enrolment: agencies, staff with valid numbers, a programme, a batch, and what budget
and the bridge would answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from services.enrolment.handlers.imports import import_staff
from services.enrolment.store.tables import agency, person, seat
from services.enrolment.tools.staff import STAFF_ALIASES
from shared import clock
from shared.auth import AGENCY_OFFICER, TRAINING_OFFICE, Principal
from shared.events import Event, bridge, budget, content
from shared.events.enrolment import (
    BatchCancelled,
    BatchClosed,
    BatchOpened,
    LmsEnrolmentRequested,
    SeatsApproved,
    SeatsCompleted,
    SeatsFailed,
    SeatsReleased,
)
from shared.ids import new_id
from shared.imports import ImportOptions, Report
from shared.spreadsheet import read_table_bytes
from tests.town import Town, who

OPTIONS = ImportOptions(file=Path("staff.csv"))
PROGRAMME = UUID("019a0000-0000-7000-8000-000000000001")
LINE = UUID("019a0000-0000-7000-8000-0000000000aa")


def nip_of(number: int) -> str:
    """A valid PNS number."""
    birth = date(1970, 1, 1) + timedelta(days=number * 7 % 9000)
    appointed = 2010 + number % 10
    return f"{birth:%Y%m%d}{appointed}{1 + number % 12:02d}{1 + number % 2}{number % 999 + 1:03d}"


def staff_csv(count: int, agencies: int = 2, supervisor: bool = True) -> str:
    lines = ["nip;nama;email;kode opd;nama opd;golongan;unit;kedudukan;nip atasan"]
    for number in range(count):
        above = nip_of(0) if supervisor and number else ""
        at = number % agencies + 1
        lines.append(
            f"{nip_of(number)};Pegawai {number};p{number}@contoh.go.id;1.0{at};Dinas {at};III/a;Bidang A;aktif;{above}"
        )
    return "\n".join(lines) + "\n"


def load(town: Town, text: str, options: ImportOptions = OPTIONS, **more: Any) -> Report:
    table = read_table_bytes(text.encode(), STAFF_ALIASES, options.mapping)
    with town.unit("enrolment") as unit:
        return import_staff(unit, table, options, instance="12.73", **more)


def version(number: int = 1, **more: Any) -> content.VersionPublished:
    given: dict[str, Any] = {
        "programme_id": PROGRAMME,
        "version": number,
        "code": "MW",
        "title": "Manajemen Waktu",
        "goal": "Mengatur waktu kerja",
        "form": 3,
        "mode": "classroom",
        "level": "basic",
        "jp": 20,
        "prerequisites": (),
        "modules": (content.Module(module_id=new_id(), position=1, title="Satu", minutes=45),),
        "rule": content.CompletionRule(presence_percent=80, all_modules=False),
        "changes": (),
    }
    return content.VersionPublished(**{**given, **more})


@dataclass
class Scene:
    """The city with `people` (the first is everybody's supervisor) and the principals who act in it."""

    town: Town
    people: list[UUID]
    agencies: list[UUID]
    office: Principal = field(default_factory=lambda: who(TRAINING_OFFICE))
    officer: Principal = field(default_factory=lambda: who(AGENCY_OFFICER))

    @property
    def supervisor(self) -> Principal:
        return who("supervisor", person_id=self.people[0])

    def body(self, **more: Any) -> dict[str, Any]:
        begins = clock.now() + timedelta(days=20)
        return {
            "programme_id": str(PROGRAMME),
            "name": "Angkatan I",
            "sessions": [session(begins), session(begins + timedelta(days=1))],
            "capacity": 3,
            "least": 0,
            "fixed_cost": 1_000_000,
            "seat_price": 500_000,
            "line_id": str(LINE),
            "fiscal_year": 2026,
            **more,
        }

    def open(self, reserved: bool = True, **more: Any) -> UUID:
        answer = self.town.client("enrolment", self.office).post("/v1/batches", self.body(**more))
        assert answer.status_code == 201, answer.json
        batch_id = UUID(answer.json["batch_id"])
        if reserved:
            self.hear(batch_reserved(batch_id, int(self.body(**more)["fixed_cost"])))
        return batch_id

    def nominate(self, batch_id: UUID, people: Sequence[UUID]) -> list[UUID]:
        answer = self.town.client("enrolment", self.officer).post(
            f"/v1/batches/{batch_id}/nominations", {"people": [str(each) for each in people]}
        )
        assert answer.status_code == 200, answer.json
        assert [row["code"] for row in answer.json["items"]] == [None] * len(people), answer.json
        return [UUID(row["seat_id"]) for row in answer.json["items"]]

    def approve(self, seats: Iterable[UUID], by: Principal | None = None) -> list[dict[str, Any]]:
        answer = self.town.client("enrolment", by or self.supervisor).post(
            "/v1/seats/approvals", {"seats": [str(each) for each in seats]}
        )
        assert answer.status_code == 200, answer.json
        return list(answer.json["items"])

    def hear(self, event: Event) -> None:
        self.town.hear("enrolment", event)

    def carry(self, rounds: int = 20, money: int | None = None) -> list[Event]:
        """Answer as budget and the bridge would, until nothing more is said; `money` is what the line can pay."""
        said: list[Event] = []
        for _ in range(rounds):
            now = self.town.run()
            said += now
            answers = [answer for event in now for answer in answers_to(event)]
            if not answers:
                return said
            for answer in answers:
                self.hear(answer)
        raise AssertionError("enrolment did not become quiet")

    def states(self, batch_id: UUID) -> dict[UUID, str]:
        with self.town.unit("enrolment") as unit:
            query = select(seat.c.seat_id, seat.c.state).where(seat.c.batch_id == batch_id).order_by(seat.c.position)
            return {row.seat_id: row.state for row in unit.db.execute(query)}

    def get(self, path: str, by: Principal | None = None, **query: Any) -> Any:
        answer = self.town.client("enrolment", by or self.office).get(path, **query)
        assert answer.status_code == 200, answer.json
        return answer.json


def session(starts: datetime, **more: Any) -> dict[str, Any]:
    ends = starts + timedelta(hours=4)
    return {"starts_at": starts.isoformat(), "ends_at": ends.isoformat(), "place": "Aula", **more}


def scene(town: Town, count: int = 8) -> Scene:
    load(town, staff_csv(count))
    town.hear("enrolment", version())
    with town.unit("enrolment") as unit:
        rows = unit.db.execute(select(person.c.person_id, person.c.name)).all()
        people = [row.person_id for row in sorted(rows, key=lambda row: int(row.name.split()[1]))]
        agencies = list(unit.db.scalars(select(agency.c.agency_id).order_by(agency.c.code)))
    town.run()
    return Scene(town, people, agencies)


def batch_reserved(batch_id: UUID, amount: int = 1_000_000, attempt: int = 1) -> budget.BatchReserved:
    return budget.BatchReserved(line_id=LINE, batch_id=batch_id, attempt=attempt, amount=amount, entry_id=new_id())


def reserved(batch_id: UUID, *seats: UUID, attempt: int = 1) -> budget.SeatsReserved:
    items = tuple(
        budget.ReservedSeat(seat_id=each, attempt=attempt, amount=500_000, entry_id=new_id()) for each in seats
    )
    return budget.SeatsReserved(line_id=LINE, batch_id=batch_id, seats=items)


def refused(batch_id: UUID, *seats: UUID, attempt: int = 1) -> budget.SeatsRefused:
    items = tuple(
        budget.RefusedSeat(seat_id=each, attempt=attempt, code="budget.exhausted", asked=500_000, available=10)
        for each in seats
    )
    return budget.SeatsRefused(line_id=LINE, batch_id=batch_id, help_role="budget_officer", seats=items)


def freed(batch_id: UUID, *seats: UUID, attempt: int = 1) -> budget.SeatsMoneyReleased:
    items = tuple(budget.SettledSeat(seat_id=each, attempt=attempt, amount=500_000) for each in seats)
    return budget.SeatsMoneyReleased(line_id=LINE, batch_id=batch_id, seats=items)


def enrolled(batch_id: UUID, *seats: UUID, attempt: int = 1) -> bridge.SeatsEnrolled:
    items = tuple(bridge.LmsSeat(seat_id=each, attempt=attempt) for each in seats)
    return bridge.SeatsEnrolled(site="lms", batch_id=batch_id, seats=items)


def unenrolled(batch_id: UUID, *seats: UUID, attempt: int = 1) -> bridge.SeatsUnenrolled:
    items = tuple(bridge.LmsSeat(seat_id=each, attempt=attempt) for each in seats)
    return bridge.SeatsUnenrolled(site="lms", batch_id=batch_id, seats=items)


def lms_refused(batch_id: UUID, *seats: UUID, attempt: int = 1) -> bridge.SeatsRefused:
    items = tuple(bridge.LmsSeat(seat_id=each, attempt=attempt, code="lms.unknown_user") for each in seats)
    return bridge.SeatsRefused(site="lms", batch_id=batch_id, seats=items)


def answers_to(event: Event) -> list[Event]:
    """What budget and the bridge answer when there is money and the LMS works."""
    match event:
        case SeatsApproved():
            items = tuple(
                budget.ReservedSeat(seat_id=s.seat_id, attempt=s.attempt, amount=s.amount, entry_id=new_id())
                for s in event.seats
            )
            return [budget.SeatsReserved(line_id=event.line_id, batch_id=event.batch_id, seats=items)]
        case LmsEnrolmentRequested():
            places = tuple(bridge.LmsSeat(seat_id=s.seat_id, attempt=s.attempt) for s in event.seats)
            return [bridge.SeatsEnrolled(site=event.site, batch_id=event.batch_id, seats=places)]
        case SeatsReleased():
            settled = tuple(
                budget.SettledSeat(seat_id=s.seat_id, attempt=s.attempt, amount=500_000) for s in event.seats
            )
            answers: list[Event] = [
                budget.SeatsMoneyReleased(line_id=event.line_id, batch_id=event.batch_id, seats=settled)
            ]
            if event.site is not None:
                places = tuple(bridge.LmsSeat(seat_id=s.seat_id, attempt=s.attempt) for s in event.seats)
                answers.append(bridge.SeatsUnenrolled(site=event.site, batch_id=event.batch_id, seats=places))
            return answers
        case SeatsCompleted():
            settled = tuple(
                budget.SettledSeat(seat_id=s.seat_id, attempt=s.attempt, amount=500_000) for s in event.seats
            )
            return [budget.SeatsRealised(line_id=event.line_id, batch_id=event.batch_id, seats=settled)]
        case SeatsFailed():
            return _failed(event)
        case BatchOpened():
            return [batch_reserved(event.batch_id, event.batch.fixed_cost, event.batch.attempt)]
        case BatchCancelled():
            return [budget.BatchMoneyReleased(line_id=event.line_id, batch_id=event.batch_id, amount=1)]
        case BatchClosed():
            return [budget.BatchRealised(line_id=event.line_id, batch_id=event.batch_id, amount=1)]
    return []


def _failed(event: SeatsFailed) -> list[Event]:
    answers: list[Event] = []
    for spent, kind in ((True, budget.SeatsRealised), (False, budget.SeatsMoneyReleased)):
        items = tuple(
            budget.SettledSeat(seat_id=s.seat_id, attempt=s.attempt, amount=500_000)
            for s in event.seats
            if s.spent is spent
        )
        if items:
            answers.append(kind(line_id=event.line_id, batch_id=event.batch_id, seats=items))
    return answers
