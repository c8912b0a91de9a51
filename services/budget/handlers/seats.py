"""The money of seats: asked for, given back, spent. Each event is answered for every seat in it, also when it comes
again.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from services.budget.domain.ledger import REFUSED, SEAT, Claim, Settled
from services.budget.domain.problems import HELP_ROLE
from services.budget.handlers.claims import Scope, ask, give_back, spend
from shared.events.budget import (
    RefusedSeat,
    ReservedSeat,
    SeatsMoneyReleased,
    SeatsRealised,
    SeatsRefused,
    SeatsReserved,
    SettledSeat,
)
from shared.events.enrolment import SeatsApproved, SeatsCompleted, SeatsFailed, SeatsReleased
from shared.outbox import emit
from shared.unit import Unit


def on_seats_approved(unit: Unit, event: SeatsApproved) -> None:
    """Reserve the price of each seat, as many as fit in the order given."""
    questions = [(seat.seat_id, seat.attempt, seat.amount) for seat in event.seats]
    say_answers(unit, _scope(event), ask(unit, _scope(event), event.fiscal_year, questions))


def on_seats_released(unit: Unit, event: SeatsReleased) -> None:
    """Free what the seats hold and prove it; seats not heard of yet are remembered as given up."""
    say_released(unit, _scope(event), give_back(unit, _scope(event), _keys(event.seats)))


def on_seats_completed(unit: Unit, event: SeatsCompleted) -> None:
    """Spend what the seats hold."""
    say_realised(unit, _scope(event), spend(unit, _scope(event), _keys(event.seats)))


def on_seats_failed(unit: Unit, event: SeatsFailed) -> None:
    """Spend or free what the seats hold, by the batch's policy for each."""
    scope = _scope(event)
    spent = [seat for seat in event.seats if seat.spent]
    unspent = [seat for seat in event.seats if not seat.spent]
    if spent:
        say_realised(unit, scope, spend(unit, scope, _keys(spent)))
    if unspent:
        say_released(unit, scope, give_back(unit, scope, _keys(unspent)))


def say_answers(unit: Unit, scope: Scope, claims: Sequence[Claim]) -> None:
    """Answer questions: reserved and refused together name every seat, each once, in the order asked."""
    given = {(claim.subject_id, claim.attempt): claim for claim in claims}.values()
    reserved = tuple(
        ReservedSeat(seat_id=claim.subject_id, attempt=claim.attempt, amount=claim.asked, entry_id=claim.entry_id)
        for claim in given
        if claim.entry_id is not None
    )
    refused = tuple(
        RefusedSeat(
            seat_id=claim.subject_id,
            attempt=claim.attempt,
            code=claim.code or "",
            asked=claim.asked,
            available=claim.available,
        )
        for claim in given
        if claim.state == REFUSED
    )
    emit(unit.db, SeatsReserved(line_id=scope.line_id, batch_id=scope.batch_id, seats=reserved))
    emit(
        unit.db,
        SeatsRefused(line_id=scope.line_id, batch_id=scope.batch_id, help_role=HELP_ROLE, seats=refused),
    )


def say_released(unit: Unit, scope: Scope, settled: Iterable[Settled]) -> None:
    """Prove that the money of seats is free."""
    emit(unit.db, SeatsMoneyReleased(line_id=scope.line_id, batch_id=scope.batch_id, seats=_settled_seats(settled)))


def say_realised(unit: Unit, scope: Scope, settled: Iterable[Settled]) -> None:
    """Say that the money of seats is spent."""
    emit(unit.db, SeatsRealised(line_id=scope.line_id, batch_id=scope.batch_id, seats=_settled_seats(settled)))


def _settled_seats(settled: Iterable[Settled]) -> tuple[SettledSeat, ...]:
    return tuple(SettledSeat(seat_id=one.subject_id, attempt=one.attempt, amount=one.amount) for one in settled)


def _scope(event: SeatsApproved | SeatsReleased | SeatsCompleted | SeatsFailed) -> Scope:
    return Scope(SEAT, event.batch_id, event.line_id)


def _keys(seats: Iterable[Any]) -> list[tuple[UUID, int]]:
    return [(seat.seat_id, seat.attempt) for seat in seats]
