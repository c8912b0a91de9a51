"""Rules about a seat before and beside the saga: approvals, withdrawals."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.enrolment.domain.batches import SUPERVISOR, TRAINING_OFFICE
from services.enrolment.domain.states import BatchState, State
from shared.errors import problem

NOT_FOR_APPROVAL = problem(
    "seat.not_for_approval",
    409,
    "Usulan ini tidak menunggu persetujuan Anda.",
    "This nomination does not wait for your approval.",
)
OVER = problem(
    "seat.over",
    409,
    "Kursi ini sudah selesai (keadaannya: {state}) dan tidak dapat dibatalkan.",
    "This seat is over (it is {state}) and can't be cancelled.",
)
NOT_CONFIRMED = problem(
    "seat.not_confirmed",
    409,
    "Kursi ini tidak pasti, atau bukan dari angkatan ini.",
    "This seat is not confirmed, or not of this batch.",
)


@dataclass(frozen=True)
class Approver:
    """Who approves a step: one person as supervisor, or a role that holds for the seat's agency."""

    role: str
    person_id: UUID | None


def approvers(steps: Sequence[str], supervisor_id: UUID | None) -> list[Approver]:
    """The approvers of a nomination in order. Where nobody is known as supervisor the training office stands in."""
    found: list[Approver] = []
    for step in steps:
        if step == SUPERVISOR and supervisor_id is not None:
            approver = Approver(SUPERVISOR, supervisor_id)
        else:
            approver = Approver(TRAINING_OFFICE, None)
        if approver not in found:
            found.append(approver)
    return found


def may_decide(
    role: str, approver_id: UUID | None, agency_id: UUID, person_id: UUID | None, offices: Collection[UUID] | None
) -> bool:
    """Whether somebody may decide an open approval; `offices` are the agencies of which they are the training office,
    None all."""
    if approver_id is not None:
        return approver_id == person_id
    return role == TRAINING_OFFICE and (offices is None or agency_id in offices)


GIVEN_UP = frozenset({State.RELEASING, State.RELEASED})
ENDED = frozenset({State.COMPLETED, State.FAILED, State.REJECTED, State.EXPIRED})


def attendable(batch_state: str) -> bool:
    """Whether attendance of a batch can be recorded or corrected."""
    return batch_state == BatchState.OPEN
