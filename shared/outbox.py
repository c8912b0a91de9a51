"""emit(): the only way for a service to say something. A row in its own transaction; the relay does the rest."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, text

from shared.codec import encode
from shared.envelope import TRACEPARENT
from shared.events import MOST_ITEMS, Event
from shared.ids import new_id
from shared.tables import metadata

CHANNEL = "bangkom_outbox"
RELAY_LOCK = 0x62616E67_6B6F6D01
"""The advisory lock that makes one relay of a database the active one."""
BUSY_LOCK = 0x62616E67_6B6F6D02
"""The advisory lock that the relay holds while it has more to do than one batch."""

_OUTBOX = metadata("any").tables["outbox"]
_TOLD = "bangkom_outbox_told"
_HINT = text(
    f"CASE WHEN pg_try_advisory_lock_shared({BUSY_LOCK}) THEN"
    f" pg_advisory_unlock_shared({BUSY_LOCK})::text || pg_notify('{CHANNEL}', '')::text END"
)
# Made once: this is on every writer's path.
_SAY = insert(_OUTBOX)
_SAY_AND_TELL = insert(_OUTBOX).returning(_HINT)


def emit(db: Connection, event: Event) -> None:
    """Say `event` when this transaction commits; more than MOST_ITEMS items become several events, none says
    nothing."""
    rows = [_row(part) for part in _parts(event)]
    if not rows:
        return
    transaction = db.get_transaction()
    if transaction is None or db.info.get(_TOLD) is not transaction:
        # A NOTIFY makes commits queue up behind each other, so it is sent once a transaction and only to an idle relay,
        # which is one that does not hold the busy lock. It is a hint: a relay looks by itself as well.
        db.execute(_SAY_AND_TELL, rows[0])
        db.info[_TOLD] = db.get_transaction()
        rows = rows[1:]
    if rows:
        db.execute(_SAY, rows)


def _parts(event: Event) -> list[Event]:
    if event.ITEMS is None:
        return [event]
    items = event.items
    slices = [items[start : start + MOST_ITEMS] for start in range(0, len(items), MOST_ITEMS)]
    return [replace(event, **{event.ITEMS: part}) for part in slices]


def _row(event: Event) -> dict[str, Any]:
    return {
        "event_id": new_id(),
        "type": event.TYPE,
        "key": event.key,
        "items": len(event.items) or 1,
        "traceparent": TRACEPARENT.get(),
        "data": encode(event),
    }
