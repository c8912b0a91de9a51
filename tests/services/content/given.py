"""What the tests of content start from."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.content.tools import programme_id_of
from shared.auth import LEARNER, TRAINING_OFFICE
from shared.events.bridge import ProgressReported, ProgressRow
from shared.events.enrolment import ConfirmedSeat, ReleasedSeat, SeatsConfirmed, SeatsReleased, Segment
from shared.events.surveys import Change, ChangeDecided
from shared.ids import new_id
from tests.town import Client, Town, who

NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)


def definition(code: str = "MW-01", **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "title": "Manajemen Waktu",
        "goal": "Peserta menyusun jadwal kerja mingguan.",
        "form": 4,
        "mode": "classroom",
        "level": "advanced",
        "jp": 20,
        "prerequisites": [],
        "modules": [{"title": "Prioritas", "minutes": 90}, {"title": "Jadwal", "minutes": 135}],
        "rule": {"presence_percent": 80, "all_modules": True},
        **more,
    }


def office(town: Town) -> Client:
    return town.client("content", who(TRAINING_OFFICE))


def published(town: Town, code: str = "MW-01", **more: Any) -> tuple[UUID, list[UUID]]:
    """A programme with one published version; its id and those of its modules."""
    desk = office(town)
    made = desk.post("/v1/programmes", definition(code, **more))
    assert made.status_code == 201, made.json
    programme_id = made.json["programme_id"]
    assert desk.post(f"/v1/programmes/{programme_id}/publication", {}).status_code == 200
    modules = made.json["draft"]["definition"]["modules"]
    return UUID(programme_id), [UUID(part["module_id"]) for part in modules]


def decided(programme_id: UUID, kind: str, *, finding_id: UUID | None = None, rev: int = 1, **more: Any) -> Any:
    return ChangeDecided(
        finding_id=finding_id or new_id(),
        rev=rev,
        programme_id=programme_id,
        version=1,
        owner_id=new_id(),
        due=date(2026, 6, 1),
        change=Change(kind=kind, note="Terlalu sulit bagi golongan II.", **more),
    )


def confirmed(programme_id: UUID, batch_id: UUID, *seats: tuple[UUID, UUID], attempt: int = 1) -> SeatsConfirmed:
    segment = Segment(grade_band="II", agency_id=new_id(), unit="Umum")
    return SeatsConfirmed(
        batch_id=batch_id,
        programme_id=programme_id,
        version=1,
        seats=tuple(
            ConfirmedSeat(seat_id=seat, attempt=attempt, person_id=person, segment=segment) for seat, person in seats
        ),
    )


def released(batch_id: UUID, *seats: tuple[UUID, UUID], attempt: int = 1) -> SeatsReleased:
    return SeatsReleased(
        batch_id=batch_id,
        line_id=new_id(),
        site=None,
        course=None,
        seats=tuple(
            ReleasedSeat(seat_id=seat, attempt=attempt, person_id=person, reason="cancelled") for seat, person in seats
        ),
    )


def reported(person: UUID, batch_id: UUID, *facts: tuple[str, UUID | None, str, int | None]) -> ProgressReported:
    """Facts as (fact_id, module, kind, score)."""
    return ProgressReported(
        site="lms",
        rows=tuple(
            ProgressRow(
                fact_id=fact_id,
                person_id=person,
                batch_id=batch_id,
                module_id=module,
                kind=kind,
                score=score,
                seconds=60,
                at=NOON + timedelta(minutes=number),
            )
            for number, (fact_id, module, kind, score) in enumerate(facts)
        ),
    )


def learner(town: Town, person: UUID) -> Client:
    return town.client("content", who(LEARNER, person_id=person))


__all__ = [
    "NOON",
    "confirmed",
    "decided",
    "definition",
    "learner",
    "office",
    "programme_id_of",
    "published",
    "released",
    "reported",
]
