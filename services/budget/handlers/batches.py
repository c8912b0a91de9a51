"""The fixed part of a batch: reserved before nominations open, freed when it is cancelled, spent when it is closed."""

from services.budget.domain.ledger import BATCH, EVERY_ATTEMPT, RELEASED, Claim
from services.budget.domain.problems import HELP_ROLE
from services.budget.handlers.claims import Scope, ask, give_back, spend
from services.budget.store import ledger as store
from shared.errors import NotYet
from shared.events.budget import BatchMoneyReleased, BatchRealised, BatchRefused, BatchReserved
from shared.events.enrolment import BatchCancelled, BatchChanged, BatchClosed, BatchOpened
from shared.outbox import emit
from shared.unit import Unit


def on_batch_opened(unit: Unit, event: BatchOpened | BatchChanged) -> None:
    """Reserve the fixed cost once per attempt, also where it is 0. A change with the same attempt is the same
    question.
    """
    batch = event.batch
    scope = Scope(BATCH, batch.batch_id, batch.line_id)
    for claim in ask(unit, scope, batch.fiscal_year, [(batch.batch_id, batch.attempt, batch.fixed_cost)]):
        say_answer(unit, claim)


def on_batch_cancelled(unit: Unit, event: BatchCancelled) -> None:
    """Free the fixed part of every attempt and refuse any that is still on its way."""
    scope = Scope(BATCH, event.batch_id, event.line_id)
    for one in give_back(unit, scope, [(event.batch_id, EVERY_ATTEMPT)]):
        emit(unit.db, BatchMoneyReleased(line_id=event.line_id, batch_id=event.batch_id, amount=one.amount))


def on_batch_closed(unit: Unit, event: BatchClosed) -> None:
    """Spend the fixed part. A batch that closes was open once, so a refusal as the latest answer means that the
    question that was answered yes has not been heard yet.
    """
    scope = Scope(BATCH, event.batch_id, event.line_id)
    store.lock_batch(unit.db, event.batch_id)
    claims = store.claims_of(unit.db, [event.batch_id])
    cancelled = bool(store.withdrawn_up_to(unit.db, [event.batch_id]))
    held = [claim for claim in claims if claim.entry_id is not None and claim.state != RELEASED]
    if not held and not cancelled:
        raise NotYet(f"fixed part of batch {event.batch_id} has not been reserved yet")
    amount = sum(one.amount for one in spend(unit, scope, [(claim.subject_id, claim.attempt) for claim in held[-1:]]))
    emit(unit.db, BatchRealised(line_id=event.line_id, batch_id=event.batch_id, amount=amount))


def say_answer(unit: Unit, claim: Claim) -> None:
    """Answer the question for a batch's fixed part."""
    if claim.entry_id is not None:
        emit(
            unit.db,
            BatchReserved(
                line_id=claim.line_id,
                batch_id=claim.batch_id,
                attempt=claim.attempt,
                amount=claim.asked,
                entry_id=claim.entry_id,
            ),
        )
        return
    emit(
        unit.db,
        BatchRefused(
            line_id=claim.line_id,
            batch_id=claim.batch_id,
            attempt=claim.attempt,
            code=claim.code or "",
            asked=claim.asked,
            available=claim.available,
            help_role=HELP_ROLE,
        ),
    )
