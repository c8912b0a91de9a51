"""One worker as a process of its own, so that a test can kill it: `python -m tests.shared.bus.process NAME DB BROKER
PREFIX`.

With the broker `memory://` and the names of both services it is the whole in one process: `toyask,toyanswer DB1,DB2`.
"""

import signal
import sys
import threading

from sqlalchemy import create_engine

from shared import memory
from shared.consumer import Limits
from shared.observe import logs
from shared.topology import Names
from shared.work import Worker
from tests.shared.bus.fixtures import STEPS
from tests.shared.bus.toys import SERVICES, speaking


def main() -> None:
    chosen, databases, url, prefix = sys.argv[1:5]
    names = Names(prefix=prefix, steps=STEPS)
    logs("error")
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    with speaking():
        services = [next(service for service in SERVICES if service.name == name) for name in chosen.split(",")]
        if memory.is_memory(url):
            memory.declare(services, names)
        workers = [
            Worker(service, create_engine(database), url, names=names, limits=Limits(tries=3, steps=STEPS))
            for service, database in zip(services, databases.split(","), strict=True)
        ]
        for worker in workers:
            worker.start()
        print("started", flush=True)  # noqa: T201 - the test waits for this line
        ended.wait()
        for worker in workers:
            worker.stop()
        ended_well = [worker.join(20) for worker in workers]
        sys.exit(0 if all(ended_well) else 1)


if __name__ == "__main__":
    main()
