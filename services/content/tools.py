"""Pure translations between a definition as people write it and as the service keeps it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from services.content.domain.programmes import Definition
from shared.errors import problem
from shared.events.content import CompletionRule, Module
from shared.ids import id_of

MOST_BYTES = 5 * 1024 * 1024
UNREADABLE_FILE = problem(
    "content.unreadable_file",
    422,
    "Berkas ini bukan JSON berisi daftar program, atau terlalu besar.",
    "This file is not JSON with a list of programmes, or it is too large.",
)


def programme_id_of(code: str) -> UUID:
    """The id of the programme with this code: the same in every import."""
    return id_of("programme", code)


def definition_of(data: Mapping[str, Any], current: Definition | None = None) -> Definition:
    """The definition in loaded input. A module keeps the id that it has in `current` (by the id given, else by title);
    a new one gets an id made of the programme's code and its title."""
    by_id = {part.module_id for part in current.modules} if current else set()
    by_title = {part.title.casefold(): part.module_id for part in current.modules} if current else {}
    modules = []
    for part in data["modules"]:
        title = part["title"].strip()
        given = part.get("module_id")
        made = by_title.get(title.casefold()) or id_of("module", data["code"], title.casefold())
        modules.append(
            Module(
                module_id=given if given in by_id else made,
                position=0,
                title=title,
                minutes=part["minutes"],
                bridging=part["bridging"],
            )
        )
    return Definition(
        **{name: data[name] for name in ("code", "title", "goal", "form", "mode", "level", "jp")},
        prerequisites=tuple(dict.fromkeys(data["prerequisites"])),
        modules=tuple(modules),
        rule=CompletionRule(**data["rule"]),
    ).numbered()


def read_programmes(path: Path) -> list[Any]:
    """The definitions in a JSON file: a list, or an object whose `programmes` is one. Nothing in them is checked
    yet."""
    if path.stat().st_size > MOST_BYTES:
        raise UNREADABLE_FILE()
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UNREADABLE_FILE() from error
    found = data.get("programmes") if isinstance(data, dict) else data
    if not isinstance(found, list):
        raise UNREADABLE_FILE()
    return found
