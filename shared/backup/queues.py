"""What a broker still holds when the whole house goes back to an earlier moment: messages of a time that is gone."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from shared.backup.refusal import Refusal
from shared.memory import is_memory
from shared.service import Service
from shared.topology import Names, broker


def queues(services: Sequence[Service], names: Names) -> Iterator[str]:
    """Every queue from which a service is told something; dead letters stay for a person to look at."""
    yield from (names.queue(service.name) for service in services if service.subscriptions)
    yield from (names.wait(step) for step in names.steps)


def within_reach(url: str) -> None:
    """Refusal where the broker can't be reached now."""
    with _connected(url):
        pass


def purge(url: str, services: Sequence[Service], names: Names | None = None) -> int:
    """Empty those queues; answers how many messages went. One that does not exist yet is empty."""
    gone = 0
    with _connected(url) as connection:
        if connection is None:
            return 0
        for queue in queues(services, names or Names()):
            channel = connection.channel()
            try:
                gone += int(channel.queue_purge(queue) or 0)
            except connection.channel_errors as error:
                if getattr(error, "code", 0) != 404:
                    raise Refusal(
                        f"Antrean {queue} tidak dapat dikosongkan: {error}. Pakai pengguna RabbitMQ administrator.",
                        f"The queue {queue} can't be emptied: {error}. Use the administrator's RabbitMQ user.",
                    ) from error
            else:
                channel.close()
    return gone


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    if is_memory(url):
        yield None
        return
    connection: Any = broker(url)
    try:
        connection.connect()
    except (OSError, *connection.connection_errors) as error:
        raise Refusal(
            f"Broker tidak terjangkau ({type(error).__name__}); tidak ada yang diubah. Hidupkan RabbitMQ, "
            "atau pakai --no-broker bila RabbitMQ nanti mulai kosong.",
            f"The broker can't be reached ({type(error).__name__}); nothing was changed. Start RabbitMQ, "
            "or use --no-broker where it will start empty.",
        ) from error
    try:
        yield connection
    finally:
        connection.release()
