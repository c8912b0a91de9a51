"""What fits on a line, what is freed and what is spent. Values in, decisions out; amounts are integer rupiah.

A *claim* is the money of one subject (a seat, or a batch for its fixed part) in one attempt, with the answer it got. A
*withdrawal* says that a subject was given up up to an attempt, whether or not its question was ever heard.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.budget.domain.problems import BATCH_WITHDRAWN, EXHAUSTED, NO_LINE, SEAT_WITHDRAWN, WRONG_YEAR
from shared.errors import NotYet, Problem

SEAT = "seat"
BATCH = "batch"

ORIGINAL = "original"
SHIFT = "shift"
AMENDMENT = "amendment"
RESERVE = "reserve"
RELEASE = "release"
REALISE = "realise"
ENTRY_KINDS = (ORIGINAL, SHIFT, AMENDMENT, RESERVE, RELEASE, REALISE)

RESERVED = "reserved"
REFUSED = "refused"
RELEASED = "released"
REALISED = "realised"
STATES = (RESERVED, REFUSED, RELEASED, REALISED)

EVERY_ATTEMPT = 2**31 - 1
"""The attempt of a withdrawal that covers all of a batch's life: a cancelled batch never asks again."""

THRESHOLDS = (80, 95)
"""Percent of the effective budget at which people are told that it runs out."""

_WITHDRAWN: Mapping[str, Problem] = {SEAT: SEAT_WITHDRAWN, BATCH: BATCH_WITHDRAWN}


@dataclass(frozen=True)
class Balance:
    """The sums of a line's ledger: `effective = original + shifts + amendment = reserved + realised + available`."""

    original: int = 0
    shifts: int = 0
    amendment: int = 0
    reserved: int = 0
    realised: int = 0

    @property
    def effective(self) -> int:
        return self.original + self.shifts + self.amendment

    @property
    def used(self) -> int:
        """What is committed or spent."""
        return self.reserved + self.realised

    @property
    def available(self) -> int:
        return self.effective - self.used

    @property
    def remaining(self) -> int:
        """What is not spent yet, commitments not counted."""
        return self.effective - self.realised

    @property
    def absorption_percent(self) -> float | None:
        """Realised in percent of effective, two decimals; no figure where nothing is effective."""
        return round(100 * self.realised / self.effective, 2) if self.effective else None


@dataclass(frozen=True)
class Line:
    """A line as a rule sees it: its year, its balance and the highest threshold it stands above."""

    line_id: UUID
    year: int
    balance: Balance
    threshold: int


@dataclass(frozen=True)
class Claim:
    """The stored answer to one question. `asked` is the amount; `entry_id` the reserve entry where it was reserved;
    `code` and `available` say why not where it was refused."""

    subject_id: UUID
    attempt: int
    kind: str
    batch_id: UUID
    line_id: UUID
    asked: int
    state: str
    code: str | None = None
    available: int = 0
    entry_id: UUID | None = None


@dataclass(frozen=True)
class Question:
    """Money asked for one subject; `entry_id` is the id its reserve entry gets if it fits."""

    subject_id: UUID
    attempt: int
    amount: int
    entry_id: UUID


@dataclass(frozen=True)
class Answers:
    """`given` answers every question, in the order asked; `new` of them are to be stored; `superseded` older claims
    give their money back first."""

    given: tuple[Claim, ...]
    new: tuple[Claim, ...]
    superseded: tuple[Claim, ...]


def answer(
    kind: str,
    batch_id: UUID,
    line_id: UUID,
    year: int,
    questions: Iterable[Question],
    *,
    line: Line | None,
    claims: Sequence[Claim],
    withdrawn: Mapping[UUID, int],
) -> Answers:
    """Answer every question in the order given, as many as fit. `claims` are all that is stored of these subjects,
    `withdrawn` the highest attempt up to which each was given up, `line` None where no such line is known.

    A repeat gets its stored answer. A higher attempt takes the place of an open claim of the same subject, so that no
    seat ever holds money twice; a lower attempt than one already answered has been overtaken and counts as
    withdrawn.
    """
    known = {(claim.subject_id, claim.attempt): claim for claim in claims}
    latest = _latest(claims)
    given: list[Claim] = []
    new: list[Claim] = []
    superseded: list[Claim] = []
    available = line.balance.available if line is not None else 0
    for question in questions:
        key = (question.subject_id, question.attempt)
        stored = known.get(key)
        gone = withdrawn.get(question.subject_id, -1) >= question.attempt
        if stored is not None:
            given.append(_as_withdrawn(stored) if stored.state == RELEASED else stored)
            continue
        newest = latest.get(question.subject_id)
        code = None
        if gone or (newest is not None and newest.attempt > question.attempt):
            code = _WITHDRAWN[kind].code
        elif line is None:
            code = NO_LINE.code
        elif line.year != year:
            code = WRONG_YEAR.code
        if code is None:
            if newest is not None and newest.state == RESERVED:
                superseded.append(newest)
                known[newest.subject_id, newest.attempt] = replace(newest, state=RELEASED)
                available += newest.asked if newest.line_id == line_id else 0
            if question.amount > available:
                code = EXHAUSTED.code
        claim = Claim(
            question.subject_id,
            question.attempt,
            kind,
            batch_id,
            line_id,
            question.amount,
            state=REFUSED if code else RESERVED,
            code=code,
            available=available,
            entry_id=None if code else question.entry_id,
        )
        if code is None:
            available -= question.amount
        known[key] = latest[question.subject_id] = claim
        given.append(claim)
        new.append(claim)
    return Answers(tuple(given), tuple(new), tuple(superseded))


def _as_withdrawn(claim: Claim) -> Claim:
    """What a question gets whose money was reserved once and has been given back since."""
    return Claim(
        claim.subject_id,
        claim.attempt,
        claim.kind,
        claim.batch_id,
        claim.line_id,
        claim.asked,
        state=REFUSED,
        code=_WITHDRAWN[claim.kind].code,
    )


def _latest(claims: Iterable[Claim]) -> dict[UUID, Claim]:
    latest: dict[UUID, Claim] = {}
    for claim in claims:
        if claim.subject_id not in latest or latest[claim.subject_id].attempt < claim.attempt:
            latest[claim.subject_id] = claim
    return latest


@dataclass(frozen=True)
class Settled:
    """One subject's money was freed or spent: `amount` in rupiah, 0 where nothing was reserved; `claims` change their
    state now; `repeat` where it had been settled before."""

    subject_id: UUID
    attempt: int
    amount: int
    claims: tuple[Claim, ...]
    repeat: bool = False


def withdraw(
    asked: Iterable[tuple[UUID, int]], claims: Sequence[Claim], freed: Mapping[tuple[UUID, int], int]
) -> list[Settled]:
    """Give back what the subjects hold up to the attempt. `freed` are the withdrawals stored already with the amount
    each freed: a repeat gives the same amount again. Spent money stays spent.
    """
    by_subject: dict[UUID, list[Claim]] = {}
    for claim in claims:
        by_subject.setdefault(claim.subject_id, []).append(claim)
    settled: dict[tuple[UUID, int], Settled] = {}
    taken: set[tuple[UUID, int]] = set()
    for subject_id, attempt in asked:
        if (subject_id, attempt) in settled:
            continue
        open_claims = tuple(
            claim
            for claim in by_subject.get(subject_id, ())
            if claim.state == RESERVED and claim.attempt <= attempt and (subject_id, claim.attempt) not in taken
        )
        taken |= {(subject_id, claim.attempt) for claim in open_claims}
        before = freed.get((subject_id, attempt))
        amount = before if before is not None else sum(claim.asked for claim in open_claims)
        settled[subject_id, attempt] = Settled(subject_id, attempt, amount, open_claims, repeat=before is not None)
    return list(settled.values())


def realise(asked: Iterable[tuple[UUID, int]], claims: Sequence[Claim]) -> list[Settled]:
    """Spend what the subjects hold. NotYet where the question for the money has not been heard; nothing to spend
    (amount 0) where it was refused or has been given back.
    """
    known = {(claim.subject_id, claim.attempt): claim for claim in claims}
    settled: dict[tuple[UUID, int], Settled] = {}
    for key in asked:
        claim = known.get(key)
        if claim is None:
            raise NotYet(f"money of {key[0]} attempt {key[1]} has not been asked for yet")
        opened = (claim,) if claim.state == RESERVED else ()
        amount = claim.asked if claim.state in (RESERVED, REALISED) else 0
        settled[key] = Settled(*key, amount, opened, repeat=claim.state == REALISED)
    return list(settled.values())


def threshold(balance: Balance) -> int:
    """The highest threshold that the used part of the effective budget stands at or above; 0 below all."""
    if balance.effective <= 0:
        return 0
    return max((percent for percent in THRESHOLDS if balance.used * 100 >= percent * balance.effective), default=0)


def crossed(before: int, balance: Balance) -> tuple[int, ...]:
    """The thresholds crossed upwards since the line stood above `before`."""
    return tuple(percent for percent in THRESHOLDS if before < percent <= threshold(balance))
