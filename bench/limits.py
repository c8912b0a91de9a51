"""The limits, by hand: a consumer that does nothing but executemany, and a hop without an outbox."""

import socket
import subprocess
import sys
import threading
import time
from typing import Any
from uuid import UUID

import amqp
import msgspec
import pika
from sqlalchemy import Engine

from bench.stage import AMQP_URL, INSERT_EFFECT, Said, Stage, messages, until
from shared import envelope
from shared.codec import encode
from shared.ids import new_id
from shared.publisher import parameters_of
from shared.relay import dedicated
from shared.topology import Names, broker

_CLAIM = "INSERT INTO inbox (event_id) SELECT unnest(%s::uuid[]) ON CONFLICT DO NOTHING RETURNING event_id"
_BATCH = 200


def chain_by_hand(on: Stage, count: int, relay: list[str]) -> float:
    """The same relay, with the fastest consumer there is behind it."""
    from bench.peers import _drain

    on.clear()
    on.fill_outbox(count)
    url = on.hears.url.render_as_string(hide_password=False)
    consume = [sys.executable, "-m", "bench.part", "by_hand", url, on.names.prefix]
    with subprocess.Popen(consume) as consumer, subprocess.Popen(relay) as sender:
        rate = _drain(on, count)
        sender.terminate()
        consumer.terminate()
    return rate


def consume_by_hand(engine: Engine, names: Names, ended: threading.Event) -> None:
    """Batches of 200, inbox claimed in one statement, effects by executemany, one commit, one acknowledgement."""
    connection = _plain(engine)
    line = broker(AMQP_URL)
    line.connect()  # type: ignore[no-untyped-call]
    channel: Any = line.channel()  # type: ignore[no-untyped-call]
    buffer: list[amqp.Message] = []
    channel.basic_qos(0, 400, False)
    channel.basic_consume(names.queue("bench"), callback=buffer.append)
    while not ended.is_set():
        try:
            line.drain_events(timeout=0.25)  # type: ignore[no-untyped-call]
            while len(buffer) < _BATCH:
                line.drain_events(timeout=0)  # type: ignore[no-untyped-call]
        except TimeoutError:
            pass
        if not buffer:
            continue
        batch, buffer[:] = buffer[:_BATCH], buffer[_BATCH:]
        said = {
            UUID(message.headers["cloudEvents_id"]): msgspec.json.decode(message.body, type=Said) for message in batch
        }
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(_CLAIM, (sorted(said),))
            fresh = [said[row[0]] for row in cursor.fetchall()]
            cursor.executemany(INSERT_EFFECT, [(each.said_id, each.amount) for each in fresh])
        channel.basic_ack(batch[-1].delivery_tag, multiple=True)
    line.close()  # type: ignore[no-untyped-call]


def hop_by_hand(on: Stage, count: int) -> list[float]:
    """Seconds from a direct publish to the commit of its effect: what an outbox has to be compared with."""
    on.clear()
    done: list[float] = []
    connection = _plain(on.hears)
    ended = threading.Event()

    def consume() -> None:
        line = broker(AMQP_URL)
        line.connect()  # type: ignore[no-untyped-call]
        channel: Any = line.channel()  # type: ignore[no-untyped-call]

        def received(message: Any) -> None:
            said = msgspec.json.decode(message.body, type=Said)
            with connection.transaction():
                connection.execute(_CLAIM, ([UUID(message.headers["cloudEvents_id"])],))
                connection.execute(INSERT_EFFECT, (said.said_id, said.amount))
            done.append(time.perf_counter())
            channel.basic_ack(message.delivery_tag)

        channel.basic_qos(0, 100, False)
        channel.basic_consume(on.queue, callback=received)
        while not ended.is_set():
            try:
                line.drain_events(timeout=0.25)  # type: ignore[no-untyped-call]
            except (TimeoutError, socket.timeout):  # noqa: UP041
                continue
        line.close()  # type: ignore[no-untyped-call]

    consumer = threading.Thread(target=consume, daemon=True)
    consumer.start()
    sender = pika.BlockingConnection(parameters_of(AMQP_URL))
    channel = sender.channel()
    times = []
    from datetime import UTC, datetime

    for at, said in enumerate(messages(count + 20)):
        expected = len(done) + 1
        headers = envelope.headers(str(new_id()), Said.TYPE, said.key, datetime.now(UTC), None)
        properties = pika.BasicProperties(content_type=envelope.JSON, headers=headers, delivery_mode=2)
        began = time.perf_counter()
        channel.basic_publish(on.names.events, Said.TYPE, encode(said), properties)
        until(lambda expected=expected: len(done) >= expected, 0.0002)  # type: ignore[misc]
        if at >= 20:
            times.append(done[-1] - began)
        sender.process_data_events(0)
        time.sleep(0.004)
    ended.set()
    consumer.join(10)
    sender.close()
    connection.close()
    return times


def _plain(engine: Engine) -> Any:
    connection = dedicated(engine)
    connection.execute("SET synchronous_commit = on")
    return connection
