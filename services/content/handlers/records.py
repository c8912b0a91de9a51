"""What content can tell about itself: audit facts, the story of one thing, saying it again."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from services.content.handlers.changes import say_change
from services.content.handlers.learning import say_progress
from services.content.store import learning, programmes
from shared.unit import Unit


def audit(unit: Unit) -> Iterator[dict[str, Any]]:
    """Every decided change, every completion, and completions that nothing supports."""
    for change in programmes.every_change(unit.db):
        if change.outcome != programmes.SUPERSEDED:
            yield {
                "fact": "change",
                "finding_id": str(change.finding_id),
                "outcome": change.outcome,
                "version": change.version,
            }
    for done in learning.every_finish(unit.db):
        yield {"fact": "completion", "seat_id": str(done.seat_id), "batch_id": str(done.batch_id)}
        if not done.confirmed:
            yield {"broken": "content.completion_without_access", "seat_id": str(done.seat_id)}
        if not done.completed:
            yield {"broken": "content.completion_without_module", "seat_id": str(done.seat_id)}


def explain(unit: Unit, thing: UUID) -> Iterator[dict[str, Any]]:
    """What happened here to a finding, a seat or a programme, in the order of time."""
    told = [*_of_finding(unit, thing), *_of_seat(unit, thing), *_of_programme(unit, thing)]
    yield from sorted(told, key=lambda one: str(one["at"]))


def say_again(unit: Unit, kind: str, ids: Sequence[UUID]) -> int:
    """Say again what was said of findings or seats."""
    if kind == "seat":
        return say_progress(unit, ids)
    if kind != "finding":
        return 0
    said = 0
    for finding_id in ids:
        rows = programmes.decided(unit.db, finding_id)
        if rows and rows[0].outcome != programmes.SUPERSEDED:
            say_change(unit, rows[0])
            said += 1
    return said


def _of_finding(unit: Unit, finding_id: UUID) -> Iterator[dict[str, Any]]:
    words = {
        programmes.DRAFTED: ("masuk draf versi {version}", "became part of draft version {version}"),
        programmes.PUBLISHED: ("terbit dalam versi {version}", "published in version {version}"),
        programmes.REFUSED: ("ditolak: {code}", "refused: {code}"),
        programmes.SUPERSEDED: ("diganti keputusan lain", "replaced by another decision"),
    }
    for row in programmes.decided(unit.db, finding_id):
        indonesian, english = (word.format(version=row.version, code=row.code) for word in words[row.outcome])
        yield _told(row.at, f"Perubahan {indonesian}", f"Change {english}")


def _of_seat(unit: Unit, seat_id: UUID) -> Iterator[dict[str, Any]]:
    row = learning.access_row(unit.db, seat_id)
    if row is None:
        return
    if row.granted_at is not None:
        yield _told(row.granted_at, "Akses materi diberikan", "Access granted")
    if row.revoked_at is not None:
        yield _told(row.revoked_at, "Akses materi dicabut", "Access revoked")
    for step in learning.steps_of(unit.db, [seat_id]).values():
        yield _told(step.opened_at, "Modul dibuka", "Module opened", module_id=str(step.module_id))
        if step.completed_at is not None:
            yield _told(step.completed_at, "Modul selesai", "Module completed", module_id=str(step.module_id))
    done = learning.finished(unit.db, [seat_id]).get(seat_id)
    if done is not None:
        yield _told(done.at, "Syarat modul terpenuhi", "Module part of the rule met")


def _of_programme(unit: Unit, programme_id: UUID) -> Iterator[dict[str, Any]]:
    for version in programmes.versions(unit.db, programme_id):
        yield _told(version.created_at, f"Draf versi {version.version} dibuat", f"Draft version {version.version} made")
        if version.published_at is not None:
            yield _told(version.published_at, f"Versi {version.version} terbit", f"Version {version.version} published")


def _told(at: Any, indonesian: str, english: str, **more: Any) -> dict[str, Any]:
    return {"at": at.isoformat(), "what": {"id": indonesian, "en": english}, **more}
