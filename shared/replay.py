"""Send again what was already said: after a restore, at the start of the memory mode, or for a service that was
repaired."""

from datetime import datetime

from sqlalchemy import Engine, text

from shared.outbox import CHANNEL

_SLICE = 5_000
_UNSEND = text(
    "UPDATE outbox SET sent_at = NULL, parked_at = NULL, attempts = 0, next_at = NULL WHERE position IN ("
    " SELECT position FROM outbox WHERE position > :after AND at >= :since"
    " AND (sent_at IS NOT NULL OR parked_at IS NOT NULL) AND (CAST(:until AS timestamptz) IS NULL OR at < :until)"
    " ORDER BY position LIMIT :slice) RETURNING position"
)


def replay(engine: Engine, since: datetime, until: datetime | None = None) -> int:
    """Mark the events said since then (aware) as unsent, so that the relay sends them again; answers how many.

    Receivers drop what they handled already: their inboxes know the last 30 days, their item keys all of it.
    """
    count, after = 0, 0
    while True:
        with engine.begin() as connection:
            positions = connection.scalars(
                _UNSEND, {"after": after, "since": since, "until": until, "slice": _SLICE}
            ).all()
            connection.execute(text(f"NOTIFY {CHANNEL}"))
        count += len(positions)
        if len(positions) < _SLICE:
            return count
        after = max(positions)
