"""Rules about batches: what can be opened, when nominations and closing are possible, what a change must differ in."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.enrolment.domain.states import COUNTING, BatchState, State
from shared.errors import problem

SUPERVISOR = "supervisor"
TRAINING_OFFICE = "training_office"

NO_PROGRAMME = problem(
    "batch.no_programme",
    409,
    "Versi program ini belum diterbitkan, atau belum diketahui di sini. Terbitkan dahulu.",
    "This version of the programme is not published, or not known here yet. Publish it first.",
)
BAD_SESSIONS = problem(
    "batch.bad_sessions",
    422,
    "Setiap sesi harus berakhir setelah mulai, dan sesi pertama harus di masa depan.",
    "Each session must end after it starts, and the first must be in the future.",
)
BAD_QUORUM = problem(
    "batch.bad_quorum",
    422,
    "Peserta minimum ({least}) melebihi kapasitas ({capacity}).",
    "The quorum ({least}) exceeds the capacity ({capacity}).",
)
HALF_COURSE = problem(
    "batch.half_course",
    422,
    "Situs LMS dan kursus harus diisi keduanya atau dikosongkan keduanya.",
    "Give both the LMS site and the course, or neither.",
)
NO_AGENCY = problem("batch.no_agency", 422, "Perangkat daerah tidak dikenal.", "An agency is not known.")
NOT_OPEN = problem(
    "batch.not_open",
    409,
    "Angkatan ini tidak menerima usulan (keadaannya: {state}).",
    "This batch takes no nominations (it is {state}).",
)
BEGUN = problem(
    "batch.begun",
    409,
    "Sesi pertama sudah dimulai; usulan dan pembatalan tidak mungkin lagi.",
    "The first session has begun; nothing can be nominated or cancelled any more.",
)
NOT_OVER = problem(
    "batch.not_over",
    409,
    "Sesi terakhir belum dimulai; angkatan belum dapat ditutup.",
    "The last session has not begun; the batch can't be closed yet.",
)
NOT_RUNNING = problem(
    "batch.not_running",
    409,
    "Angkatan ini tidak sedang berjalan (keadaannya: {state}).",
    "This batch is not running (it is {state}).",
)
NOT_REFUSED = problem(
    "batch.not_refused",
    409,
    "Hanya angkatan yang ditolak anggaran yang dapat dibuka lagi (keadaannya: {state}).",
    "Only a batch that budget refused can be tried again (it is {state}).",
)
SESSION_NOT_BEGUN = problem(
    "session.not_begun",
    409,
    "Sesi ini belum dimulai; presensi belum dapat dicatat.",
    "This session has not begun; attendance can't be recorded yet.",
)
UNKNOWN_CHANGE = problem(
    "change.unknown",
    422,
    "Tindak lanjut {finding} tidak menunggu untuk program ini.",
    "The follow-up {finding} is not pending for this programme.",
)
NOT_MADE = problem(
    "change.not_made",
    422,
    "Angkatan ini tidak menjalankan tindak lanjut {finding} ({kind}): tidak ada yang berbeda.",
    "This batch does not carry out the follow-up {finding} ({kind}): nothing differs.",
)

COMING_STATES = frozenset({State.RESERVING, State.ENROLLING, State.CONFIRMED, State.COMPLETED, State.FAILED})
"""States that count towards the quorum."""


@dataclass(frozen=True)
class Meeting:
    """A planned session; times aware."""

    starts_at: datetime
    ends_at: datetime
    trainer_id: UUID | None
    place: str


def life(state: str, begins_at: datetime | None, now: datetime) -> str:
    """The state people see: an open batch is running once its first session has begun."""
    return "running" if state == BatchState.OPEN and begun(begins_at, now) else state


def begun(begins_at: datetime | None, now: datetime) -> bool:
    """Whether the first session has begun; a batch without sessions never begins, it closes."""
    return begins_at is not None and begins_at <= now


def check_plan(
    meetings: Sequence[Meeting], capacity: int, least: int, site: str | None, course: str | None, now: datetime
) -> None:
    """Refuse a plan that can't be run."""
    if any(meeting.ends_at <= meeting.starts_at or meeting.starts_at <= now for meeting in meetings):
        raise BAD_SESSIONS()
    if least > capacity:
        raise BAD_QUORUM(least=least, capacity=capacity)
    if (site is None) != (course is None):
        raise HALF_COURSE()


def check_nominable(state: str, begins_at: datetime | None, now: datetime) -> None:
    """Refuse nominations and approvals outside the time for them."""
    if state != BatchState.OPEN:
        raise NOT_OPEN(state=state)
    if begun(begins_at, now):
        raise BEGUN()


def check_closable(state: str, last_begins_at: datetime | None, now: datetime) -> None:
    """A batch can be closed once its last session has begun; without sessions at any time."""
    if state != BatchState.OPEN:
        raise NOT_RUNNING(state=state)
    if last_begins_at is not None and last_begins_at > now:
        raise NOT_OVER()


def free_places(capacity: int, by_state: Mapping[str, int]) -> int:
    """How many seats of the capacity nobody takes; never below 0."""
    return max(capacity - sum(count for state, count in by_state.items() if state in COUNTING), 0)


def quorum_met(least: int, by_state: Mapping[str, int]) -> bool:
    """Whether enough seats are coming."""
    return sum(count for state, count in by_state.items() if state in COMING_STATES) >= least


def change_made(
    kind: str,
    change: Mapping[str, Any],
    capacity: int,
    meetings: Sequence[Meeting],
    before: "Before | None",
) -> bool:
    """Whether a planned batch carries out a decided change: it has what was named, or where nothing was named it
    differs from the batch before it."""
    if kind == "trainer":
        trainers = {meeting.trainer_id for meeting in meetings} - {None}
        wanted = change.get("trainer_id")
        if wanted is not None:
            return UUID(str(wanted)) in trainers
        return bool(trainers) and (before is None or trainers != before.trainers)
    if kind == "venue":
        places = {meeting.place.strip().casefold() for meeting in meetings}
        wanted = change.get("place")
        if wanted:
            return str(wanted).strip().casefold() in places
        return bool(places) and (before is None or places != before.places)
    if kind == "quota":
        wanted = change.get("capacity")
        return capacity == wanted if wanted is not None else before is None or capacity != before.capacity
    rhythm = _rhythm(meetings)
    return bool(meetings) and (before is None or rhythm != before.rhythm)


@dataclass(frozen=True)
class Before:
    """What a new batch is compared with: the batch of the programme opened before it."""

    capacity: int
    trainers: Collection[UUID | None]
    places: Collection[str]
    rhythm: tuple[tuple[int, int, int, int], ...]


def before_of(capacity: int, meetings: Sequence[Meeting]) -> Before:
    """The comparable part of an earlier batch."""
    return Before(
        capacity,
        {meeting.trainer_id for meeting in meetings} - {None},
        {meeting.place.strip().casefold() for meeting in meetings},
        _rhythm(meetings),
    )


def _rhythm(meetings: Sequence[Meeting]) -> tuple[tuple[int, int, int, int], ...]:
    """A schedule without its dates: weekday, hour and minute of each start, minutes of each meeting."""
    return tuple(
        (
            meeting.starts_at.weekday(),
            meeting.starts_at.hour,
            meeting.starts_at.minute,
            int((meeting.ends_at - meeting.starts_at).total_seconds() // 60),
        )
        for meeting in sorted(meetings, key=lambda each: each.starts_at)
    )
