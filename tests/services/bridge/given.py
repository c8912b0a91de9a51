"""What the tests of the bridge start from."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from threading import Event as Signal
from typing import Any, ClassVar
from uuid import UUID

from services.bridge.contract import (
    Answer,
    Capability,
    Enrolled,
    Fact,
    Facts,
    Health,
    Message,
    Page,
    Place,
    Result,
    Site,
)
from shared import clock
from shared.auth import OPERATOR
from shared.events import Event
from shared.events.content import CompletionRule, Module, VersionPublished
from shared.events.enrolment import (
    Batch,
    BatchOpened,
    LmsEnrolmentRequested,
    LmsSeatWanted,
    PeopleChanged,
    Person,
    ReleasedSeat,
    SeatsReleased,
)
from shared.ids import new_id
from tests.town import Town, who

SITE, COURSE = "kota", "MW-1"


class Lms:
    """An LMS that a test looks into and makes behave badly."""

    def __init__(self) -> None:
        self.members: set[tuple[str, str]] = set()
        self.calls: list[tuple[str, list[str]]] = []
        self.refuse: dict[str, str] = {}
        self.broken: BaseException | None = None
        self.stuck = False
        self.hand = False
        self.hang: Signal | None = None
        self.told: list[Fact] = []
        self.kept: list[tuple[str, dict[str, str]]] = []
        self.health: Any = Health(ok=True)
        self.answers: Any = None
        self.keys: dict[str, str] = {}
        self.suspended: set[str] = set()
        self.messages: dict[str, Message] = {}


LMS: dict[str, Lms] = {}


class Pretender:
    """A plugin over an Lms in memory."""

    capabilities: ClassVar[Capability] = Capability.ENROL | Capability.UNENROL | Capability.FACTS

    def __init__(self, site: Site) -> None:
        self.lms = LMS[site.code]

    def check(self) -> Health:
        self._behave()
        return self.lms.health  # type: ignore[no-any-return]

    def enrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        return self._act("enrol", places)

    def unenrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        return self._act("unenrol", places)

    def facts(self) -> Facts:
        return Facts(facts=tuple(self.lms.told), receipt="r" if self.lms.told else "")

    def kept(self, receipt: str, unread: Mapping[str, str]) -> None:
        self.lms.kept.append((receipt, dict(unread)))
        self.lms.told.clear()

    def _behave(self) -> None:
        if self.lms.hang is not None:
            self.lms.hang.wait(30)
        if self.lms.broken is not None:
            raise self.lms.broken

    def _act(self, action: str, places: Sequence[Place]) -> Sequence[Answer]:
        self._behave()
        self.lms.calls.append((action, [place.learner.nip for place in places]))
        if self.lms.answers is not None:
            return self.lms.answers  # type: ignore[no-any-return]
        answers = []
        for place in places:
            nip = place.learner.nip
            self.lms.keys[nip] = place.key
            if action == "unenrol" and self.lms.stuck:
                answers.append(Answer(key=place.key, result=Result.REFUSED, code="lms.locked"))
            elif action == "enrol" and nip in self.lms.refuse:
                answers.append(Answer(key=place.key, result=Result.REFUSED, code=self.lms.refuse[nip]))
            elif self.lms.hand:
                answers.append(Answer(key=place.key, result=Result.HANDED))
            else:
                (self.lms.members.add if action == "enrol" else self.lms.members.discard)((nip, place.course))
                answers.append(Answer(key=place.key, result=Result.DONE))
        return answers


class Seer(Pretender):
    """A plugin that also lets one see who is there, and passes on messages; the LMS tells facts itself."""

    capabilities: ClassVar[Capability] = (
        Capability.ENROL | Capability.UNENROL | Capability.ROSTER | Capability.MESSAGES | Capability.TELLS
    )

    def roster(self, course: str, after: int) -> Page[Enrolled]:
        self._behave()
        self.lms.calls.append(("roster", [course]))
        nips = sorted(nip for nip, where in self.lms.members if where == course)
        rows = [Enrolled(nip=nip, ours=True, active=nip not in self.lms.suspended) for nip in nips]
        part = rows[after : after + 2]
        return Page(rows=part, next=after + 2 if after + 2 < len(rows) else 0)

    def post_messages(self, messages: Sequence[Message]) -> Sequence[Answer]:
        self._behave()
        answers = []
        for message in messages:
            no = self.lms.refuse.get(message.nip, "")
            if not no:
                self.lms.messages[message.key] = message
            answers.append(Answer(key=message.key, result=Result.REFUSED if no else Result.DONE, code=no))
        return answers


class Dumb(Pretender):
    """A plugin that can do nothing."""

    capabilities: ClassVar[Capability] = Capability(0)


def nip_of(number: int) -> str:
    return f"2000123120241{number % 2 + 1}{number:04d}"[:18]


def people(*ids: UUID, rev: int = 1, agency: UUID | None = None, start: int = 1) -> PeopleChanged:
    agency_id = agency or new_id()
    return PeopleChanged(
        agency_id=agency_id,
        people=tuple(
            Person(
                person_id=person,
                rev=rev,
                nip=nip_of(number),
                name=f"Pegawai {number}",
                email=f"p{number}@example.go.id",
                standing="active",
                agency_id=agency_id,
            )
            for number, person in enumerate(ids, start)
        ),
    )


def requested(
    batch_id: UUID,
    *seats: tuple[UUID, UUID],
    attempt: int = 1,
    site: str = SITE,
    course: str = COURSE,
    hours: float = 1,
) -> LmsEnrolmentRequested:
    return LmsEnrolmentRequested(
        batch_id=batch_id,
        site=site,
        course=course,
        deadline=clock.now() + timedelta(hours=hours),
        seats=tuple(LmsSeatWanted(seat_id=seat, attempt=attempt, person_id=person) for seat, person in seats),
    )


def released(
    batch_id: UUID, *seats: tuple[UUID, UUID], attempt: int = 1, site: str | None = SITE, course: str | None = COURSE
) -> SeatsReleased:
    return SeatsReleased(
        batch_id=batch_id,
        line_id=new_id(),
        site=site,
        course=course,
        seats=tuple(
            ReleasedSeat(seat_id=seat, attempt=attempt, person_id=person, reason="cancelled") for seat, person in seats
        ),
    )


def batch_opened(batch_id: UUID, programme_id: UUID) -> BatchOpened:
    batch = Batch(
        batch_id=batch_id,
        rev=1,
        attempt=1,
        programme_id=programme_id,
        version=1,
        name="Angkatan I",
        mode="online",
        sessions=(),
        capacity=30,
        least=1,
        fixed_cost=0,
        seat_price=0,
        line_id=new_id(),
        fiscal_year=2026,
        site=SITE,
        course=COURSE,
        agencies=(),
        applied=(),
    )
    return BatchOpened(batch_id=batch_id, batch=batch)


def version_published(programme_id: UUID, *titles: str) -> VersionPublished:
    return VersionPublished(
        programme_id=programme_id,
        version=1,
        code="MW-01",
        title="Manajemen Waktu",
        goal="",
        form=4,
        mode="online",
        level="basic",
        jp=20,
        prerequisites=(),
        modules=tuple(
            Module(module_id=new_id(), position=at, title=title, minutes=45) for at, title in enumerate(titles, 1)
        ),
        rule=CompletionRule(presence_percent=0, all_modules=True),
        changes=(),
    )


def add_site(town: Town, plugin: str = "pretender", code: str = SITE, **settings: Any) -> None:
    body = {"code": code, "name": "LMS Kota", "plugin": plugin, "settings": settings}
    answer = town.client("bridge", who(OPERATOR)).post("/v1/sites", body)
    assert answer.status_code == 201, answer.json


def seats_of(events: Sequence[Event], kind: type[Event]) -> dict[UUID, str]:
    """Seat -> code of all events of this kind."""
    return {seat.seat_id: seat.code for event in events if isinstance(event, kind) for seat in event.items}
