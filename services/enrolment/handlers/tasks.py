"""What the signed-in person has to do in enrolment."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from services.enrolment.store import approvals, tasks
from shared.auth import AGENCY_OFFICER, TRAINING_OFFICE
from shared.unit import Unit


def list_tasks(unit: Unit) -> dict[str, Any]:
    """Approvals that wait (by batch), batches to close, refused batches, open nominations, next sessions; the most
    urgent first."""
    found = [*_approvals(unit), *_office(unit), *_officer(unit), *_learner(unit)]
    found.sort(key=lambda task: (task["due"] is None, task["due"] or unit.now))
    return {"items": found, "next": None}


def _approvals(unit: Unit) -> Iterator[dict[str, Any]]:
    for row in approvals.open_for(unit.db, unit.by.over_others, unit.by.agencies(TRAINING_OFFICE), 50):
        due = min((at for at in (row.due, row.begins_at) if at is not None), default=None)
        yield _task(
            "approve",
            row.batch_id,
            f"Setujui {row.number} usulan: {row.name}",
            f"Approve {row.number} nominations: {row.name}",
            due,
            "approvals",
            row.number,
        )


def _office(unit: Unit) -> Iterator[dict[str, Any]]:
    if not unit.by.has(TRAINING_OFFICE):
        return
    for row in tasks.to_close(unit.db, unit.now):
        words = (f"Tutup angkatan {row.name}", f"Close the batch {row.name}")
        yield _task("close_batch", row.batch_id, *words, row.ends_at, "batch")
    for row in tasks.refused(unit.db, unit.now):
        words = (f"Anggaran menolak angkatan {row.name}", f"Budget refused the batch {row.name}")
        yield _task("refused_batch", row.batch_id, *words, row.begins_at, "batch")


def _officer(unit: Unit) -> Iterator[dict[str, Any]]:
    agencies = unit.by.agencies(AGENCY_OFFICER)
    if agencies is not None and not agencies:
        return
    for row in tasks.to_nominate(unit.db, unit.now, agencies):
        words = (
            f"Usulkan peserta {row.name} ({row.nominated} sudah diusulkan)",
            f"Nominate for {row.name} ({row.nominated} nominated)",
        )
        yield _task("nominate", row.batch_id, *words, row.begins_at, "nominations", row.nominated)


def _learner(unit: Unit) -> Iterator[dict[str, Any]]:
    if unit.by.person_id is None:
        return
    for row in tasks.next_sessions(unit.db, unit.by.person_id, unit.now):
        words = (f"Sesi berikutnya: {row.name}", f"Next session: {row.name}")
        yield _task("next_session", row.seat_id, *words, row.starts_at, "batch", link_id=row.batch_id)


def _task(
    kind: str,
    thing_id: UUID,
    indonesian: str,
    english: str,
    due: datetime | None,
    page: str,
    count: int | None = None,
    link_id: UUID | None = None,
) -> dict[str, Any]:
    return {
        "kind": kind,
        "id": str(thing_id),
        "title": {"id": indonesian, "en": english},
        "count": count,
        "due": due,
        "link_to": {"page": page, "id": link_id or thing_id},
    }


def list_approvals(unit: Unit, batch_id: UUID | None, after: UUID | None, limit: int) -> dict[str, Any]:
    """The nominations that wait for the principal's approval, one by one."""
    rows = approvals.open_rows(
        unit.db, unit.by.over_others, unit.by.agencies(TRAINING_OFFICE), batch_id, after, limit + 1
    )
    items = [{**row._mapping, "batch": row.batch_name, "due": row.deadline} for row in rows]
    return {"items": items[:limit], "next": items[limit - 1]["seat_id"] if len(items) > limit else None}
