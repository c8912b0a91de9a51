"""How often one client may ask: a bucket per client and process, refilled steadily, forgotten when full."""

import hashlib
import time
from collections import OrderedDict
from threading import Lock

_MOST_CLIENTS = 20_000
RETRY_AFTER = "5"
"""In seconds: what a client that asked too often is told to wait."""


class Limit:
    """`a_minute` requests on average, and a third of that at once."""

    def __init__(self, a_minute: int) -> None:
        self._a_second = a_minute / 60
        self._full = max(1.0, a_minute / 3)
        self._buckets: OrderedDict[bytes, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def allows(self, who: str, now: float | None = None) -> bool:
        """Whether a request of this client may go on; it counts."""
        now = time.monotonic() if now is None else now
        key = hashlib.blake2b(who.encode(errors="replace"), digest_size=16).digest()
        with self._lock:
            left, at = self._buckets.pop(key, (self._full, now))
            left = min(self._full, left + (now - at) * self._a_second)
            allowed = left >= 1
            self._buckets[key] = (left - 1 if allowed else left, now)
            while len(self._buckets) > _MOST_CLIENTS:
                self._buckets.popitem(last=False)
        return allowed
