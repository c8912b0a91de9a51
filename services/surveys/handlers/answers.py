"""Answering: from a person's own link to a waiting answer. Nothing of an answer is logged, and nothing of it is kept
here that could be put beside the person again but for the transaction itself (see docs/privacy.md)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from services.surveys.domain import instrument as rules
from services.surveys.domain.problems import BAD_ANSWERS, CLOSED, USED
from services.surveys.handlers.instruments import items_of
from services.surveys.handlers.links import invited_by
from services.surveys.store import answers as store
from services.surveys.store import batches, campaigns, instruments
from shared.errors import NOT_FOUND
from shared.unit import Unit


def form(unit: Unit, token: str) -> dict[str, Any]:
    """The form behind a link."""
    invitation_id = invited_by(unit.db, token)
    invitation = store.invitation(unit.db, invitation_id) if invitation_id is not None else None
    if invitation is None:
        raise NOT_FOUND()
    campaign = _open(unit, invitation, campaigns.one(unit.db, invitation.campaign_id))
    batch = batches.batch(unit.db, campaign.batch_id)
    asked = instruments.one(unit.db, campaign.instrument_id)
    if batch is None or asked is None:
        raise NOT_FOUND()
    programme = batches.programme(unit.db, batch.programme_id, batch.version)
    return {
        "batch_id": batch.batch_id,
        "batch_name": batch.name,
        "programme_title": programme.title if programme is not None else None,
        "title": asked.title,
        "closes_at": campaign.closes_at,
        "form": rules.public(asked.definition),
    }


def answer(unit: Unit, token: str, given: Mapping[str, Any]) -> None:
    """Take an answer once. The campaign is held open, then the link is locked, so that two taps can't count twice."""
    invitation_id = invited_by(unit.db, token)
    named = store.invitation(unit.db, invitation_id) if invitation_id is not None else None
    if named is None:
        raise NOT_FOUND()
    held = campaigns.shared_lock(unit.db, named.campaign_id)
    invitation = store.locked_invitation(unit.db, named.invitation_id)
    if invitation is None:
        raise NOT_FOUND()
    campaign = _open(unit, invitation, held)
    wrong = rules.check(items_of(unit.db, campaign.instrument_id), given)
    if wrong:
        raise BAD_ANSWERS(items=wrong)
    store.take(unit.db, invitation, rules.tidy(given))


def _open(unit: Unit, invitation: Row[Any], campaign: Row[Any] | None) -> Row[Any]:
    if invitation.used:
        raise USED()
    if campaign is None or campaign.state != campaigns.OPEN or campaign.closes_at <= unit.now:
        raise CLOSED()
    return campaign
