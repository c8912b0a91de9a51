"""A relay or a consumer as a process of its own, for bench.bus: `python -m bench.part relay|consume|by_hand DATABASE
PREFIX`."""

import signal
import sys
from functools import partial
from threading import Event
from typing import Any

from sqlalchemy import create_engine

from bench.limits import consume_by_hand
from bench.stage import AMQP_URL, SERVICE
from shared.consumer import Consumer
from shared.line import Line
from shared.observe import logs
from shared.publisher import Publisher
from shared.relay import Relay
from shared.topology import Names


def main() -> None:
    part, url, prefix = sys.argv[1:4]
    logs("error")
    names, engine = Names(prefix=prefix), create_engine(url)
    ended = Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    loop: Any
    if part == "by_hand":
        consume_by_hand(engine, names, ended)
        return
    if part == "relay":
        loop = Relay("bench", engine, partial(Publisher, AMQP_URL, names))
    else:
        loop = Consumer(SERVICE, engine, partial(Line, AMQP_URL, SERVICE, names))
    loop.start()
    ended.wait()
    loop.stop()
    loop.join(20)


if __name__ == "__main__":
    main()
