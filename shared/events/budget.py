"""What budget says: money reserved, refused, released, realised. All amounts are integer rupiah."""

from dataclasses import dataclass
from uuid import UUID

from shared.events.event import Event


@dataclass(frozen=True, kw_only=True)
class BatchReserved(Event, name="budget.batch_reserved", key="line_id"):
    """The fixed cost of a batch is reserved; nominations open after it. `attempt` is that of the batch's request."""

    line_id: UUID
    batch_id: UUID
    attempt: int
    amount: int
    entry_id: UUID


@dataclass(frozen=True, kw_only=True)
class BatchRefused(Event, name="budget.batch_refused", key="line_id"):
    """The fixed cost of a batch can't be reserved. `help_role` is the role that can help."""

    line_id: UUID
    batch_id: UUID
    attempt: int
    code: str
    asked: int
    available: int
    help_role: str


@dataclass(frozen=True, kw_only=True)
class BatchMoneyReleased(Event, name="budget.batch_money_released", key="line_id"):
    """The fixed cost of a cancelled batch is free again (amount 0 where nothing had been reserved)."""

    line_id: UUID
    batch_id: UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class BatchRealised(Event, name="budget.batch_realised", key="line_id"):
    """The fixed cost of a closed batch is spent."""

    line_id: UUID
    batch_id: UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class ReservedSeat:
    """The money of one seat is reserved by the ledger entry `entry_id`."""

    seat_id: UUID
    attempt: int
    amount: int
    entry_id: UUID


@dataclass(frozen=True, kw_only=True)
class SeatsReserved(Event, name="budget.seats_reserved", key="line_id", items="seats"):
    """Answers, together with seats_refused, every seat of a seats_approved."""

    line_id: UUID
    batch_id: UUID
    seats: tuple[ReservedSeat, ...]


@dataclass(frozen=True, kw_only=True)
class RefusedSeat:
    """The money of one seat is refused: `asked` against `available` at that moment."""

    seat_id: UUID
    attempt: int
    code: str
    asked: int
    available: int


@dataclass(frozen=True, kw_only=True)
class SeatsRefused(Event, name="budget.seats_refused", key="line_id", items="seats"):
    """Seats that did not get their money and the role that can help."""

    line_id: UUID
    batch_id: UUID
    help_role: str
    seats: tuple[RefusedSeat, ...]


@dataclass(frozen=True, kw_only=True)
class SettledSeat:
    """The reserved money of one seat was freed or spent; amount 0 where nothing had been reserved."""

    seat_id: UUID
    attempt: int
    amount: int


@dataclass(frozen=True, kw_only=True)
class SeatsMoneyReleased(Event, name="budget.seats_money_released", key="line_id", items="seats"):
    """The proof that the compensation of a reservation happened."""

    line_id: UUID
    batch_id: UUID
    seats: tuple[SettledSeat, ...]


@dataclass(frozen=True, kw_only=True)
class SeatsRealised(Event, name="budget.seats_realised", key="line_id", items="seats"):
    """The reserved money of seats is spent."""

    line_id: UUID
    batch_id: UUID
    seats: tuple[SettledSeat, ...]


@dataclass(frozen=True, kw_only=True)
class MoneyFreed(Event, name="budget.money_freed", key="line_id"):
    """`available` on a line rose by `amount`; requests that had been refused may try again."""

    line_id: UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class ThresholdCrossed(Event, name="budget.threshold_crossed", key="line_id"):
    """Commitments and realised money together crossed `percent` (80 or 95) of the effective budget of a fiscal year;
    what is left lapses at the year's end."""

    line_id: UUID
    year: int
    percent: int
    effective: int
    used: int
