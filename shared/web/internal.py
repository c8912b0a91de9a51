"""What every service answers to the command line: /internal/audit, /internal/explain/<id>, /internal/say-again."""

from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import UUID

from flask import Flask, Response, current_app
from marshmallow import fields, validate
from msgspec import json
from sqlalchemy import MetaData, func, select, text, update

from shared.auth import AUDITOR, OPERATOR, Principal
from shared.errors import NOT_FOUND
from shared.service import Service
from shared.unit import Unit, unit_of
from shared.web.door import Door, principal_with
from shared.web.schemas import Shape

_SLICE = 2000
_MOST_IDS = 500
_EVENT = "event"
_SENT_FOR = text("now() - interval '7 days'")
_CLAIMED_FOR = text("now() - interval '8 days'")


class SayAgainShape(Shape):
    """`kind` is seat, batch, finding or event: for an event the very message is sent again, under its own id."""

    kind = fields.String(required=True, validate=validate.Regexp(r"[a-z_]{1,40}\Z"))
    ids = fields.List(fields.UUID(), required=True, validate=validate.Length(1, _MOST_IDS))


class SaidShape(Shape):
    said = fields.Integer(required=True)


class TimelineShape(Shape):
    items = fields.List(fields.Dict(), required=True)
    next = fields.String(allow_none=True)


def door_of(service: Service) -> Door:
    """The routes of this kind that answer JSON."""
    door = Door("internal", "For the command line: what happened, and say it again")

    @door.query("/internal/explain/<uuid:thing_id>", answer=TimelineShape, roles=(AUDITOR,))
    def explain(unit: Unit, thing_id: UUID) -> Any:
        """What this service knows to have happened to the thing, in order."""
        found = list(service.explain(unit, thing_id)) if service.explain else []
        return {"items": found, "next": None}

    @door.command("POST", "/internal/say-again", body=SayAgainShape, answer=SaidShape, roles=(OPERATOR,))
    def say_again(unit: Unit, body: dict[str, Any]) -> Any:
        """Say again what was said of these things; receivers take a repeat for what it is."""
        if body["kind"] == _EVENT:
            return {"said": _send_again(unit, service.metadata, body["ids"])}
        if service.say_again is None:
            raise NOT_FOUND()
        return {"said": service.say_again(unit, body["kind"], body["ids"])}

    return door


def install(app: Flask, service: Service) -> None:
    """The audit: a stream, a fact a line. Its last line says how many came before, so that a cut is noticed."""

    @app.get("/internal/audit")
    def audit() -> Response:
        by = principal_with((AUDITOR,))
        engine = current_app.extensions["bangkom"].engine
        # One snapshot for all facts, or what moves while they are read would look broken.
        still = engine.execution_options(isolation_level="REPEATABLE READ")
        return Response(_lines(service, still, by), content_type="application/x-ndjson")


def _lines(service: Service, engine: Any, by: Principal) -> Iterator[bytes]:
    count = 0
    with unit_of(engine, service.name, by) as unit:
        unit.db.execute(text("SET TRANSACTION READ ONLY"))
        own = service.audit(unit) if service.audit else iter(())
        common = common_facts(service, unit) if service.metadata is not None else iter(())
        for fact in chain(own, common):
            count += 1
            yield json.encode(fact, enc_hook=str) + b"\n"
    yield json.encode({"fact": "end", "service": service.name, "lines": count}) + b"\n"


def common_facts(service: Service, unit: Unit) -> Iterator[dict[str, Any]]:
    """What is said, heard, unsent and dead, of every service that has a database."""
    assert service.metadata is not None
    tables = service.metadata.tables
    outbox, inbox = tables["outbox"], tables["inbox"]
    sent = (
        select(outbox.c.event_id, outbox.c.type, outbox.c.sent_at)
        .where(outbox.c.sent_at > _SENT_FOR)
        .execution_options(yield_per=_SLICE)
    )
    for event_id, kind, sent_at in unit.db.execute(sent):
        yield {"fact": "sent", "event_id": event_id, "type": kind, "service": service.name, "sent_at": sent_at}
    claimed = select(inbox.c.event_id).where(inbox.c.at > _CLAIMED_FOR).execution_options(yield_per=_SLICE)
    for (event_id,) in unit.db.execute(claimed):
        yield {"fact": "claimed", "event_id": event_id, "service": service.name}
    unsent, oldest = unit.db.execute(
        select(func.count(), func.min(outbox.c.at)).where(outbox.c.sent_at.is_(None), outbox.c.parked_at.is_(None))
    ).one()
    parked = unit.db.scalar(select(func.count()).where(outbox.c.parked_at.is_not(None), outbox.c.sent_at.is_(None)))
    yield {"fact": "outbox", "service": service.name, "unsent": unsent, "parked": parked, "oldest": oldest}
    dead = tables.get("dead_letter")
    if dead is not None:
        for (letter_id,) in unit.db.execute(select(dead.c.letter_id).execution_options(yield_per=_SLICE)):
            yield {"fact": "dead", "event_id": letter_id, "service": service.name}


def _send_again(unit: Unit, metadata: MetaData | None, event_ids: list[UUID]) -> int:
    """Give these outbox rows back to the relay."""
    if metadata is None:
        return 0
    outbox = metadata.tables["outbox"]
    given = unit.db.scalars(
        update(outbox)
        .where(outbox.c.event_id.in_(event_ids))
        .values(sent_at=None, parked_at=None, next_at=None, attempts=0)
        .returning(outbox.c.event_id)
    ).all()
    return len(given)
