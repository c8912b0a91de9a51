"""The HTTP door."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.surveys import schemas
from services.surveys.handlers import answers, campaigns, changes, instruments, showing
from services.surveys.handlers.scope import READERS, reader
from services.surveys.handlers.tasks import tasks
from services.surveys.store import campaigns as campaign_store
from services.surveys.store import findings as finding_store
from services.surveys.store import instruments as instrument_store
from shared.auth import EVALUATOR, TRAINING_OFFICE
from shared.errors import NOT_FOUND
from shared.unit import Unit
from shared.web import Door
from shared.web.door import ANYONE_SIGNED_IN

instrument_door = Door("instruments", "What is asked")
answer_door = Door("answers", "Answering from one's own link; nobody signs in here")
campaign_door = Door("campaigns", "Who was asked, and what they said together")
finding_door = Door("findings", "What should change, and whether it helped")
DOORS = (instrument_door, answer_door, campaign_door, finding_door)


@instrument_door.command(
    "POST",
    "/v1/instruments",
    body=schemas.GiveInstrument,
    answer=schemas.InstrumentView,
    status=201,
    roles=(EVALUATOR, TRAINING_OFFICE),
)
def give_instrument(unit: Unit, body: dict[str, Any]) -> Any:
    """Keep a SurveyJS form; another form under a known code becomes its next revision."""
    instrument_id, state = instruments.keep(unit, body["code"], body["definition"], body["programme_code"])
    return {**_instrument(unit, instrument_id), "state": state}


@instrument_door.query("/v1/instruments", filters=schemas.PageFilters, answer=schemas.Listed, roles=READERS)
def list_instruments(unit: Unit, filters: dict[str, Any]) -> Any:
    """Instruments, newest first."""
    rows = instrument_store.page(unit.db, filters["after"], filters["limit"])
    return _listed(rows, filters["limit"], "instrument_id", lambda row: showing.instrument_view(row, whole=False))


@instrument_door.query("/v1/instruments/<uuid:instrument_id>", answer=schemas.InstrumentView, roles=READERS)
def show_instrument(unit: Unit, instrument_id: UUID) -> Any:
    """One instrument with its form."""
    return _instrument(unit, instrument_id)


@instrument_door.query("/v1/tasks", answer=schemas.Listed, roles=ANYONE_SIGNED_IN)
def list_tasks(unit: Unit) -> Any:
    """What the signed-in person has to do here, and what was done about what they said."""
    return {"items": tasks(unit), "next": None}


@answer_door.query("/v1/answers/<string:token>", answer=schemas.FormView, roles=None)
def show_form(unit: Unit, token: str) -> Any:
    """The form behind a link; 410 where it was used or the survey is closed."""
    return answers.form(unit, token)


@answer_door.command(
    "POST", "/v1/answers/<string:token>", body=schemas.GiveAnswers, answer=schemas.Received, roles=None
)
def give_answers(unit: Unit, token: str, body: dict[str, Any]) -> Any:
    """Hand answers in, once. They are checked here, whatever the page checked."""
    answers.answer(unit, token, body["answers"])
    return {"received": True}


@campaign_door.query("/v1/campaigns", filters=schemas.CampaignFilters, answer=schemas.Listed, roles=READERS)
def list_campaigns(unit: Unit, filters: dict[str, Any]) -> Any:
    """Campaigns, newest first, without their measures."""
    rows = campaign_store.page(unit.db, filters["batch_id"], reader(unit.by), filters["after"], filters["limit"])
    return _listed(rows, filters["limit"], "campaign_id", lambda row: showing.campaign(unit, row, whole=False))


@campaign_door.query("/v1/campaigns/<uuid:campaign_id>", answer=schemas.CampaignView, roles=READERS)
def show_campaign(unit: Unit, campaign_id: UUID) -> Any:
    """One campaign with its measures."""
    return showing.campaign(unit, _campaign(unit, campaign_id))


@campaign_door.query("/v1/campaigns/<uuid:campaign_id>/comments", answer=schemas.Listed, roles=READERS)
def show_comments(unit: Unit, campaign_id: UUID) -> Any:
    """What was written, in an order that tells nothing; items on which fewer than k people wrote are left out."""
    return {"items": showing.written(unit, _campaign(unit, campaign_id)), "next": None}


@campaign_door.command(
    "POST",
    "/v1/campaigns/<uuid:campaign_id>/closing",
    body=schemas.Nothing,
    answer=schemas.CampaignView,
    roles=(EVALUATOR, TRAINING_OFFICE),
)
def close_campaign(unit: Unit, campaign_id: UUID, body: dict[str, Any]) -> Any:
    """End a campaign before its time and measure it."""
    return showing.campaign(unit, campaigns.close(unit, campaign_id))


@finding_door.query("/v1/findings", filters=schemas.FindingFilters, answer=schemas.Listed, roles=READERS)
def list_findings(unit: Unit, filters: dict[str, Any]) -> Any:
    """Findings, newest first, with decision and effect."""
    rows = finding_store.page(unit.db, reader(unit.by), filters)
    return _listed(rows, filters["limit"], "finding_id", lambda row: showing.finding(unit, row, whole=False))


@finding_door.query("/v1/findings/<uuid:finding_id>", answer=schemas.FindingView, roles=READERS)
def show_finding(unit: Unit, finding_id: UUID) -> Any:
    """One finding with its story."""
    return _finding(unit, finding_id)


@finding_door.command(
    "POST",
    "/v1/findings/<uuid:finding_id>/decision",
    body=schemas.Decide,
    answer=schemas.FindingView,
    roles=(EVALUATOR,),
)
def decide(unit: Unit, finding_id: UUID, body: dict[str, Any]) -> Any:
    """Give a finding an owner, a due date and a concrete change."""
    changes.decide(unit, finding_id, body["owner_id"], body["due"], body["change"])
    return _finding(unit, finding_id)


@finding_door.query("/v1/effects", filters=schemas.EffectFilters, answer=schemas.Listed, roles=READERS)
def list_effects(unit: Unit, filters: dict[str, Any]) -> Any:
    """Before and after of every change that was measured again, newest finding first."""
    rows = finding_store.page(unit.db, reader(unit.by), filters, measured=True)
    effects = finding_store.effects(unit.db, [row.finding_id for row in rows])
    return _listed(rows, filters["limit"], "finding_id", lambda row: showing.effect(unit, row, effects[row.finding_id]))


def _listed(
    rows: Sequence[Row[Any]], limit: int, key: str, view: Callable[[Row[Any]], dict[str, Any]]
) -> dict[str, Any]:
    return {
        "items": [view(row) for row in rows],
        "next": getattr(rows[-1], key) if len(rows) == limit else None,
    }


def _instrument(unit: Unit, instrument_id: UUID) -> dict[str, Any]:
    row = instrument_store.one(unit.db, instrument_id)
    if row is None:
        raise NOT_FOUND()
    return showing.instrument_view(row)


def _campaign(unit: Unit, campaign_id: UUID) -> Row[Any]:
    row = campaign_store.view(unit.db, campaign_id, reader(unit.by))
    if row is None:
        raise NOT_FOUND()
    return row


def _finding(unit: Unit, finding_id: UUID) -> dict[str, Any]:
    row = finding_store.view(unit.db, finding_id, reader(unit.by))
    if row is None:
        raise NOT_FOUND()
    return showing.finding(unit, row)
