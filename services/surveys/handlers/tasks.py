"""What the signed-in person has to do here, and what was done about what they said."""

from typing import Any

from services.surveys.handlers.changes import said
from services.surveys.handlers.links import word_of
from services.surveys.handlers.scope import reader
from services.surveys.store import batches, campaigns
from services.surveys.store import findings as store
from shared.auth import EVALUATOR
from shared.unit import Unit

_MOST = 50


def tasks(unit: Unit) -> list[dict[str, Any]]:
    """My open surveys, changes I own, findings I may decide on, and answers told to me."""
    person = unit.by.person_id
    if person is None:
        return []
    surveys, names = campaigns.mine(unit.db, person, _MOST), {}
    for row in surveys:
        programme = batches.programme(unit.db, row.programme_id, row.version)
        names[row.campaign_id] = programme.title if programme is not None else row.name
    listed = [
        {
            "kind": "survey",
            "id": row.campaign_id,
            "title": {"id": f"Isi survei: {row.name}", "en": f"Answer the survey: {row.name}"},
            "due": row.closes_at.isoformat(),
            "link_to": {"page": "answers", "id": (token := word_of(unit.db, row.invitation_id))},
            "path": f"/s/{token}",
            "programme_title": names[row.campaign_id],
        }
        for row in surveys
    ]
    listed += [
        {
            "kind": "change",
            "id": row.finding_id,
            "title": {
                "id": f"Wujudkan perubahan: {row.change['note']}",
                "en": f"Carry out the change: {row.change['note']}",
            },
            "due": row.due.isoformat(),
            "link_to": {"page": "finding", "id": str(row.finding_id)},
        }
        for row in store.owned(unit.db, person, _MOST)
    ]
    if unit.by.has(EVALUATOR):
        for row in store.to_decide(unit.db, reader(unit.by, EVALUATOR), _MOST):
            sentence = said(unit, row)
            listed.append(
                {
                    "kind": "finding",
                    "id": row.finding_id,
                    "title": {"id": f"Putuskan: {sentence['id']}", "en": f"Decide: {sentence['en']}"},
                    "due": None,
                    "link_to": {"page": "finding", "id": str(row.finding_id)},
                }
            )
    return listed + _told(unit)


def _told(unit: Unit) -> list[dict[str, Any]]:
    person = unit.by.person_id
    if person is None:
        return []
    told = []
    for row in store.told(unit.db, person, _MOST):
        programme = batches.programme(unit.db, row.programme_id, row.version)
        told.append(
            {
                "kind": "answer",
                "id": row.finding_id,
                "title": {"id": "Anda bilang, kami lakukan", "en": "You said, we did"},
                "due": None,
                "link_to": None,
                "said": row.said,
                "did": row.did,
                "batch_id": row.batch_id,
                "at": row.effective_at.isoformat(),
                "programme_title": programme.title if programme is not None else row.batch_name,
            }
        )
    return told
