"""What the bridge can tell about itself: audit facts, the story of one seat, saying it again."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from services.bridge.domain import ABSENT, ASKED, ENROLLED
from services.bridge.handlers.places import say_places
from services.bridge.store import places as store
from shared.unit import Unit


def place_view(row: Any) -> dict[str, Any]:
    """The place of one seat from its last question: what this seat wants, and what it has."""
    live = row.state != "refused" and row.withdrawn < row.attempt
    if live:
        wanted, actual = ENROLLED, row.actual
    else:
        # Where another seat of the same person holds the place, this one has it no more.
        wanted, actual = ABSENT, ABSENT if row.wanted == ENROLLED else row.actual
    return {
        "seat_id": row.seat_id,
        "attempt": row.attempt,
        "person_id": row.person_id,
        "site": row.site,
        "course": row.course,
        "state": row.state if row.withdrawn < row.attempt else "withdrawn",
        "code": row.code,
        "wanted": wanted,
        "actual": actual or ABSENT,
        "since": row.since or row.at,
    }


def audit(unit: Unit) -> Iterator[dict[str, Any]]:
    """The place of every seat that was ever asked for, and places wanted by no seat."""
    for row in store.last_requests(unit.db):
        view = place_view(row)
        yield {
            "fact": "place",
            "seat_id": str(view["seat_id"]),
            "attempt": view["attempt"],
            "site": view["site"],
            "wanted": view["wanted"],
            "actual": view["actual"],
            "since": view["since"].isoformat(),
        }
    for row in store.wanted_by_nobody(unit.db):
        yield {"broken": "bridge.wanted_by_nobody", "site": row.site, "person_id": str(row.person_id)}


def explain(unit: Unit, thing: UUID) -> Iterator[dict[str, Any]]:
    """What happened here to a seat, in the order of time."""
    asked, withdrawal = store.story(unit.db, thing)
    told = []
    for row in asked:
        told.append(_told(row.at, f"Tempat di LMS {row.site} diminta", f"Place at LMS {row.site} asked for"))
        if row.state == ENROLLED:
            told.append(_told(row.answered_at, "Terdaftar di LMS", "Enrolled in the LMS"))
        elif row.state != ASKED:
            told.append(_told(row.answered_at, f"LMS menolak: {row.code}", f"The LMS refused: {row.code}"))
    if withdrawal is not None:
        told.append(_told(withdrawal.at, "Tempat di LMS dilepas", "Place in the LMS given up"))
        if withdrawal.proven_at is not None:
            told.append(_told(withdrawal.proven_at, "Terbukti tidak terdaftar lagi", "Proven to be enrolled no more"))
    yield from sorted(told, key=lambda one: str(one["at"]))


def say_again(unit: Unit, kind: str, ids: Sequence[UUID]) -> int:
    """Say again what was answered of seats."""
    return say_places(unit, ids) if kind == "seat" else 0


def _told(at: Any, indonesian: str, english: str) -> dict[str, Any]:
    return {"at": at.isoformat(), "what": {"id": indonesian, "en": english}}
