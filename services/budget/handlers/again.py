"""Saying again what was answered, from the stored results: nothing is booked."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.budget.domain.ledger import BATCH, REALISED, REFUSED, RELEASED, RESERVED, SEAT, Claim, Settled
from services.budget.handlers.batches import say_answer
from services.budget.handlers.claims import Scope
from services.budget.handlers.seats import say_answers, say_realised, say_released
from services.budget.store import audit as store
from services.budget.store import ledger as claims_store
from shared.events.budget import BatchMoneyReleased, BatchRealised
from shared.outbox import emit
from shared.unit import Unit


def say_again(unit: Unit, kind: str, ids: Sequence[UUID]) -> int:
    """Say again how the latest question of each seat or batch was answered, and the latest proof that it was given up.
    Answers how many were said; another kind is not budget's."""
    if kind not in (SEAT, BATCH) or not ids:
        return 0
    # Both come in the order of their attempts, so that the latest stays.
    withdrawals = {row.subject_id: row for row in store.withdrawals(unit.db, kind, ids)}
    claims = {claim.subject_id: claim for claim in claims_store.claims_of(unit.db, ids) if claim.kind == kind}
    said = 0
    by_scope: dict[Scope, list[tuple[str, Any]]] = defaultdict(list)
    for subject_id in sorted({*claims, *withdrawals}):
        claim, withdrawal = claims.get(subject_id), withdrawals.get(subject_id)
        if claim is not None and (withdrawal is None or withdrawal.attempt < claim.attempt or claim.state == REALISED):
            by_scope[Scope(kind, claim.batch_id, claim.line_id)].append((claim.state, claim))
        elif withdrawal is not None:
            settled = Settled(subject_id, withdrawal.attempt, withdrawal.freed, ())
            by_scope[Scope(kind, withdrawal.batch_id, withdrawal.line_id)].append((RELEASED, settled))
        said += 1
    for scope, results in by_scope.items():
        (_seats if kind == SEAT else _batches)(unit, scope, results)
    return said


def _seats(unit: Unit, scope: Scope, results: Sequence[tuple[str, Any]]) -> None:
    say_answers(unit, scope, [claim for state, claim in results if state in (RESERVED, REFUSED)])
    say_realised(unit, scope, [_spent(claim) for state, claim in results if state == REALISED])
    say_released(unit, scope, [settled for state, settled in results if state == RELEASED])


def _batches(unit: Unit, scope: Scope, results: Sequence[tuple[str, Any]]) -> None:
    for state, one in results:
        if state in (RESERVED, REFUSED):
            say_answer(unit, one)
            continue
        amount = one.amount if isinstance(one, Settled) else one.asked
        said = BatchRealised if state == REALISED else BatchMoneyReleased
        emit(unit.db, said(line_id=scope.line_id, batch_id=scope.batch_id, amount=amount))


def _spent(claim: Claim) -> Settled:
    return Settled(claim.subject_id, claim.attempt, claim.asked, ())
