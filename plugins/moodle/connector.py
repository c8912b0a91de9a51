"""The plugin that speaks with Moodle through the web service of local_bangkom."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar

from plugins.moodle.findings import failed, found, graver
from plugins.moodle.rest import NO_MOODLE, SERVER_ERROR, MoodleSays, Rest
from services.bridge.contract import (
    MOST_ROWS,
    Answer,
    Capability,
    Completed,
    Course,
    Enrolled,
    Grade,
    Health,
    Message,
    ModuleDone,
    Page,
    Place,
    Result,
    Site,
    SiteFailed,
)

NOT_ANSWERED = "lms.not_answered"
_RESULTS = {"done": Result.DONE, "refused": Result.REFUSED, "failed": Result.FAILED}
Item = TypeVar("Item")


class Connector:
    """Moodle 4.5 to 5.1 with local_bangkom and enrol_bangkom."""

    capabilities: ClassVar[Capability] = (
        Capability.ENROL
        | Capability.UNENROL
        | Capability.SUSPEND
        | Capability.COURSES
        | Capability.GRADES
        | Capability.MESSAGES
        | Capability.ROSTER
        | Capability.COMPLETION
        | Capability.TELLS
    )

    def __init__(self, site: Site) -> None:
        self._rest = Rest(site.settings)

    def check(self) -> Health:
        """Whether Moodle answers, and what an operator should see to."""
        before = time.time()
        try:
            told = self._rest.call("check")
            findings = found(told, before, time.time())
        except SiteFailed as no:
            return Health(ok=False, detail=no.code, findings=(failed(no.code),))
        except MoodleSays:
            return Health(ok=False, detail=SERVER_ERROR.code, findings=(failed(SERVER_ERROR.code),))
        except (KeyError, TypeError, ValueError, OverflowError):
            return Health(ok=False, detail=NO_MOODLE.code, findings=(failed(NO_MOODLE.code),))
        wrong = [one for one in findings if not one.ok]
        detail = " ".join(one.indonesian for one in wrong)[:500]
        return Health(ok=not any(graver(one) for one in wrong), detail=detail, findings=findings)

    def enrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Match or make the accounts, and enrol them."""
        return self._act("enrol_users", [_seat(place) for place in places])

    def unenrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Take the seats away."""
        return self._act("unenrol_users", [_seat(place) for place in places])

    def suspend(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Suspend the seats."""
        return self._act("suspend_users", [_seat(place) for place in places])

    def create_courses(self, courses: Sequence[Course]) -> Sequence[Answer]:
        """Make shells of courses."""
        return self._act("create_courses", [vars(course) for course in courses])

    def push_grades(self, grades: Sequence[Grade]) -> Sequence[Answer]:
        """Write grades into the gradebook."""
        return self._act("push_grades", [vars(grade) for grade in grades])

    def post_messages(self, messages: Sequence[Message]) -> Sequence[Answer]:
        """Post notifications."""
        return self._act("post_messages", [vars(message) for message in messages])

    def roster(self, course: str, after: int) -> Page[Enrolled]:
        """Who is enrolled, by whichever method."""

        def row(item: Mapping[str, Any]) -> Enrolled:
            return Enrolled(nip=_word(item["nip"]), ours=item["method"] == "bangkom", active=bool(item["active"]))

        return self._page("read_roster", course, after, row)

    def completion(self, course: str, after: int) -> Page[Completed]:
        """What people completed."""

        def row(item: Mapping[str, Any]) -> Completed:
            modules = tuple(
                ModuleDone(module=_word(one["module"]), at=_moment(one["completed_at"]), score=one["score"])
                for one in item["modules"]
                if one["completed_at"]
            )
            at = _moment(item["completed_at"]) if item["completed_at"] else None
            return Completed(nip=_word(item["nip"]), at=at, modules=modules)

        return self._page("read_completion", course, after, row)

    def _act(self, function: str, rows: Sequence[Mapping[str, Any]]) -> list[Answer]:
        answers: list[Answer] = []
        for start in range(0, len(rows), MOST_ROWS):
            part = rows[start : start + MOST_ROWS]
            try:
                told = self._rest.call(function, rows=part)
                said = {answer.key: answer for answer in _answers(told)}
            except MoodleSays:
                said = {}
            missing = (Answer(key=row["key"], result=Result.FAILED, code=NOT_ANSWERED) for row in part)
            answers += [said.get(one.key, one) for one in missing]
        return answers

    def _page(self, function: str, course: str, after: int, row: Callable[[Any], Item]) -> Page[Item]:
        try:
            told = self._rest.call(function, course=course, after=after, limit=MOST_ROWS)
            # A page that leads back would be read for ever.
            onward = int(told["next"])
            return Page(rows=[row(item) for item in told["items"]], next=onward if onward > after else 0)
        except MoodleSays as no:
            raise SiteFailed(_refusal(no.code)) from None
        except (KeyError, TypeError, ValueError, OverflowError, OSError):
            raise SiteFailed(NO_MOODLE.code) from None


def _answers(told: Any) -> Iterator[Answer]:
    if not isinstance(told, dict) or not isinstance(told.get("results"), list):
        raise SiteFailed(NO_MOODLE.code)
    for item in told["results"]:
        result = _RESULTS.get(str(item.get("result"))) if isinstance(item, dict) else None
        if result is not None:
            yield Answer(key=str(item.get("key")), result=result, code=str(item.get("code", "")))


def _seat(place: Place) -> dict[str, str]:
    learner = place.learner
    person = {"nip": learner.nip, "name": learner.name, "email": learner.email, "person_id": str(learner.person_id)}
    return {"key": place.key, "course": place.course, **person}


def _word(given: object) -> str:
    if not isinstance(given, str):
        raise TypeError("text is due here")
    return given


def _moment(seconds: object) -> datetime:
    if type(seconds) is not int:
        raise TypeError("seconds are due here")
    return datetime.fromtimestamp(seconds, UTC)


def _refusal(code: str) -> str:
    return code.replace("_", ".", 1) if code.startswith("lms_") else SERVER_ERROR.code
