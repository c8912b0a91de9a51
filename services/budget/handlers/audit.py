"""What budget shows an auditor, and what it can check alone."""

from collections.abc import Iterator
from typing import Any

from services.budget.domain.ledger import (
    AMENDMENT,
    BATCH,
    EVERY_ATTEMPT,
    ORIGINAL,
    REALISE,
    REALISED,
    RELEASE,
    RELEASED,
    RESERVE,
    SEAT,
    SHIFT,
)
from services.budget.store import audit as store
from shared.unit import Unit

_FACT = {SEAT: ("seat_money", "seat_id"), BATCH: ("batch_money", "batch_id")}


def audit(unit: Unit) -> Iterator[dict[str, Any]]:
    """Facts about seats, batches and lines; broken where the ledger and a row disagree.

    Money refused or reserved once and given up since counts as released."""
    for row in store.claims(unit.db):
        state = RELEASED if row.given_up and row.state != REALISED else row.state
        yield _money(row, row.attempt, state, row.asked if row.state == state else 0, row.since)
    for row in store.withdrawals_without_claim(unit.db):
        yield _money(row, 0 if row.attempt == EVERY_ATTEMPT else row.attempt, RELEASED, 0, row.moment)
    for row in store.lines(unit.db):
        yield {
            "fact": "line",
            "line_id": str(row.line_id),
            "effective": row.effective,
            "reserved": row.reserved,
            "realised": row.realised,
            "available": row.available,
        }
        yield from _unbalanced(row)
    for row in store.claims_against_ledger(unit.db):
        yield {
            "broken": "budget.claim_without_entries",
            "line_id": str(row.line_id),
            _FACT[row.kind][1]: str(row.subject_id),
            "attempt": row.attempt,
            "state": row.state,
        }


def _money(row: Any, attempt: int, state: str, amount: int, since: Any) -> dict[str, Any]:
    fact, name = _FACT[row.kind]
    return {
        "fact": fact,
        "batch_id": str(row.batch_id),
        name: str(row.subject_id),
        "attempt": attempt,
        "line_id": str(row.line_id),
        "state": state,
        "amount": amount,
        "since": since.isoformat(),
    }


def _unbalanced(row: Any) -> Iterator[dict[str, Any]]:
    """`effective = reserved + realised + available`, with every figure from the ledger."""
    sums = {
        kind: int(getattr(row, f"ledger_{kind}")) for kind in (ORIGINAL, SHIFT, AMENDMENT, RESERVE, RELEASE, REALISE)
    }
    ledger = {
        "original": sums[ORIGINAL],
        "shifts": sums[SHIFT],
        "amendment": sums[AMENDMENT],
        "reserved": sums[RESERVE] - sums[RELEASE] - sums[REALISE],
        "realised": sums[REALISE],
    }
    wrong = {name: {"ledger": amount, "line": getattr(row, name)} for name, amount in ledger.items()}
    wrong = {name: both for name, both in wrong.items() if both["ledger"] != both["line"]}
    if wrong or row.effective != row.reserved + row.realised + row.available or row.available < 0:
        yield {"broken": "budget.line_off_ledger", "line_id": str(row.line_id), "sums": wrong}
