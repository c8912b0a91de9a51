"""A port for a process that a test starts."""

import random
import socket

_LOW, _HIGH = 15_000, 32_000
"""Below what Linux gives to outgoing connections: those of other tests could take a port between its choice and its
use."""


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens, chosen at random so that tests side by side hardly meet."""
    while True:
        port = random.SystemRandom().randrange(_LOW, _HIGH)
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
