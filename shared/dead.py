"""The dead letters of a service: look at them, and give them to it again once the cause is mended.

In memory mode they are rows of the service's own database, so this works from another shell as well.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from shared import envelope
from shared.line import ATTEMPT, ERROR, FIRST_FAILED_AT, event_headers
from shared.memory import is_memory
from shared.service import Service
from shared.tables import metadata
from shared.topology import Names, broker

MOST = 1_000
_SHARED = metadata("any")
_DEAD = _SHARED.tables["dead_letter"]
_WAITING = _SHARED.tables["waiting"]


@dataclass(frozen=True)
class DeadLetter:
    """One message given up. `letter_id` is its event's id, or a digest where it has none; `data` may hold personal
    data."""

    letter_id: str
    service: str
    type: str
    error: str
    attempts: int
    first_failed_at: str
    data: bytes


def list_dead(service: Service, engine: Engine | None, broker_url: str, names: Names | None = None) -> list[DeadLetter]:
    """The dead letters of a service, oldest first, at most MOST. The engine is needed in memory mode only."""
    if is_memory(broker_url):
        if engine is None:
            raise ValueError("in memory mode dead letters are rows of the service's database")
        with engine.connect() as connection:
            rows = connection.execute(select(_DEAD).order_by(_DEAD.c.at).limit(MOST)).all()
        return [_letter(service, row.headers, row.data) for row in rows]
    found: list[DeadLetter] = []

    def look(message: Any, _publish: Callable[[Any], None]) -> bool:
        found.append(_letter(service, message.headers, _body(message)))
        return False

    _browse(service, broker_url, names, look)
    return found


def show_dead(
    service: Service, engine: Engine, broker_url: str, letter_id: str, names: Names | None = None
) -> DeadLetter | None:
    """One dead letter with its data; None where there is none of that name."""
    for letter in list_dead(service, engine, broker_url, names):
        if letter.letter_id == letter_id:
            return letter
    return None


def replay_dead(
    service: Service,
    engine: Engine,
    broker_url: str,
    letter_ids: Sequence[str] | None = None,
    names: Names | None = None,
) -> int:
    """Give dead letters (None: all) to the service again, with no attempt counted; answers how many. A letter that
    can't be read would come straight back, so it stays where it is unless it is named."""
    if is_memory(broker_url):
        return _replay_rows(engine, letter_ids)
    names = names or Names()
    queue, count = names.queue(service.name), 0

    def give(message: Any, publish: Callable[..., None]) -> bool:
        nonlocal count
        if not _wanted(envelope.letter_id(message.headers or {}, _body(message)), letter_ids):
            return False
        # Confirmed before the dead letter is acknowledged: a crash in between makes it two, never none.
        publish(_body(message), message.content_type, dict(event_headers(message.headers or {})), queue)
        count += 1
        return True

    _browse(service, broker_url, names, give)
    return count


def _wanted(letter_id: str, letter_ids: Sequence[str] | None) -> bool:
    return letter_id in letter_ids if letter_ids is not None else not letter_id.startswith("sha256-")


def _browse(
    service: Service, broker_url: str, names: Names | None, each: Callable[[Any, Callable[..., None]], bool]
) -> None:
    """Give each message of the dead-letter queue to `each`, which says whether it may go; the others go back in
    order."""
    names = names or Names()
    with broker(broker_url) as connection:
        channel, out = connection.channel(), connection.channel()

        def publish(body: bytes, content_type: str | None, headers: dict[str, Any], queue: str) -> None:
            message = out.prepare_message(
                body, content_type=content_type, headers=headers, properties={"delivery_mode": 2}
            )
            # By way of the shortest wait: there a service's user may write to its own queue, and past it to none.
            wait = names.wait(min(names.steps))
            out.basic_publish(message, exchange=wait, routing_key=queue, mandatory=True, confirm_timeout=10)

        for message in _messages(channel, names.dead_queue(service.name)):
            if each(message, publish):
                channel.basic_ack(message.delivery_tag)
        channel.close()


def _messages(channel: Any, queue: str) -> Iterator[Any]:
    for _ in range(MOST):
        got = channel.basic_get(queue, no_ack=False)
        if got is None:
            return
        yield channel.message_to_python(got)


def _replay_rows(engine: Engine, letter_ids: Sequence[str] | None) -> int:
    count = 0
    with engine.begin() as connection:
        rows = connection.execute(select(_DEAD).order_by(_DEAD.c.at).limit(MOST).with_for_update()).all()
        for row in rows:
            if row.letter_id.startswith("sha256-") or not _wanted(row.letter_id, letter_ids):
                continue
            content_type = row.headers.get("content-type")
            values = {
                "event_id": row.letter_id,
                "type": row.type,
                "headers": {**dict(event_headers(row.headers)), "content-type": content_type},
                "data": row.data,
                "next_at": datetime.now(UTC),
            }
            connection.execute(
                upsert(_WAITING).values(values).on_conflict_do_update(index_elements=["event_id"], set_=values)
            )
            connection.execute(delete(_DEAD).where(_DEAD.c.letter_id == row.letter_id))
            count += 1
    return count


def _letter(service: Service, headers: Any, data: bytes) -> DeadLetter:
    headers = headers or {}
    return DeadLetter(
        letter_id=envelope.letter_id(headers, data),
        service=service.name,
        type=str(headers.get("cloudEvents_type") or headers.get("cloudEvents:type") or ""),
        # Without our mark the broker itself gave the message up, at the delivery limit.
        error=str(headers.get(ERROR) or "delivered too often"),
        attempts=int(headers.get(ATTEMPT) or 0),
        first_failed_at=str(headers.get(FIRST_FAILED_AT) or ""),
        data=data,
    )


def _body(message: Any) -> bytes:
    return message.body.encode() if isinstance(message.body, str) else bytes(message.body)
