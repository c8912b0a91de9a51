"""What a test leaves on the broker: nothing."""

from collections.abc import Sequence

from shared.service import Service
from shared.topology import Exchange, Names, Queue, broker, plan


def take_down(url: str, services: Sequence[Service], names: Names) -> None:
    """Delete the queues and exchanges of these services, queues first; what is not there is no error."""
    parts = [*plan(services, names), Exchange(names.applied, "fanout")]
    with broker(url) as connection:
        channel = connection.channel()
        for part in parts:
            if isinstance(part, Queue):
                channel.queue_delete(part.name)
        for part in parts:
            if isinstance(part, Exchange):
                channel.exchange_delete(part.name)
