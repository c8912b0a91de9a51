"""How a body becomes Python: JSON as the standard has it and types as the shape names them, nothing guessed.

Refused as malformed: what is not JSON, the same name twice in one object, NaN, nesting beyond reason. Refused as
invalid: a number or a truth given as text, NUL and lone surrogates in text (PostgreSQL can't keep them), unknown
names.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask import Request, abort
from marshmallow import RAISE, Schema, fields
from webargs import ValidationError, missing
from webargs.flaskparser import FlaskParser, is_json_request

_DEEPEST = 50
_TYPES: tuple[tuple[type[fields.Field[Any]], tuple[type, ...], str], ...] = (
    (fields.Integer, (int,), "Must be a whole number."),
    (fields.Float, (int, float), "Must be a number."),
    (fields.Decimal, (int, float, str), "Must be a number."),
    (fields.Boolean, (bool,), "Must be true or false."),
)


class Malformed(ValueError):
    """The body is not JSON that can be read without guessing."""


class Reader(FlaskParser):
    """The parser of all doors."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 (as the library has it)
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": RAISE,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body for a shape; 400, 415 or 422 where it can't be."""
        data = req.get_data(cache=True)
        if not is_json_request(req):
            return abort(415) if data else missing
        if not data:
            return missing
        try:
            body = read_json(data)
        except Malformed:
            abort(400)
        found: dict[Any, Any] = {}
        if b"\\u" in data:
            _gather(found, unstorable(body))
        _gather(found, mistyped(body, schema))
        if found:
            raise ValidationError(found)
        return body

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        for name, value in req.args.items(multi=True):
            if "\0" in name or "\0" in value:
                raise ValidationError({name.replace("\0", "?"): ["Must not contain NUL."]})
        return super().load_querystring(req, schema)


def read_json(data: bytes) -> Any:
    """What the bytes say; Malformed where that is not clear."""
    try:
        body = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed(type(error).__name__) from None
    if _deeper_than(_DEEPEST, body):
        raise Malformed("nested too deeply")
    return body


def unstorable(body: Any) -> Iterator[tuple[list[Any], str]]:
    """Where text holds what the database can't: the way there, and what is wrong."""
    rest: list[tuple[list[Any], Any]] = [([], body)]
    while rest:
        way, value = rest.pop()
        if isinstance(value, str):
            if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
                yield way, "Must not contain NUL or half a character."
        elif isinstance(value, list):
            rest += [([*way, place], item) for place, item in enumerate(value)]
        elif isinstance(value, dict):
            rest += [([*way, name], name) for name in value]
            rest += [([*way, name], item) for name, item in value.items()]


def mistyped(body: Any, schema: Schema) -> Iterator[tuple[list[Any], str]]:
    """Where the body gives a number or a truth in another type than the shape names; marshmallow would convert it."""
    many = schema.many and isinstance(body, list)
    for place, one in enumerate(body) if many else [(None, body)]:
        if isinstance(one, Mapping):
            for name, field in schema.load_fields.items():
                key = field.data_key or name
                if key in one:
                    yield from _mistyped([key] if place is None else [place, key], one[key], field)


def _mistyped(way: list[Any], value: Any, field: Any) -> Iterator[tuple[list[Any], str]]:
    if value is None:
        return
    for kind, types, sentence in _TYPES:
        if isinstance(field, kind):
            if type(value) not in types:
                yield way, sentence
            return
    if isinstance(field, fields.Nested):
        for deeper, sentence in mistyped(value, field.schema):
            yield [*way, *deeper], sentence
    elif isinstance(field, fields.List) and isinstance(value, list):
        for place, item in enumerate(value):
            yield from _mistyped([*way, place], item, field.inner)
    elif isinstance(field, fields.Dict) and isinstance(value, dict) and field.value_field is not None:
        for name, item in value.items():
            yield from _mistyped([*way, name], item, field.value_field)


def _gather(found: dict[Any, Any], wrong: Iterator[tuple[list[Any], str]]) -> None:
    for way, sentence in wrong:
        place = found
        *before, last = [_sayable(step) for step in way] or ["_schema"]
        for step in before:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                break
        else:
            place.setdefault(last, [sentence])


def _sayable(step: Any) -> Any:
    return step.encode("utf-8", "replace").decode() if isinstance(step, str) else step


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Malformed("a name twice")
    return made


def _no_constant(name: str) -> Any:
    raise Malformed(name)


def _deeper_than(most: int, body: Any) -> bool:
    level = [body]
    for _ in range(most):
        level = [
            item
            for value in level
            if isinstance(value, list | dict)
            for item in (value if isinstance(value, list) else value.values())
            if isinstance(item, list | dict)
        ]
        if not level:
            return False
    return True
