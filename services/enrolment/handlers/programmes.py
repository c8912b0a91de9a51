"""What content publishes and surveys decides: versions to run, changes for the next batch."""

from dataclasses import asdict
from typing import Any

from services.enrolment.store import programmes
from shared.events.content import VersionPublished
from shared.events.enrolment import ChangeRefused
from shared.events.surveys import RUN_CHANGES, Change, ChangeDecided
from shared.outbox import emit
from shared.unit import Unit

BAD_QUOTA = "change.bad_quota"
WITHDRAWN = "withdrawn"


def on_version_published(unit: Unit, event: VersionPublished) -> None:
    """A version can be run. Versions never change, so a repeat does nothing."""
    programmes.keep(
        unit.db,
        {
            "programme_id": event.programme_id,
            "version": event.version,
            "code": event.code,
            "title": event.title,
            "goal": event.goal,
            "form": event.form,
            "mode": event.mode,
            "level": event.level,
            "jp": event.jp,
            "prerequisites": list(event.prerequisites),
            "modules": len(event.modules),
            "presence_percent": event.rule.presence_percent,
            "all_modules": event.rule.all_modules,
            "heard_at": unit.now,
        },
    )


def on_change_decided(unit: Unit, event: ChangeDecided) -> None:
    """A change of trainer, venue, quota or schedule waits for the next batch that names its finding. A decision
    revised to a change of content is no matter of enrolment any more."""
    known = programmes.lock_change(unit.db, event.finding_id)
    ours = event.change.kind in RUN_CHANGES
    if (known is None and not ours) or (known is not None and known.rev >= event.rev):
        return
    code = _refusal(event.change) if ours else None
    programmes.keep_change(
        unit.db,
        {
            "finding_id": event.finding_id,
            "rev": event.rev,
            "programme_id": event.programme_id,
            "kind": event.change.kind,
            "change": _plain(event.change),
            "due": event.due,
            "state": "refused" if code else "pending" if ours else WITHDRAWN,
            "code": code,
            "batch_id": None,
            "since": unit.now,
        },
    )
    if code is not None:
        emit(
            unit.db,
            ChangeRefused(programme_id=event.programme_id, finding_id=event.finding_id, code=code),
        )


def _refusal(change: Change) -> str | None:
    if change.kind == "quota" and change.capacity is not None and not 1 <= change.capacity <= 10_000:
        return BAD_QUOTA
    return None


def _plain(change: Change) -> dict[str, Any]:
    """The change as JSON; ids as text."""
    return {
        name: str(value) if name.endswith("_id") else value
        for name, value in asdict(change).items()
        if value is not None
    }
