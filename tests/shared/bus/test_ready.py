"""A worker is ready when its relay and its consumer can both do their work."""

from typing import Any

from flask import Flask

from shared.cli.run import checks
from shared.relay import Relay
from shared.service import Service
from shared.topology import broker
from shared.web import health
from shared.work import Worker
from tests.shared.bus.fixtures import Toys, until
from tests.shared.bus.proxy import Proxy
from tests.shared.bus.test_relay import Broker
from tests.shared.bus.toys import TOY_ASK


def told(worker: Worker) -> tuple[int, Any]:
    """What /ready of a worker process answers now."""
    app = Flask(__name__)
    health.install(app, checks(worker, lambda: None))
    answer = app.test_client().get("/ready")
    return answer.status_code, answer.get_json()


def hears(toys: Toys, name: str) -> bool:
    """Whether somebody consumes a toy's queue. The broker closes the channel where there is no such queue."""
    with broker(toys.url) as connection:
        channel: Any = connection.channel()
        return bool(channel.queue_declare(queue=toys.names.queue(name), passive=True).consumer_count)


def test_a_worker_that_hears_but_can_not_say_anything_is_not_ready(rabbit: Toys) -> None:
    rabbit.declare()
    # Without this exchange no relay publishes; consumers don't look at it.
    with broker(rabbit.url) as connection:
        connection.channel().exchange_delete(rabbit.names.applied)
    worker = rabbit.worker("toyask")
    until(lambda: hears(rabbit, "toyask"))
    until(lambda: worker.ready()["database"])
    assert told(worker) == (503, {"ready": False, "checks": {"database": True, "broker": False}})
    rabbit.declare()
    until(lambda: all(worker.ready().values()))
    assert told(worker) == (200, {"ready": True, "checks": {"database": True, "broker": True}})


def test_a_worker_that_hears_nothing_is_as_ready_as_its_relay(rabbit: Toys, broker_door: tuple[Proxy, str]) -> None:
    proxy, url = broker_door
    rabbit.declare()
    mute = Service(name="toyask", title="Toy", metadata=TOY_ASK.metadata)
    worker = Worker(mute, rabbit.engines["toyask"], url, names=rabbit.names)
    rabbit.workers.append(worker)
    worker.start()
    until(lambda: all(worker.ready().values()))
    proxy.cut()
    until(lambda: worker.ready() == {"database": True, "broker": False})
    assert told(worker) == (503, {"ready": False, "checks": {"database": True, "broker": False}})
    proxy.mend()
    until(lambda: all(worker.ready().values()))


def test_a_relay_that_lost_its_database_says_so(rabbit: Toys, database_door: tuple[Proxy, Any]) -> None:
    proxy, behind = database_door
    relay = Relay("toyask", behind["toyask"], Broker().open)
    relay.start()
    until(lambda: relay.database_up and relay.broker_up)
    proxy.cut()
    until(lambda: not relay.database_up and not relay.broker_up)
    proxy.mend()
    until(lambda: relay.database_up and relay.broker_up)
    relay.stop()
    assert relay.join(10)


def test_a_worker_whose_relay_stands_by_is_ready(rabbit: Toys) -> None:
    rabbit.declare()
    active, standby = rabbit.worker("toyask"), rabbit.worker("toyask")
    until(lambda: all(active.ready().values()) and all(standby.ready().values()))
    assert sorted(worker._relay.standby for worker in (active, standby)) == [False, True]
