"""Facts that an LMS site tells by itself: CloudEvents, an outcome for each row."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from services.bridge.contract import MOST_FACTS, Fact, FactKind
from services.bridge.domain import BAD_FACT, UNKNOWN_COURSE, UNKNOWN_PERSON, storable
from services.bridge.handlers.comparisons import accounts_changed
from services.bridge.handlers.facts import agencies_of, take
from services.bridge.store import facts as store
from services.bridge.store import keys
from shared.errors import MALFORMED, problem
from shared.unit import Unit

TOO_MANY_ROWS = problem(
    "lms.too_many_rows",
    422,
    "Paling banyak {most} fakta sekali kirim.",
    "At most {most} facts a call.",
)
KINDS = {
    "lms.course_completed": FactKind.COMPLETED,
    "lms.module_opened": FactKind.OPENED,
    "lms.module_completed": FactKind.COMPLETED,
    "lms.quiz_attempted": FactKind.SCORED,
    # Who answered a feedback module was there; Bangkom's own surveys ask for themselves.
    "lms.feedback_submitted": FactKind.OPENED,
    "lms.enrolled": FactKind.ENROLLED,
    "lms.removed": FactKind.REMOVED,
}
USER_CHANGED, COURSE_CHANGED = "lms.user_changed", "lms.course_changed"
IN_A_MODULE = ("lms.module_opened", "lms.module_completed", "lms.feedback_submitted")


class Unsound(ValueError):
    """A row is no fact that makes sense."""


def take_pushed(unit: Unit, site: Row[Any], rows: Any) -> dict[str, Any]:
    """Take in the rows of one call; answers the outcome of each in the order they came. The same fact twice in a call
    is a duplicate the second time."""
    if not isinstance(rows, list):
        raise MALFORMED()
    if len(rows) > MOST_FACTS:
        raise TOO_MANY_ROWS(most=MOST_FACTS)
    facts: dict[str, Fact] = {}
    others: dict[str, Mapping[str, Any]] = {}
    outcomes: list[tuple[str, str, str]] = []
    for row in rows:
        fact_id = row.get("id") if isinstance(row, dict) else None
        if not isinstance(fact_id, str) or not fact_id or not storable(fact_id, 200):
            outcomes.append(("", "refused", BAD_FACT.code))
            continue
        if fact_id in facts or fact_id in others:
            outcomes.append((fact_id, "duplicate", ""))
            continue
        outcomes.append((fact_id, "accepted", ""))
        try:
            if row.get("type") in (USER_CHANGED, COURSE_CHANGED):
                others[fact_id] = _other(row)
            else:
                facts[fact_id] = fact_of(row)
        except Unsound:
            outcomes[-1] = (fact_id, "refused", BAD_FACT.code)
    reading = take(unit, site, facts.values())
    known, unread = _take_others(unit, site, others)
    known, unread = known | reading.known, unread | reading.unread
    keys.heard_from(unit.db, site.code, unit.now)
    items = []
    for fact_id, outcome, code in outcomes:
        if outcome == "accepted" and fact_id in unread:
            outcome, code = "refused", unread[fact_id]
        elif fact_id in known:
            outcome = "duplicate"
        items.append({"id": fact_id, "outcome": outcome, "code": code})
    return {"items": items}


def fact_of(row: Mapping[str, Any]) -> Fact:
    """The fact of one CloudEvent; Unsound where it is none."""
    data, kind = _data(row), KINDS.get(_text(row, "type"))
    if kind is None:
        raise Unsound("type")
    module = _text(data, "module")
    score = _number(data.get("score"), 100)
    if (kind is FactKind.SCORED and score is None) or (row["type"] in IN_A_MODULE and not module.strip()):
        raise Unsound("data")
    return Fact(
        fact_id=row["id"],
        kind=kind,
        nip=_text(row, "subject"),
        course=_text(data, "course"),
        at=_moment(row),
        module=module,
        score=score,
        seconds=_number(data.get("seconds"), 10_000_000),
        key=_text(data, "key"),
        code=_text(data, "code"),
    )


def _other(row: Mapping[str, Any]) -> Mapping[str, Any]:
    data = _data(row)
    if row["type"] == USER_CHANGED:
        return {"nip": _text(data, "nip") or _text(row, "subject"), "at": _moment(row)}
    flags = {"visible": data.get("visible", True), "deleted": data.get("deleted", False)}
    flags = {name: bool(flag) if type(flag) in (bool, int) else flag for name, flag in flags.items()}
    course = _text(data, "course")
    if not course or not all(isinstance(flag, bool) for flag in flags.values()):
        raise Unsound("data")
    return {"course": course, "name": _text(data, "name"), "at": _moment(row), **flags}


def _take_others(
    unit: Unit, site: Row[Any], others: Mapping[str, Mapping[str, Any]]
) -> tuple[set[str], dict[str, str]]:
    """Courses are kept, for the operator's diagnosis. Of an account that changed nothing is kept, but the courses of
    its person are compared: who is suspended or has another NIP has lost entry though no enrolment was touched."""
    known = store.known_facts(unit.db, site.code, others)
    courses = {fact_id: row for fact_id, row in others.items() if "course" in row}
    used = store.batches_of_course(unit.db, site.code, {row["course"] for row in courses.values()})
    nips = {row["nip"] for row in others.values() if "nip" in row}
    people = store.people_by_nip(unit.db, nips, agencies_of(unit, site))
    unread = {fact_id: UNKNOWN_COURSE.code for fact_id, row in courses.items() if row["course"] not in used}
    unread |= {
        fact_id: UNKNOWN_PERSON.code for fact_id, row in others.items() if "nip" in row and row["nip"] not in people
    }
    new = [fact_id for fact_id in others if fact_id not in known and fact_id not in unread]
    store.keep_facts(unit.db, site.code, new, unit.now)
    changed = {person for fact_id in new if "nip" in others[fact_id] for person in people[others[fact_id]["nip"]]}
    accounts_changed(unit, site.code, changed)
    store.put_courses(unit.db, site.code, [courses[fact_id] for fact_id in new if fact_id in courses])
    return known, unread


def _data(row: Mapping[str, Any]) -> Mapping[str, Any]:
    data = row.get("data")
    if row.get("specversion") != "1.0" or not isinstance(data, dict):
        raise Unsound("envelope")
    return data


def _text(of: Mapping[str, Any], name: str) -> str:
    word = of.get(name)
    if word is None:
        return ""
    if not isinstance(word, str) or not storable(word, 300):
        raise Unsound(name)
    return word


def _number(given: object, most: int) -> int | None:
    """A whole number 0..most; a broken one, as marks are, is rounded."""
    if given is None:
        return None
    if type(given) not in (int, float) or not 0 <= given <= most:  # type: ignore[operator]
        raise Unsound("number")
    return round(given)  # type: ignore[call-overload,no-any-return]


def _moment(row: Mapping[str, Any]) -> datetime:
    try:
        made = datetime.fromisoformat(_text(row, "time"))
    except ValueError:
        raise Unsound("time") from None
    if made.tzinfo is None:
        raise Unsound("time")
    return made
