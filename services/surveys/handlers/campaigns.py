"""A campaign from its first invitation to its closed results."""

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from services.surveys.domain import results
from services.surveys.domain.anonymity import Cell, fitting, lot, merged
from services.surveys.domain.instrument import Item
from services.surveys.domain.problems import NOT_OPEN
from services.surveys.domain.results import ALL, Tally
from services.surveys.handlers.findings import raise_findings
from services.surveys.handlers.instruments import items_of
from services.surveys.handlers.measuring import measure_changes
from services.surveys.handlers.scope import reader
from services.surveys.handlers.settings import settings
from services.surveys.store import answers, batches, campaigns, instruments
from services.surveys.store.batches import TookPart
from services.surveys.tools import satisfaction_index, wilson
from shared.auth import EVALUATOR, TRAINING_OFFICE
from shared.errors import NOT_FOUND
from shared.events.surveys import Invited, Measure, ResultsClosed
from shared.outbox import emit
from shared.unit import Unit

MEASURED, TOO_FEW = "measured", "too_few"
_MOST_AT_ONCE = 500


def invite_when_known(unit: Unit, campaign: Row[Any]) -> bool:
    """Ask those who took part, if as many are known as the batch counted or its time is up; answers whether it did.

    The campaign's row is locked by the caller, so that two facts that come at once can't both miss the other.
    """
    if campaign.state != campaigns.WAITING:
        return False
    batch = batches.batch(unit.db, campaign.batch_id)
    if batch is None or batch.closed_at is None:
        return False
    people = batches.took_part(unit.db, campaign.batch_id)
    invite_by: datetime = batch.closed_at + settings().invite_within
    if len(people) != batch.took_part and unit.now < invite_by:
        return False
    _open(unit, campaign, batch, people)
    return True


def invite_latecomers(unit: Unit, campaign: Row[Any]) -> None:
    """Ask those of whom it became known after the others were asked.

    While nobody has answered, everybody's groups are fixed anew with them among the others. Afterwards a latecomer
    joins the standing group they fit; who fits none is not asked, because their answer could be told from the others.
    """
    asked = campaigns.invited(unit.db, campaign.campaign_id)
    people = {person.seat_id: person for person in batches.took_part(unit.db, campaign.batch_id)}
    known = {row.seat_id for row in asked}
    late = [person for seat_id, person in people.items() if seat_id not in known]
    if not late:
        return
    standing = [Cell(row.grade_band, row.agency, row.unit) for row in asked]
    if not any(row.used for row in asked):
        raw = [
            people[row.seat_id].cell if row.seat_id in people else was for row, was in zip(asked, standing, strict=True)
        ]
        cells = merged(raw + [person.cell for person in late], settings().k)
        if asked:
            campaigns.recell(
                unit.db,
                campaign.campaign_id,
                dict(zip((row.invitation_id for row in asked), cells, strict=False)),
            )
        joining = list(zip(late, cells[len(asked) :], strict=True))
    else:
        fits = [(person, fitting(person.cell, standing)) for person in late]
        joining = [(person, fit) for person, fit in fits if fit is not None]
    _ask(unit, campaign, joining)
    campaigns.change(unit.db, campaign.campaign_id, invited=len(asked) + len(joining))


def close(unit: Unit, campaign_id: UUID) -> Row[Any]:
    """The evaluator or the training office ends a campaign before its time."""
    agencies = reader(unit.by, EVALUATOR, TRAINING_OFFICE)
    if campaigns.view(unit.db, campaign_id, agencies) is None:
        raise NOT_FOUND()
    campaign = campaigns.locked(unit.db, campaign_id)
    if campaign is None or campaign.state != campaigns.OPEN:
        raise NOT_OPEN()
    _close(unit, campaign)
    closed = campaigns.view(unit.db, campaign_id, agencies)
    if closed is None:
        raise NOT_FOUND()
    return closed


def sweep_invitations(unit: Unit) -> int:
    """Ask in campaigns whose time is up, and in those where two facts came at the same moment."""
    return sum(invite_when_known(unit, campaign) for campaign in campaigns.to_invite(unit.db, _MOST_AT_ONCE))


def sweep_lots(unit: Unit) -> int:
    """Move one lot of one campaign: a transaction a lot, and never the transaction of an answer."""
    k = settings().k
    campaign_id = answers.ripe(unit.db, k)
    if campaign_id is None:
        return 0
    moving = lot(answers.waiting(unit.db, campaign_id), k, random.SystemRandom())
    answers.move(unit.db, moving)
    return 1 if moving else 0


def sweep_closings(unit: Unit) -> int:
    """Close one campaign that everybody has answered or whose time is up."""
    campaign = campaigns.to_close(unit.db, unit.now)
    if campaign is None:
        return 0
    _close(unit, campaign)
    return 1


def results_closed(unit: Unit, campaign: Row[Any], batch: Row[Any]) -> ResultsClosed:
    """What is said of a closed campaign: the whole only, and nothing that tells what each person said."""
    whole = [tally for tally in campaigns.measures(unit.db, campaign.campaign_id) if tally.by == ALL]
    return ResultsClosed(
        campaign_id=campaign.campaign_id,
        batch_id=campaign.batch_id,
        programme_id=batch.programme_id,
        version=batch.version,
        invited=campaign.invited,
        answered=campaign.answered or 0,
        measures=tuple(_measure(tally) for tally in whole),
    )


def _open(unit: Unit, campaign: Row[Any], batch: Row[Any], people: Sequence[TookPart]) -> None:
    programme = batches.programme(unit.db, batch.programme_id, batch.version)
    instrument = instruments.chosen(unit.db, programme.code if programme is not None else None)
    cells = merged([person.cell for person in people], settings().k)
    campaigns.change(
        unit.db,
        campaign.campaign_id,
        state=campaigns.OPEN,
        instrument_id=instrument.instrument_id if instrument is not None else None,
        opened_at=unit.now,
        closes_at=unit.now + settings().answer_time,
        invited=len(people),
    )
    _ask(unit, campaign, list(zip(people, cells, strict=True)))


def _ask(unit: Unit, campaign: Row[Any], joining: Sequence[tuple[TookPart, Cell]]) -> None:
    campaigns.invite(
        unit.db, campaign.campaign_id, [(person.seat_id, person.person_id, cell) for person, cell in joining]
    )
    emit(
        unit.db,
        Invited(
            campaign_id=campaign.campaign_id,
            batch_id=campaign.batch_id,
            people=tuple(person.person_id for person, _ in joining),
        ),
    )


def _close(unit: Unit, campaign: Row[Any]) -> None:
    k = settings().k
    waiting = answers.waiting(unit.db, campaign.campaign_id)
    answers.move(unit.db, lot(waiting, k, random.SystemRandom(), last=True))
    # Fewer than k are never released; they must not wait here for ever either, where their transaction tells them
    # apart.
    answers.drop_waiting(unit.db, campaign.campaign_id)
    given = answers.released(unit.db, campaign.campaign_id)
    items = items_of(unit.db, campaign.instrument_id) if campaign.instrument_id is not None else ()
    tallies = results.tallies(items, given, k)
    campaigns.keep_measures(unit.db, campaign.campaign_id, tallies)
    invited, answered = campaigns.counts(unit.db, [campaign.campaign_id]).get(campaign.campaign_id, (0, 0))
    index = satisfaction_index(results.element_sums(items, given, k))
    campaigns.change(
        unit.db,
        campaign.campaign_id,
        state=campaigns.CLOSED,
        closed_at=unit.now,
        outcome=MEASURED if tallies else TOO_FEW,
        invited=invited,
        answered=answered,
        index_value=index.value if index is not None else None,
        index_grade=index.grade if index is not None else None,
        index_elements=index.elements if index is not None else None,
    )
    _say_results(unit, campaign.campaign_id, campaign.batch_id, items, tallies)


def _say_results(
    unit: Unit, campaign_id: UUID, batch_id: UUID, items: Sequence[Item], tallies: Sequence[Tally]
) -> None:
    closed, batch = campaigns.locked(unit.db, campaign_id), batches.batch(unit.db, batch_id)
    if closed is None or batch is None:
        raise NOT_FOUND()
    emit(unit.db, results_closed(unit, closed, batch))
    raise_findings(unit, closed, batch, items, tallies)
    measure_changes(unit, batch.programme_id)


def _measure(tally: Tally) -> Measure:
    hidden = tally.count in (None, 0, tally.n)
    interval = None if hidden or tally.count is None else wilson(tally.count, tally.n)
    return Measure(
        item=tally.item,
        kind=tally.kind,
        n=tally.n,
        mean=None if tally.mean is None or tally.mean in (0, 100) else float(tally.mean),
        share=None if interval is None or tally.count is None else tally.count / tally.n,
        low=interval.low if interval is not None else None,
        high=interval.high if interval is not None else None,
    )
