"""How an event travels: a CloudEvent in AMQP binary mode, its attributes in headers, its data the body.

Written by hand, because the cloudevents library builds and validates two objects and two dictionaries a message,
which alone would cost the relay a third of its speed; tests show that `cloudevents.core.bindings.amqp` reads what is
written here. Structured mode is read through that library: rare, and worth its checks.
"""

import hashlib
import re
import secrets
import struct
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import msgspec
from cloudevents.core.bindings.amqp import AMQPMessage, from_structured
from cloudevents.core.formats.json import JSONFormat

from shared.codec import Unreadable

JSON = "application/json"
STRUCTURED = "application/cloudevents"

TRACEPARENT: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The W3C trace context of what is being done; emit() writes it beside the event, the consumer sets it for the
handler."""

_CE = "cloudEvents_"
_COLON = "cloudEvents:"
_TRACE = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")
_CONTENT_TYPE_HEADERS_MODE_ID = 1 << 15 | 1 << 13 | 1 << 12 | 1 << 7
_PERSISTENT = b"\x02"
_NUMBER = re.compile(r"(?!0{32})[0-9a-f]{32}")


class Opened(NamedTuple):
    """A message as it came, before its data are looked at."""

    event_id: str
    type: str
    traceparent: str | None
    data: bytes


def source(owner: str) -> str:
    """The CloudEvents source of a service."""
    return f"urn:bangkom:{owner}"


def headers(event_id: str, type_name: str, key: str, at: datetime, traceparent: str | None) -> dict[str, str]:
    """The headers of a message in binary mode. `at` is aware."""
    made = {
        f"{_CE}specversion": "1.0",
        f"{_CE}type": type_name,
        f"{_CE}source": source(_owner(type_name)),
        f"{_CE}id": event_id,
        f"{_CE}time": at.isoformat(),
    }
    if key:
        made[f"{_CE}subject"] = key
    if traceparent:
        made[f"{_CE}traceparent"] = traceparent
    return made


def packed(event_id: str, type_name: str, key: str, at: datetime, traceparent: str | None) -> bytes:
    """The same as AMQP 0-9-1 basic properties: content type, headers, persistent, message id."""
    table = _constant(type_name) + _entry("id", event_id) + _entry("time", at.isoformat())
    if key:
        table += _entry("subject", key)
    if traceparent:
        table += _entry("traceparent", traceparent)
    return b"".join((_START, struct.pack(">I", len(table)), table, _PERSISTENT, _short(event_id)))


def opened(content_type: str | None, sent: Mapping[str, Any], body: bytes) -> Opened:
    """What a message says about itself; Unreadable where it is no CloudEvent."""
    if content_type and content_type.lower().startswith(STRUCTURED):
        return _structured(content_type, sent, body)
    event_id = sent.get("cloudEvents_id") or sent.get("cloudEvents:id")
    type_name = sent.get("cloudEvents_type") or sent.get("cloudEvents:type")
    if not isinstance(event_id, str) or not isinstance(type_name, str):
        raise Unreadable("no CloudEvent: id or type is missing")
    trace = sent.get("cloudEvents_traceparent") or sent.get("cloudEvents:traceparent")
    return Opened(event_id, type_name, trace if isinstance(trace, str) else None, body)


def child(traceparent: str | None) -> str | None:
    """The context of what is done because of a message with this one: the same trace, a new parent."""
    match = _TRACE.fullmatch(traceparent or "")
    return f"00-{match[1]}-{secrets.token_hex(8)}-{match[3]}" if match else None


def new_trace(number: str = "") -> str:
    """The context of what nobody else has begun. A `number` of 32 hexadecimal digits, as proxies give requests, or a
    UUID becomes the trace's own, so that there is one number to look for."""
    digits = number.lower().replace("-", "")
    own = digits if _NUMBER.fullmatch(digits) else secrets.token_hex(16)
    return f"00-{own}-{secrets.token_hex(8)}-01"


def untold(traceparent: str) -> str:
    """The same context with the mark that nothing of it is to be recorded, here or by whoever is called."""
    return f"{traceparent[:-2]}00"


def number_of(traceparent: str | None) -> str:
    """The number of the trace: what one request caused has the same in every log. Empty without a context."""
    return traceparent[3:35] if traceparent else ""


def parts_of(traceparent: str | None) -> tuple[str, str, bool] | None:
    """Trace, span and whether they are recorded; None for what is no W3C trace context of version 00."""
    match = _TRACE.fullmatch(traceparent or "")
    return (match[1], match[2], bool(int(match[3], 16) & 1)) if match else None


def letter_id(sent: Mapping[str, Any], body: bytes) -> str:
    """What a dead letter is called: the id of its event, else a digest of what it holds."""
    event_id = sent.get("cloudEvents_id") or sent.get("cloudEvents:id")
    return str(event_id) if event_id else f"sha256-{hashlib.sha256(body).hexdigest()[:16]}"


def _structured(content_type: str, sent: Mapping[str, Any], body: bytes) -> Opened:
    try:
        event = from_structured(AMQPMessage({"content-type": content_type}, dict(sent), body), JSONFormat())
    except Exception as error:
        raise Unreadable(f"no CloudEvent: {type(error).__name__}") from error
    trace = event.get_extension("traceparent")
    return Opened(event.get_id(), event.get_type(), trace, msgspec.json.encode(event.get_data()))


def _owner(type_name: str) -> str:
    return type_name.split(".")[1] if type_name.count(".") else type_name


@cache
def _constant(type_name: str) -> bytes:
    return _entry("specversion", "1.0") + _entry("type", type_name) + _entry("source", source(_owner(type_name)))


def _entry(name: str, value: str) -> bytes:
    data = value.encode()
    return b"".join((_name(name), struct.pack(">I", len(data)), data))


@cache
def _name(name: str) -> bytes:
    return _short(f"{_CE}{name}") + b"S"


def _short(value: str) -> bytes:
    data = value.encode()
    return bytes((len(data),)) + data


_START = struct.pack(">H", _CONTENT_TYPE_HEADERS_MODE_ID) + _short(JSON)
