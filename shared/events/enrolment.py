"""What enrolment says: people and agencies, batches, seats from approval to completion. Amounts are integer rupiah."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.event import Event


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person as the LMS needs to know them. Personal data: only in people_changed. `standing` is active, leave or
    left; `merged_into` names the record that lives on."""

    person_id: UUID
    rev: int
    nip: str
    name: str
    email: str
    standing: str
    agency_id: UUID
    merged_into: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class PeopleChanged(Event, name="enrolment.people_changed", key="agency_id", items="people", personal=True):
    """People of one agency came, changed, merged or left. Personal data, own routing prefix: the bridge and the
    notifier hear it, nobody else."""

    agency_id: UUID
    people: tuple[Person, ...]


@dataclass(frozen=True, kw_only=True)
class Agency:
    """An agency (OPD): `code` is the SKPD code, `parent_id` the agency it belongs to."""

    agency_id: UUID
    rev: int
    code: str
    name: str
    parent_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class AgenciesChanged(Event, name="enrolment.agencies_changed", key="instance", items="agencies"):
    """Agencies came or changed. `instance` is the code of the city or province they belong to."""

    instance: str
    agencies: tuple[Agency, ...]


@dataclass(frozen=True, kw_only=True)
class Session:
    """One meeting of a batch; times are UTC, `trainer_id` opaque, `place` a room or a link's name."""

    session_id: UUID
    starts_at: datetime
    ends_at: datetime
    trainer_id: UUID | None
    place: str


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A run of a programme version. `capacity` and `least` (quorum) count seats; `fixed_cost` and `seat_price` come
    from `line_id`; `attempt` counts requests for the fixed cost; `site` and `course` are None where the batch has no
    course in an LMS; no `agencies` means all; `applied` are findings whose change this run carries out."""

    batch_id: UUID
    rev: int
    attempt: int
    programme_id: UUID
    version: int
    name: str
    mode: str
    sessions: tuple[Session, ...]
    capacity: int
    least: int
    fixed_cost: int
    seat_price: int
    line_id: UUID
    fiscal_year: int
    site: str | None
    course: str | None
    agencies: tuple[UUID, ...]
    applied: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True)
class BatchOpened(Event, name="enrolment.batch_opened", key="batch_id"):
    """A batch was opened; budget is asked for its fixed cost."""

    batch_id: UUID
    batch: Batch


@dataclass(frozen=True, kw_only=True)
class BatchChanged(Event, name="enrolment.batch_changed", key="batch_id"):
    """A batch changed; the whole state with a higher rev."""

    batch_id: UUID
    batch: Batch


@dataclass(frozen=True, kw_only=True)
class BatchCancelled(Event, name="enrolment.batch_cancelled", key="batch_id"):
    """A batch will not run: cancelled, quorum or no_money. Its seats are released by events of their own."""

    batch_id: UUID
    rev: int
    line_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class BatchClosed(Event, name="enrolment.batch_closed", key="batch_id"):
    """A batch is over; the counts are of seats. `took_part`: present at one session or opened one module."""

    batch_id: UUID
    rev: int
    line_id: UUID
    programme_id: UUID
    version: int
    confirmed: int
    took_part: int
    completed: int
    failed: int


@dataclass(frozen=True, kw_only=True)
class ApprovedSeat:
    """A seat that needs its money: `amount` is the batch's price for it."""

    seat_id: UUID
    attempt: int
    person_id: UUID
    agency_id: UUID
    amount: int


@dataclass(frozen=True, kw_only=True)
class SeatsApproved(Event, name="enrolment.seats_approved", key="batch_id", items="seats"):
    """Asks budget for the money of seats, in the order given."""

    batch_id: UUID
    line_id: UUID
    fiscal_year: int
    deadline: datetime
    seats: tuple[ApprovedSeat, ...]


@dataclass(frozen=True, kw_only=True)
class LmsSeatWanted:
    """A seat that needs its place in the LMS."""

    seat_id: UUID
    attempt: int
    person_id: UUID


@dataclass(frozen=True, kw_only=True)
class LmsEnrolmentRequested(Event, name="enrolment.lms_enrolment_requested", key="batch_id", items="seats"):
    """Asks the bridge for places in the course of a site."""

    batch_id: UUID
    site: str
    course: str
    deadline: datetime
    seats: tuple[LmsSeatWanted, ...]


@dataclass(frozen=True, kw_only=True)
class Segment:
    """The groups a person belongs to at confirmation: `grade_band` I, II, III, IV or the PPPK band, the agency, the
    unit."""

    grade_band: str
    agency_id: UUID
    unit: str


@dataclass(frozen=True, kw_only=True)
class ConfirmedSeat:
    """A seat with its money and its LMS place."""

    seat_id: UUID
    attempt: int
    person_id: UUID
    segment: Segment


@dataclass(frozen=True, kw_only=True)
class SeatsConfirmed(Event, name="enrolment.seats_confirmed", key="batch_id", items="seats"):
    """Seats are confirmed; content grants access."""

    batch_id: UUID
    programme_id: UUID
    version: int
    seats: tuple[ConfirmedSeat, ...]


@dataclass(frozen=True, kw_only=True)
class ReleasedSeat:
    """A seat given up. `reason` is cancelled, rejected, no_money, lms_refused, quorum, timeout or substituted."""

    seat_id: UUID
    attempt: int
    person_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True)
class SeatsReleased(Event, name="enrolment.seats_released", key="batch_id", items="seats"):
    """Seats are given up: budget frees their money, the bridge their place, content their access; each proves it."""

    batch_id: UUID
    line_id: UUID
    site: str | None
    course: str | None
    seats: tuple[ReleasedSeat, ...]


@dataclass(frozen=True, kw_only=True)
class Attendance:
    """Whether one seat was present; `how` is scan, list or link; the higher `rev` counts."""

    seat_id: UUID
    person_id: UUID
    rev: int
    present: bool
    how: str


@dataclass(frozen=True, kw_only=True)
class AttendanceRecorded(Event, name="enrolment.attendance_recorded", key="batch_id", items="rows"):
    """Attendance at one session."""

    batch_id: UUID
    session_id: UUID
    rows: tuple[Attendance, ...]


@dataclass(frozen=True, kw_only=True)
class CompletedSeat:
    """A seat whose completion rule is met; `presence_percent` is the real presence."""

    seat_id: UUID
    attempt: int
    person_id: UUID
    presence_percent: int
    segment: Segment


@dataclass(frozen=True, kw_only=True)
class SeatsCompleted(Event, name="enrolment.seats_completed", key="batch_id", items="seats"):
    """Seats are completed: `jp` lesson hours are credited to each on `on` (the agency's calendar), money is
    realised."""

    batch_id: UUID
    programme_id: UUID
    version: int
    line_id: UUID
    jp: int
    at: datetime
    seats: tuple[CompletedSeat, ...]


@dataclass(frozen=True, kw_only=True)
class FailedSeat:
    """A seat that was not completed. `reason` is no_show or not_passed; `spent` says whether its money is realised
    (by the batch's policy) or released."""

    seat_id: UUID
    attempt: int
    person_id: UUID
    reason: str
    spent: bool
    segment: Segment


@dataclass(frozen=True, kw_only=True)
class SeatsFailed(Event, name="enrolment.seats_failed", key="batch_id", items="seats"):
    """Seats were not completed."""

    batch_id: UUID
    programme_id: UUID
    version: int
    line_id: UUID
    seats: tuple[FailedSeat, ...]


@dataclass(frozen=True, kw_only=True)
class ChangeApplied(Event, name="enrolment.change_applied", key="programme_id"):
    """A decided change of trainer, venue, quota or schedule is carried out by a batch."""

    programme_id: UUID
    finding_id: UUID
    batch_id: UUID


@dataclass(frozen=True, kw_only=True)
class ChangeRefused(Event, name="enrolment.change_refused", key="programme_id"):
    """A decided change can't be carried out; `code` says why."""

    programme_id: UUID
    finding_id: UUID
    code: str
