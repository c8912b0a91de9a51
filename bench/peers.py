"""What the same work costs in Celery and FastStream, set up kindly: quorum queues, confirms, late acknowledgement.

Run as a module it is a peer's worker: `python -m bench.peers faststream QUEUE DATABASE`.
"""

import asyncio
import os
import subprocess
import sys
import time
from typing import Any
from uuid import UUID

from bench.stage import AMQP_URL, INSERT_EFFECT, Stage, messages, until
from shared.ids import new_id

_INBOX = "INSERT INTO inbox (event_id) VALUES (%s) ON CONFLICT DO NOTHING"
PREFETCH = 100


def celery_app(queue: str) -> Any:
    from celery import Celery
    from kombu.entity import Queue

    queue_of: Any = Queue
    app = Celery("peer", broker=AMQP_URL.replace("amqp://", "pyamqp://"))
    app.conf.update(
        task_queues=[queue_of(queue, durable=True, queue_arguments={"x-queue-type": "quorum"})],
        task_default_queue=queue,
        task_default_queue_type="quorum",
        broker_transport_options={"confirm_publish": True},
        worker_detect_quorum_queues=True,
        broker_native_delayed_delivery_queue_type="quorum",
        task_acks_late=True,
        task_ignore_result=True,
        worker_prefetch_multiplier=PREFETCH,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        task_send_sent_event=False,
    )
    return app


def _celery_publish(queue: str, count: int) -> float:
    app = celery_app(queue)
    bodies = [_body(said) for said in messages(count)]
    with app.producer_or_acquire() as producer:
        app.send_task("bench.said", args=[str(new_id()), bodies[0]], producer=producer)
        began = time.perf_counter()
        for body in bodies:
            app.send_task("bench.said", args=[str(new_id()), body], producer=producer)
        return time.perf_counter() - began


def celery(stage: Stage, count: int) -> tuple[float, float]:
    """Messages a second: published one by one with confirm, and consumed with inbox and effect by two processes."""
    queue = f"{stage.names.prefix}.celery"
    _fresh(queue)
    stage.clear()
    seconds = _celery_publish(queue, count)
    environment = {**os.environ, "BENCH_QUEUE": queue, "BENCH_DATABASE": _plain(stage)}
    worker = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "bench.peer_celery", "worker", "--concurrency=2"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "ERROR"),
        ],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return count / seconds, _drain(stage, count)
    finally:
        _end(worker)
        _fresh(queue, again=False)


async def _faststream_publish(queue: str, count: int) -> float:
    from faststream.rabbit import QueueType, RabbitBroker, RabbitQueue

    async with RabbitBroker(AMQP_URL) as broker:
        await broker.declare_queue(RabbitQueue(queue, durable=True, queue_type=QueueType.QUORUM))
        bodies = [_body(said) for said in messages(count)]
        began = time.perf_counter()
        for body in bodies:
            await broker.publish(body, queue=queue, persist=True, message_id=str(new_id()))
        return time.perf_counter() - began


def faststream(stage: Stage, count: int) -> tuple[float, float]:
    """Messages a second: published one by one with confirm, and consumed with inbox and effect by one process."""
    queue = f"{stage.names.prefix}.faststream"
    _fresh(queue)
    stage.clear()
    seconds = asyncio.run(_faststream_publish(queue, count))
    worker = subprocess.Popen(
        [sys.executable, "-m", "bench.peers", "faststream", queue, _plain(stage)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        return count / seconds, _drain(stage, count)
    finally:
        _end(worker)
        _fresh(queue, again=False)


def _drain(stage: Stage, count: int) -> float:
    """The rate between the first fifth and the end, so that a worker's start does not count."""
    first = count // 5
    until(lambda: stage.effects() >= first)
    began, from_count = time.perf_counter(), stage.effects()
    until(lambda: stage.effects() >= count)
    return (count - from_count) / (time.perf_counter() - began)


def _body(said: Any) -> dict[str, Any]:
    return {"said_id": str(said.said_id), "amount": said.amount, "note": said.note}


def _plain(stage: Stage) -> str:
    return stage.hears.url.set(drivername="postgresql").render_as_string(hide_password=False)


def _fresh(queue: str, again: bool = True) -> None:
    from shared.topology import broker

    with broker(AMQP_URL) as connection:
        channel = connection.channel()
        channel.queue_delete(queue)
        if again:
            channel.queue_declare(queue=queue, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"})


def _end(worker: "subprocess.Popen[bytes]") -> None:
    worker.terminate()
    try:
        worker.wait(15)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait(5)


def _run_faststream(queue: str, database: str) -> None:
    from faststream import AckPolicy, FastStream
    from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitMessage, RabbitQueue
    from psycopg_pool import AsyncConnectionPool

    broker = RabbitBroker(AMQP_URL)
    pool = AsyncConnectionPool(database, min_size=4, max_size=8, open=False)
    app = FastStream(broker)

    @app.on_startup
    async def start() -> None:
        await pool.open()

    @broker.subscriber(
        RabbitQueue(queue, durable=True, queue_type=QueueType.QUORUM),
        channel=Channel(prefetch_count=PREFETCH),
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def on_said(body: dict[str, Any], message: RabbitMessage) -> None:
        async with pool.connection() as connection:
            done = await connection.execute(_INBOX, (UUID(message.message_id),))
            if done.rowcount:
                await connection.execute(INSERT_EFFECT, (UUID(body["said_id"]), body["amount"]))

    # Its own annotations are what the library reads; postponed ones would have to be found in this function.
    asyncio.run(app.run())


if __name__ == "__main__":
    _run_faststream(*sys.argv[2:4])
