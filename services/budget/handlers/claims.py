"""Asking for money, giving it back, spending it: the same for a seat and for the fixed part of a batch.

Everything here first takes the batch's lock, then the lines' in the order of their ids, then looks up the keys, then
the balance, then writes. Many subjects are a few statements.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from services.budget.domain import ledger
from services.budget.domain.ledger import Balance, Claim, Line, Question, Settled
from services.budget.store import ledger as store
from services.budget.store.ledger import Entry
from shared.events.budget import MoneyFreed, ThresholdCrossed
from shared.ids import new_id
from shared.outbox import emit
from shared.unit import Unit


@dataclass(frozen=True)
class Scope:
    """Whose money: seats or the fixed part, of this batch, on the line that the event names."""

    subject: str
    batch_id: UUID
    line_id: UUID


@dataclass
class Book:
    """The lines locked in this unit, changed in memory and written once by `close`."""

    unit: Unit
    lines: dict[UUID, Line]
    _before: dict[UUID, Line] = field(init=False)
    _entries: list[Entry] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._before = dict(self.lines)

    def post(self, entry: Entry) -> None:
        """Append an entry and raise its line's balance by it."""
        self._entries.append(entry)
        line = self.lines[entry.line_id]
        self.lines[entry.line_id] = replace(line, balance=_raised(line.balance, entry.kind, entry.amount))

    def close(self) -> None:
        """Write entries and balances; say what was freed and which thresholds were crossed."""
        session = self.unit.db
        store.add_entries(session, self._entries)
        changed = []
        for line_id, before in self._before.items():
            line = self.lines[line_id]
            line = replace(line, threshold=ledger.threshold(line.balance))
            if line != before:
                changed.append(line)
        store.set_balances(session, changed)
        for line in changed:
            before = self._before[line.line_id]
            freed = line.balance.available - before.balance.available
            if freed > 0:
                emit(session, MoneyFreed(line_id=line.line_id, amount=freed))
            for percent in ledger.crossed(before.threshold, line.balance):
                crossed = ThresholdCrossed(
                    line_id=line.line_id,
                    year=line.year,
                    percent=percent,
                    effective=line.balance.effective,
                    used=line.balance.used,
                )
                emit(session, crossed)


def _raised(balance: Balance, kind: str, amount: int) -> Balance:
    match kind:
        case ledger.ORIGINAL:
            return replace(balance, original=balance.original + amount)
        case ledger.SHIFT:
            return replace(balance, shifts=balance.shifts + amount)
        case ledger.AMENDMENT:
            return replace(balance, amendment=balance.amendment + amount)
        case ledger.RESERVE:
            return replace(balance, reserved=balance.reserved + amount)
        case ledger.RELEASE:
            return replace(balance, reserved=balance.reserved - amount)
        case ledger.REALISE:
            return replace(balance, reserved=balance.reserved - amount, realised=balance.realised + amount)
    raise ValueError(kind)


def ask(unit: Unit, scope: Scope, year: int, questions: Sequence[tuple[UUID, int, int]]) -> list[Claim]:
    """Answer every question (subject, attempt, amount) in the order given and store what is new."""
    subjects = [subject_id for subject_id, _, _ in questions]
    book = _open(unit, scope, subjects)
    answers = ledger.answer(
        scope.subject,
        scope.batch_id,
        scope.line_id,
        year,
        [Question(subject_id, attempt, amount, new_id()) for subject_id, attempt, amount in questions],
        line=book.lines.get(scope.line_id),
        claims=store.claims_of(unit.db, subjects),
        withdrawn=store.withdrawn_up_to(unit.db, subjects),
    )
    for claim in answers.superseded:
        book.post(_settling(unit, claim, ledger.RELEASE))
    for claim in answers.new:
        if claim.entry_id is not None:
            book.post(_entry(unit, claim, ledger.RESERVE, claim.entry_id))
    book.close()
    store.set_state(unit.db, answers.superseded, ledger.RELEASED, unit.now)
    store.add_claims(unit.db, answers.new, unit.now)
    return list(answers.given)


def give_back(unit: Unit, scope: Scope, asked: Iterable[tuple[UUID, int]]) -> list[Settled]:
    """Free what the subjects hold up to the attempt and remember that they were given up, known or not."""
    asked = list(asked)
    subjects = [subject_id for subject_id, _ in asked]
    book = _open(unit, scope, subjects)
    settled = ledger.withdraw(asked, store.claims_of(unit.db, subjects), freed=store.freed_by(unit.db, subjects))
    _settle(unit, book, settled, ledger.RELEASE, ledger.RELEASED)
    rows = [
        {
            "subject_id": one.subject_id,
            "attempt": one.attempt,
            "kind": scope.subject,
            "batch_id": scope.batch_id,
            "line_id": scope.line_id,
            "freed": one.amount,
            "moment": unit.now,
        }
        for one in settled
        if not one.repeat
    ]
    store.add_withdrawals(unit.db, rows)
    return settled


def spend(unit: Unit, scope: Scope, asked: Iterable[tuple[UUID, int]]) -> list[Settled]:
    """Realise what the subjects hold; NotYet where a question for money has not been heard."""
    asked = list(asked)
    subjects = [subject_id for subject_id, _ in asked]
    book = _open(unit, scope, subjects)
    settled = ledger.realise(asked, store.claims_of(unit.db, subjects))
    _settle(unit, book, settled, ledger.REALISE, ledger.REALISED)
    return settled


def _open(unit: Unit, scope: Scope, subjects: Sequence[UUID]) -> Book:
    store.lock_batch(unit.db, scope.batch_id)
    lines = store.claim_lines(unit.db, subjects) | {scope.line_id}
    return Book(unit, store.lock_lines(unit.db, lines))


def _settle(unit: Unit, book: Book, settled: Sequence[Settled], kind: str, state: str) -> None:
    claims = [claim for one in settled for claim in one.claims]
    for claim in claims:
        book.post(_settling(unit, claim, kind))
    book.close()
    store.set_state(unit.db, claims, state, unit.now)


def _settling(unit: Unit, claim: Claim, kind: str) -> Entry:
    return _entry(unit, claim, kind, new_id())


def _entry(unit: Unit, claim: Claim, kind: str, entry_id: UUID) -> Entry:
    return Entry(
        entry_id=entry_id,
        line_id=claim.line_id,
        kind=kind,
        amount=claim.asked,
        moment=unit.now,
        subject=claim.kind,
        subject_id=claim.subject_id,
        batch_id=claim.batch_id,
        attempt=claim.attempt,
    )
