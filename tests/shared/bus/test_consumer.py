"""What fails waits and comes back; what can't be read or fails too often is given up, alone; the rest goes on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared import dead, envelope
from shared.consumer import Limits
from shared.envelope import TRACEPARENT
from shared.ids import new_id
from shared.replay import replay
from shared.service import Service
from shared.topology import broker
from shared.unit import Unit
from shared.work import Worker
from tests.shared.bus.fixtures import STEPS, Toys, until
from tests.shared.bus.toys import TOY_ANSWER, TOY_ASK, Asked, Item, Whispered, ask, count, heard

Handler = Callable[[Unit, Any], None]
AT = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


def answering(toys: Toys, handler: Handler, limits: Limits | None = None) -> None:
    """Start both toys, the answering one with another handler."""
    toys.declare()
    toys.worker("toyask")
    service: Service = replace(TOY_ANSWER, subscriptions={**TOY_ANSWER.subscriptions, Asked: handler})
    worker = Worker(
        service, toys.engines["toyanswer"], toys.url, names=toys.names, limits=limits or Limits(tries=3, steps=STEPS)
    )
    worker.start()
    toys.workers.append(worker)


def test_a_question_is_answered_over_either_transport(toys: Toys) -> None:
    toys.both()
    for at in range(30):
        toys.ask(f"t{at}", 3)
    toys.all_answered()
    assert set(heard(toys.engines["toyask"]).values()) == {1}
    assert toys.dead("toyanswer") == 0


def test_a_message_that_fails_for_a_while_is_handled_in_the_end(toys: Toys) -> None:
    seen: list[str] = []

    def moody(unit: Unit, event: Asked) -> None:
        if event.topic == "moody" and seen.count(event.topic) < 2:
            seen.append(event.topic)
            raise RuntimeError("not now")
        TOY_ANSWER.subscriptions[Asked](unit, event)

    answering(toys, moody)
    toys.ask("moody")
    for at in range(10):
        toys.ask(f"t{at}")
    toys.all_answered()
    assert seen == ["moody", "moody"]
    assert toys.dead("toyanswer") == 0


def test_a_message_that_always_fails_is_given_up_and_can_be_given_again(toys: Toys) -> None:
    ill = [True]

    def sick(unit: Unit, event: Asked) -> None:
        if ill[0] and event.topic == "sick":
            raise RuntimeError("ill")
        TOY_ANSWER.subscriptions[Asked](unit, event)

    answering(toys, sick)
    toys.ask("sick")
    toys.ask("well")
    until(lambda: toys.dead("toyanswer") == 1)
    arguments = (TOY_ANSWER, toys.engines["toyanswer"], toys.url)
    [letter] = dead.list_dead(*arguments, toys.names)
    assert (letter.type, letter.attempts) == (Asked.TYPE, 3)
    # Where it was, and none of the error's words.
    assert letter.error.startswith("RuntimeError at tests.shared.bus.test_consumer:")
    assert "ill" not in letter.error
    assert dead.show_dead(*arguments, letter.letter_id, toys.names) == letter
    assert dead.show_dead(*arguments, "another", toys.names) is None
    ill[0] = False
    assert dead.replay_dead(*arguments, ["another"], toys.names) == 0
    assert dead.replay_dead(*arguments, [letter.letter_id], toys.names) == 1
    toys.all_answered()
    assert toys.dead("toyanswer") == 0


def test_what_refers_to_something_not_yet_heard_waits_longer_than_a_failure(toys: Toys) -> None:
    toys.both(Limits(tries=1, not_yet=100, steps=STEPS))
    later = toys.ask("later", note="later")
    toys.ask("now")
    toys.all_answered()
    assert later[0] not in heard(toys.engines["toyask"])
    ask(toys.engines["toyask"], Whispered(topic="later"))
    until(lambda: later[0] in heard(toys.engines["toyask"]))
    assert toys.dead("toyanswer") == 0


def test_not_yet_has_an_end_as_well(toys: Toys) -> None:
    toys.both(Limits(tries=1, not_yet=2, steps=STEPS))
    toys.ask("never", note="later")
    until(lambda: toys.dead("toyanswer") == 1)


def test_a_passing_error_burns_no_attempt(toys: Toys) -> None:
    tries = [0]

    def locked(unit: Unit, event: Asked) -> None:
        tries[0] += 1
        if tries[0] < 8:
            unit.db.execute(text("DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$"))
        TOY_ANSWER.subscriptions[Asked](unit, event)

    answering(toys, locked, Limits(tries=1, steps=STEPS))
    toys.ask("deadlock")
    toys.all_answered()
    assert tries[0] == 8
    assert toys.dead("toyanswer") == 0


def test_an_error_at_commit_finds_its_message(toys: Toys) -> None:
    with toys.engines["toyanswer"].begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE IF NOT EXISTS toy_late (topic text CHECK (topic <> ''), other text,"
                " CONSTRAINT late UNIQUE (other) DEFERRABLE INITIALLY DEFERRED)"
            )
        )
        connection.execute(text("TRUNCATE toy_late"))

    def late(unit: Unit, event: Asked) -> None:
        other = "same" if event.topic in ("a", "b") else event.topic
        unit.db.execute(text("INSERT INTO toy_late VALUES (:t, :o)"), {"t": event.topic, "o": other})
        TOY_ANSWER.subscriptions[Asked](unit, event)

    for topic in ("a", "b", *"cdefgh"):
        toys.ask(topic)
    answering(toys, late, Limits(tries=1, steps=STEPS))
    until(lambda: toys.dead("toyanswer") == 1)
    until(lambda: len(heard(toys.engines["toyask"])) == 7)


def test_the_trace_goes_through_the_handler_and_on(toys: Toys) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    toys.both()
    token = TRACEPARENT.set(trace)
    toys.ask("traced")
    TRACEPARENT.reset(token)
    toys.all_answered()
    with toys.engines["toyanswer"].connect() as connection:
        said = connection.scalar(text("SELECT traceparent FROM outbox"))
    assert said
    assert said != trace
    assert said.split("-")[1] == trace.split("-")[1]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"nonsense"),
        (envelope.headers("no-uuid", Asked.TYPE, "k", AT, None), b'{"topic":"t","things":[]}'),
        (envelope.headers(str(new_id()), "bangkom.of.nobody.v9", "k", AT, None), b"{}"),
        (envelope.headers(str(new_id()), Asked.TYPE, "k", AT, None), b'{"topic": 7}'),
    ],
)
def test_what_cannot_be_read_is_given_up_at_once_and_the_queue_goes_on(
    rabbit: Toys, headers: dict[str, Any], body: bytes
) -> None:
    rabbit.declare()
    with broker(rabbit.url) as connection:
        channel: Any = connection.channel()
        message = channel.prepare_message(body, content_type=envelope.JSON, headers=headers)
        channel.basic_publish(message, exchange="", routing_key=rabbit.names.queue("toyanswer"))
    rabbit.both()
    rabbit.ask("next")
    rabbit.all_answered()
    until(lambda: rabbit.dead("toyanswer") == 1)
    [letter] = dead.list_dead(TOY_ANSWER, rabbit.engines["toyanswer"], rabbit.url, rabbit.names)
    assert letter.error.startswith("unreadable")
    assert letter.data == body


def test_an_event_this_service_does_not_hear_is_let_go(rabbit: Toys) -> None:
    rabbit.declare()
    with broker(rabbit.url) as connection:
        channel: Any = connection.channel()
        headers = envelope.headers(str(new_id()), Asked.TYPE, "k", AT, None)
        message = channel.prepare_message(b'{"topic":"t","things":[]}', content_type=envelope.JSON, headers=headers)
        channel.basic_publish(message, exchange="", routing_key=rabbit.names.queue("toyask"))
    rabbit.both()
    rabbit.ask("next")
    rabbit.all_answered()
    assert rabbit.dead("toyask") == 0
    assert count(rabbit.engines["toyask"], "inbox") == 1


def test_a_week_can_be_said_again_and_changes_nothing(toys: Toys) -> None:
    toys.both()
    for at in range(20):
        toys.ask(f"t{at}")
    toys.all_answered()
    now = datetime.now(UTC)
    assert replay(toys.engines["toyask"], now + timedelta(hours=1)) == 0
    assert replay(toys.engines["toyask"], now - timedelta(days=7)) == 20
    toys.ask("after")
    toys.all_answered()
    assert set(heard(toys.engines["toyask"]).values()) == {1}
    assert count(toys.engines["toyanswer"], "inbox") == 21


def test_a_memory_worker_without_its_queue_does_not_start_to_lose(in_memory: Toys) -> None:
    worker = in_memory.worker("toyask")
    in_memory.ask("early")
    until(lambda: worker.ready()["database"])
    assert not worker.ready()["broker"]
    assert count(in_memory.engines["toyask"], "outbox", "sent_at IS NULL") == 1
    in_memory.declare()
    in_memory.worker("toyanswer")
    in_memory.all_answered()


def test_items_of_one_event_are_many_statements_short_of_many_events(toys: Toys) -> None:
    toys.both()
    ids = [new_id() for _ in range(1_234)]
    ask(toys.engines["toyask"], Asked(topic="many", things=tuple(Item(item_id=each) for each in ids)))
    assert count(toys.engines["toyask"], "outbox") == 3
    toys.asked.update(ids)
    toys.all_answered()
    assert TOY_ASK.name
