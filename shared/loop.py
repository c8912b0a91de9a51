"""A thread that lives until it is stopped and comes back, after a jittered pause, when something it needs goes away."""

import random
from threading import Event, Thread

import structlog

_LONGEST = 15.0
log = structlog.get_logger("bangkom.loop")


class Loop:
    """A subclass writes `live`, which returns when `self.stopping` is set and may raise anything at any time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.stopping = Event()
        self._tries = 0
        self._thread = Thread(target=self._run, name=name, daemon=True)

    def live(self) -> None:
        raise NotImplementedError

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask it to finish what it has in hand and end."""
        self.stopping.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; whether it came."""
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def well(self) -> None:
        """Say that it works, so that the next pause is a short one."""
        self._tries = 0

    def _run(self) -> None:
        # Its thread's lines, and those of what it calls, say whose they are.
        kind, _, service = self.name.partition(":")
        structlog.contextvars.bind_contextvars(service=service or kind)
        while not self.stopping.is_set():
            try:
                self.live()
            except Exception as error:  # noqa: BLE001 - whatever it was, a thread that stays away would be worse
                seconds = pause(self._tries)
                self._tries += 1
                log.warning("loop.again", loop=self.name, error=in_short(error), pause=round(seconds, 2))
                self.stopping.wait(seconds)


def pause(tries: int, first: float = 0.1, longest: float = _LONGEST) -> float:
    """Seconds to wait after that many tries: doubled each time, between half and the whole of it by chance."""
    return min(longest, first * 2.0 ** min(tries, 20)) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def in_short(error: BaseException) -> str:
    """What an error was, without the data it was about: those may be personal."""
    cause = getattr(error, "orig", None) or error
    state = getattr(cause, "sqlstate", None)
    return f"{type(cause).__name__} {state}" if state else type(cause).__name__
