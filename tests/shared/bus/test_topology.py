"""What exists on the broker, and who gets what."""

from typing import Any

from shared import topology
from shared.topology import Binding, Names, Queue, broker, plan
from tests.shared.bus.fixtures import Toys, until
from tests.shared.bus.toys import SERVICES, TOY_ANSWER, TOY_ASK, Whispered, ask, count


def depth(toys: Toys, queue: str) -> int:
    with broker(toys.url) as connection:
        channel: Any = connection.channel()
        return int(channel.queue_declare(queue=queue, passive=True).message_count)


def test_check_names_what_is_missing_and_nothing_after_apply(rabbit: Toys) -> None:
    missing = topology.check(rabbit.url, SERVICES, rabbit.names)
    assert f"queue {rabbit.names.queue('toyask')} is missing" in missing
    rabbit.declare()
    rabbit.declare()
    assert topology.check(rabbit.url, SERVICES, rabbit.names) == []


def test_check_sees_other_arguments(rabbit: Toys) -> None:
    queue = rabbit.names.queue("toyask")
    with broker(rabbit.url) as connection:
        topology.declare(connection.channel(), [Queue(queue, {"x-queue-type": "quorum"})])
    assert f"queue {queue} has other arguments" in topology.check(rabbit.url, SERVICES, rabbit.names)


def test_personal_events_are_bound_only_where_they_are_heard() -> None:
    names = Names(prefix="p")
    bound = [(part.queue, part.key) for part in plan(SERVICES, names) if isinstance(part, Binding)]
    assert [queue for queue, key in bound if key.startswith("personal.")] == [names.queue("toyanswer")]
    events = [part.key for part in plan(SERVICES, names) if isinstance(part, Binding) and part.exchange == names.events]
    assert not any("*" in key or "#" in key for key in events)


def test_quorum_queues_lose_nothing_and_count_nothing_but_crashes() -> None:
    names = Names(prefix="p")
    queues = {part.name: part.arguments for part in plan([TOY_ASK, TOY_ANSWER], names) if isinstance(part, Queue)}
    assert {arguments["x-queue-type"] for arguments in queues.values()} == {"quorum"}
    own = queues[names.queue("toyask")]
    assert own["x-overflow"] == "reject-publish"
    assert own["x-dead-letter-strategy"] == "at-least-once"
    assert own["x-delivery-limit"] == 20
    assert queues[names.dead_queue("toyask")]["x-delivery-limit"] == 1_000_000
    assert queues[names.wait(3600)]["x-message-ttl"] == 3_600_000
    assert queues[names.wait(3600)]["x-dead-letter-exchange"] == ""


def test_what_nobody_hears_is_counted_in_unrouted(rabbit: Toys) -> None:
    # The toys are declared without the listener of whispers, so that nobody hears one.
    topology.apply(rabbit.url, [TOY_ASK], rabbit.names)
    rabbit.worker("toyask")
    ask(rabbit.engines["toyask"], Whispered(topic="psst"))
    until(lambda: depth(rabbit, rabbit.names.unrouted) == 1)
    until(lambda: count(rabbit.engines["toyask"], "outbox", "sent_at IS NULL") == 0)


def test_a_relay_waits_until_all_queues_are_declared(rabbit: Toys) -> None:
    rabbit.worker("toyask")
    rabbit.ask("early", 3)
    until(lambda: rabbit.workers[0].ready()["database"])
    assert not rabbit.workers[0].ready()["broker"]
    assert count(rabbit.engines["toyask"], "outbox", "sent_at IS NULL") == 1
    rabbit.declare()
    rabbit.worker("toyanswer")
    rabbit.all_answered()
