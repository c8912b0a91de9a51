"""Where a seat and a batch can stand."""

from enum import StrEnum


class State(StrEnum):
    """Where a seat stands. RESERVING, ENROLLING and RELEASING wait for another service and have a deadline."""

    REQUESTED = "requested"
    WAITING = "waiting"
    RESERVING = "reserving"
    ENROLLING = "enrolling"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    FAILED = "failed"
    REJECTED = "rejected"
    REFUSED = "refused"
    RELEASING = "releasing"
    RELEASED = "released"
    EXPIRED = "expired"


LIVE = frozenset(
    {
        State.REQUESTED,
        State.WAITING,
        State.RESERVING,
        State.ENROLLING,
        State.CONFIRMED,
        State.COMPLETED,
        State.FAILED,
        State.REFUSED,
        State.RELEASING,
    }
)
"""A person has at most one seat in these states in a batch."""

COUNTING = frozenset(
    {State.RESERVING, State.ENROLLING, State.CONFIRMED, State.COMPLETED, State.FAILED, State.RELEASING}
)
"""States that take a seat of the batch's capacity."""


class BatchState(StrEnum):
    """The stored life of a batch; `running` is derived: open, and the first session has begun."""

    OPENING = "opening"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
