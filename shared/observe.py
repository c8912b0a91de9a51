"""Structured logs: a JSON object a line, with service, request id and trace, and without what people typed in.

Our own lines say what happened in names and figures. What a library or an error says in its own words may quote a
person's data, so of those only the words are kept that stand in the source: a template without its values, the type of
an error, and where in our own code it came from.
"""

import logging
import sys
import threading
from collections.abc import MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

from shared.envelope import TRACEPARENT, number_of
from shared.loop import in_short

_OURS = frozenset({"shared", "services", "plugins", "demo", "deploy", "tests"})
_MOST_PLACES = 8
_LARGEST = 10**9
"""A number below it can be a count, a port or a process, but no person's."""
_LEFT_OUT = "…"

Line = MutableMapping[str, Any]


def logs(level: str = "info", stream: TextIO | None = None, pretty: bool = False, service: str = "") -> None:
    """Structured logs on standard error, a JSON object a line; `pretty` for a person at a terminal. `service` is whose
    lines those are that belong to no request and no loop.

    The standard library's loggers go the same way, from warnings up.
    """

    def whose(_logger: Any, _method: str, event: Line) -> Line:
        event.setdefault("service", service)
        return event

    chain: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        whose,
        _numbers,
        _failure,
    ]
    rendered: Any = (
        structlog.dev.ConsoleRenderer(colors=False) if pretty else structlog.processors.JSONRenderer(default=_plain)
    )
    structlog.configure(
        processors=[*chain, rendered],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Foreign([*chain, rendered]))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def whole_process() -> None:
    """Let what nobody caught, and warnings, become lines as well: for a process that is all ours."""
    # What the logging module says when it fails itself would be the very values that it could not write.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    log = structlog.get_logger("bangkom.process")

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("process.failed", exc_info=error)

    def in_thread(failed: threading.ExceptHookArgs) -> None:
        if failed.exc_value is not None and not isinstance(failed.exc_value, SystemExit):
            name = failed.thread.name if failed.thread is not None else None
            log.critical("process.thread_failed", thread=name, exc_info=failed.exc_value)

    sys.excepthook = uncaught
    threading.excepthook = in_thread


def places(error: BaseException) -> list[str]:
    """Where in our own code an error came from, innermost last, at most eight places; the library's own last place
    where it came from none of ours."""
    found, last, trace = [], "", error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", "?"))
        last = f"{module}:{trace.tb_lineno} {trace.tb_frame.f_code.co_name}"
        if module.partition(".")[0] in _OURS:
            found.append(last)
        trace = trace.tb_next
    return found[-_MOST_PLACES:] or ([last] if last else [])


class _Foreign(logging.Formatter):
    """Lines of the standard library's loggers, which libraries and Flask write to."""

    def __init__(self, chain: list[Any]) -> None:
        super().__init__()
        self._chain = chain

    def format(self, record: logging.LogRecord) -> str:
        line: Any = {
            "event": "library.said",
            "logger": record.name,
            "said": _said(record),
            "place": f"{record.module}:{record.lineno}",
            "exc_info": record.exc_info,
        }
        for processor in self._chain:
            line = processor(None, record.levelname.lower(), line)
        return str(line)


def _said(record: logging.LogRecord) -> str:
    """The template of the message with its small numbers; nothing of a message that came ready made."""
    if not isinstance(record.msg, str):
        return type(record.msg).__name__
    given = record.args
    if not given:
        return _LEFT_OUT
    try:
        if isinstance(given, dict):
            return record.msg % {name: _harmless(value) for name, value in given.items()}
        return record.msg % tuple(_harmless(value) for value in given)
    except (TypeError, ValueError, KeyError):
        return record.msg


def _harmless(value: Any) -> Any:
    return value if isinstance(value, int | float) and abs(value) < _LARGEST else _LEFT_OUT


def _numbers(_logger: Any, _method: str, event: Line) -> Line:
    """The numbers by which what one request caused is found in all services' logs. Past the bus, where no request is,
    the trace is the request's number too."""
    number = event.get("trace") or number_of(TRACEPARENT.get())
    if number:
        event["trace"] = number
        event.setdefault("request_id", number)
    return event


def _failure(_logger: Any, _method: str, event: Line) -> Line:
    """An error as its type and our own places, without its words."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given is True else given
    if isinstance(error, BaseException):
        event["error"], event["where"] = in_short(error), places(error)
    event.pop("stack_info", None)
    return event


def _plain(value: Any) -> str:
    """What JSON has no form for. An error's words stay out."""
    return in_short(value) if isinstance(value, BaseException) else str(value)
