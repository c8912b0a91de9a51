"""Whether the process of this container can do its work: asks its /ready. Ends with 0 where it can, else with 1.

The container's health check, run every few seconds, so it loads as little as it can (`python -IS`).
"""

import os
import socket
import sys

WITHIN = 3.0


def answer(place: str) -> bytes | None:
    """What /ready at `host:port` begins its answer with; None where nobody listens."""
    port = int(place.rpartition(":")[2])
    try:
        connection = socket.create_connection(("127.0.0.1", port), WITHIN)
    except OSError:
        return None
    with connection:
        connection.settimeout(WITHIN)
        connection.sendall(b"GET /ready HTTP/1.0\r\nHost: localhost\r\n\r\n")
        return connection.recv(64)


def main() -> int:
    """A container runs a web process or a worker, never both: the one that listens is asked."""
    for name in ("BANGKOM_LISTEN", "BANGKOM_WORK_LISTEN"):
        try:
            said = answer(os.environ[name])
        except (KeyError, ValueError, OSError):
            continue
        if said is not None:
            return 0 if b" 200 " in said else 1
    return 1


if __name__ == "__main__":
    sys.exit(main())
