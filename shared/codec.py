"""Events to bytes and back: JSON by msgspec, strict in types, tolerant of fields added later."""

from functools import cache
from typing import Any

import msgspec

from shared.events import CATALOGUE, Event


class Unreadable(Exception):
    """A message that is not an event this code knows; it goes to the dead letters at once."""


def encode(event: Event) -> bytes:
    """The data of an event as JSON."""
    return msgspec.json.encode(event)


def decode(type_name: str, data: bytes) -> Event:
    """The event in `data`; Unreadable where the type is unknown or the data don't fit it."""
    if type_name not in CATALOGUE:
        raise Unreadable(f"unknown type {type_name[:200]!r}")
    try:
        event: Event = _decoder(type_name).decode(data)
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as error:
        raise Unreadable(f"{type_name}: {error}") from error
    return event


@cache
def _decoder(type_name: str) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(CATALOGUE[type_name])
