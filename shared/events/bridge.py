"""What the bridge says: how actions in an LMS went, and what happened there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.events.event import Event


@dataclass(frozen=True, kw_only=True)
class LmsSeat:
    """One seat as the LMS answered it; `code` says why where it was refused or failed, else is empty."""

    seat_id: UUID
    attempt: int
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class SeatsEnrolled(Event, name="bridge.seats_enrolled", key="site", items="seats"):
    """Seats have their place in the LMS course."""

    site: str
    batch_id: UUID
    seats: tuple[LmsSeat, ...]


@dataclass(frozen=True, kw_only=True)
class SeatsRefused(Event, name="bridge.seats_refused", key="site", items="seats"):
    """The LMS refused seats."""

    site: str
    batch_id: UUID
    seats: tuple[LmsSeat, ...]


@dataclass(frozen=True, kw_only=True)
class SeatsUnenrolled(Event, name="bridge.seats_unenrolled", key="site", items="seats"):
    """Seats have no place in the LMS course any more (or never had one): the proof of that compensation."""

    site: str
    batch_id: UUID
    seats: tuple[LmsSeat, ...]


@dataclass(frozen=True, kw_only=True)
class UnenrolFailed(Event, name="bridge.unenrol_failed", key="site", items="seats"):
    """The LMS would not take seats out of the course; the bridge goes on trying, a person should look."""

    site: str
    batch_id: UUID
    seats: tuple[LmsSeat, ...]


@dataclass(frozen=True, kw_only=True)
class ProgressRow:
    """One fact from the LMS, mapped to person and batch. `kind` is opened, completed or scored; module_id None means
    the course as a whole; `fact_id` is the fact's own key at the site; `score` 0..100."""

    fact_id: str
    person_id: UUID
    batch_id: UUID
    module_id: UUID | None
    kind: str
    score: int | None
    seconds: int | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ProgressReported(Event, name="bridge.progress_reported", key="site", items="rows"):
    """Progress made in the LMS; heard by content only."""

    site: str
    rows: tuple[ProgressRow, ...]


@dataclass(frozen=True, kw_only=True)
class OutsideChange:
    """Somebody was enrolled or removed in the LMS by hand. `change` is enrolled or removed."""

    fact_id: str
    person_id: UUID
    batch_id: UUID
    change: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class EnrolmentsChangedOutside(Event, name="bridge.enrolments_changed_outside", key="site", items="rows"):
    """Changes made in the LMS outside Bangkom; heard by enrolment only."""

    site: str
    rows: tuple[OutsideChange, ...]
