"""What budget's tests begin with: a line with money on it, events as enrolment says them, what was said in answer."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from services.budget.domain.codes import Codes
from services.budget.domain.documents import DPA, Change
from services.budget.domain.ledger import Balance
from services.budget.handlers import documents
from services.budget.handlers.documents import Paper, Row
from services.budget.store.tables import ENTRY, LINE
from services.budget.tools.papers import Read
from shared.codec import decode
from shared.events import Event
from shared.events.enrolment import (
    ApprovedSeat,
    Batch,
    BatchCancelled,
    BatchClosed,
    BatchOpened,
    CompletedSeat,
    FailedSeat,
    ReleasedSeat,
    SeatsApproved,
    SeatsCompleted,
    SeatsFailed,
    SeatsReleased,
    Segment,
)
from shared.ids import new_id
from tests.town import Town

YEAR = 2027
INSTANCE = "12.73"
AGENCY_CODE = "5.04.0.00.0.00.01.0000"
SOON = datetime(YEAR, 3, 1, tzinfo=UTC)
SEGMENT = Segment(grade_band="III", agency_id=UUID(int=7), unit="Sekretariat")


def codes(
    fund: str = "PAD", *, year: int = YEAR, agency_code: str = AGENCY_CODE, account: str = "5.1.02.02.12.0001"
) -> Codes:
    return Codes(INSTANCE, year, agency_code, "5.04.02.2.01.0003", account, fund)


def row(amount: int, *, number: int = 2, of: Codes | None = None) -> Row:
    return Row(number, Read(of or codes(), amount, None, "Penyelenggaraan Pengembangan Kompetensi", "Kursus", "Kursus"))


def document(
    town: Town, *rows: Row, kind: str = DPA, number: str | None = None, dated: date = date(YEAR, 1, 5)
) -> list[Any]:
    """Book a document whose rows are all good; answers what was weighed."""
    paper = Paper(kind, dated, number)
    with town.unit("budget") as unit:
        weighings = documents.weigh(unit, paper, rows)
        for weighing in weighings:
            assert all(isinstance(one.result, Change) for one in weighing.rows), weighing.rows
            documents.book(unit, paper, weighing)
    return weighings


def a_line(town: Town, amount: int, fund: str = "PAD", **parts: Any) -> UUID:
    """A line with this original budget."""
    of = codes(fund, **parts)
    document(town, row(amount, of=of))
    return documents.line_id(of)


def balance(town: Town, line_id: UUID) -> Balance:
    """The balances on the line's row."""
    columns = (LINE.c.original, LINE.c.shifts, LINE.c.amendment, LINE.c.reserved, LINE.c.realised)
    with town.unit("budget") as unit:
        return Balance(*unit.db.execute(select(*columns).where(LINE.c.line_id == line_id)).one())


def entries(town: Town, line_id: UUID | None = None) -> list[Any]:
    """The ledger, oldest first."""
    statement = select(*ENTRY.c).order_by(ENTRY.c.position)
    if line_id is not None:
        statement = statement.where(ENTRY.c.line_id == line_id)
    with town.unit("budget") as unit:
        return list(unit.db.execute(statement))


def outbox(town: Town, key: UUID | None = None) -> list[Event]:
    """Everything said so far, or so far about one line."""
    table = town.services["budget"].metadata.tables["outbox"]  # type: ignore[union-attr]
    statement = select(table.c.type, table.c.data).order_by(table.c.position)
    if key is not None:
        statement = statement.where(table.c.key == str(key))
    with town.unit("budget") as unit:
        rows = unit.db.execute(statement).all()
    return [decode(kind, data) for kind, data in rows]


class Ears:
    """Delivers an event to budget and answers what it said to it."""

    def __init__(self, town: Town) -> None:
        self.town = town

    def __call__(self, *events: Event) -> list[Event]:
        table = self.town.services["budget"].metadata.tables["outbox"]  # type: ignore[union-attr]
        with self.town.unit("budget") as unit:
            before = unit.db.scalar(select(func.max(table.c.position))) or 0
        for event in events:
            self.town.hear("budget", event)
        with self.town.unit("budget") as unit:
            rows = unit.db.execute(
                select(table.c.type, table.c.data).where(table.c.position > before).order_by(table.c.position)
            ).all()
        return [decode(kind, data) for kind, data in rows]


def approved(
    line_id: UUID,
    *seats: UUID,
    amount: int = 100,
    amounts: Sequence[int] = (),
    attempt: int = 1,
    batch_id: UUID | None = None,
    year: int = YEAR,
) -> SeatsApproved:
    each = amounts or [amount] * len(seats)
    return SeatsApproved(
        batch_id=batch_id or new_id(),
        line_id=line_id,
        fiscal_year=year,
        deadline=SOON,
        seats=tuple(
            ApprovedSeat(seat_id=seat, attempt=attempt, person_id=new_id(), agency_id=SEGMENT.agency_id, amount=price)
            for seat, price in zip(seats, each, strict=True)
        ),
    )


def released(line_id: UUID, *seats: UUID, attempt: int = 1, batch_id: UUID | None = None) -> SeatsReleased:
    return SeatsReleased(
        batch_id=batch_id or new_id(),
        line_id=line_id,
        site=None,
        course=None,
        seats=tuple(
            ReleasedSeat(seat_id=seat, attempt=attempt, person_id=new_id(), reason="cancelled") for seat in seats
        ),
    )


def completed(line_id: UUID, *seats: UUID, attempt: int = 1, batch_id: UUID | None = None) -> SeatsCompleted:
    return SeatsCompleted(
        batch_id=batch_id or new_id(),
        programme_id=new_id(),
        version=1,
        line_id=line_id,
        jp=20,
        at=SOON,
        seats=tuple(
            CompletedSeat(seat_id=seat, attempt=attempt, person_id=new_id(), presence_percent=100, segment=SEGMENT)
            for seat in seats
        ),
    )


def failed(
    line_id: UUID, *seats: UUID, spent: bool | Sequence[bool], attempt: int = 1, batch_id: UUID | None = None
) -> SeatsFailed:
    each = [spent] * len(seats) if isinstance(spent, bool) else spent
    return SeatsFailed(
        batch_id=batch_id or new_id(),
        programme_id=new_id(),
        version=1,
        line_id=line_id,
        seats=tuple(
            FailedSeat(
                seat_id=seat, attempt=attempt, person_id=new_id(), reason="no_show", spent=money, segment=SEGMENT
            )
            for seat, money in zip(seats, each, strict=True)
        ),
    )


def opened(line_id: UUID, batch_id: UUID, fixed_cost: int, *, attempt: int = 1, year: int = YEAR) -> BatchOpened:
    return BatchOpened(
        batch_id=batch_id,
        batch=Batch(
            batch_id=batch_id,
            rev=1,
            attempt=attempt,
            programme_id=new_id(),
            version=1,
            name="Angkatan I",
            mode="classroom",
            sessions=(),
            capacity=30,
            least=5,
            fixed_cost=fixed_cost,
            seat_price=100,
            line_id=line_id,
            fiscal_year=year,
            site=None,
            course=None,
            agencies=(),
            applied=(),
        ),
    )


def cancelled(line_id: UUID, batch_id: UUID) -> BatchCancelled:
    return BatchCancelled(batch_id=batch_id, rev=2, line_id=line_id, reason="cancelled")


def closed(line_id: UUID, batch_id: UUID) -> BatchClosed:
    return BatchClosed(
        batch_id=batch_id,
        rev=3,
        line_id=line_id,
        programme_id=new_id(),
        version=1,
        confirmed=1,
        took_part=1,
        completed=1,
        failed=0,
    )


def seats(count: int) -> Iterator[UUID]:
    return (new_id() for _ in range(count))
