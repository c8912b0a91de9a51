"""Whose results a principal may read."""

from uuid import UUID

from shared.auth import AUDITOR, EVALUATOR, TRAINING_OFFICE, Principal

READERS = (EVALUATOR, TRAINING_OFFICE, AUDITOR)


def reader(by: Principal, *roles: str) -> frozenset[UUID] | None:
    """The agencies for which a principal holds one of the roles (all READERS where none is named); None means all."""
    found: set[UUID] = set()
    for role in roles or READERS:
        agencies = by.agencies(role)
        if agencies is None:
            return None
        found |= agencies
    return frozenset(found)
