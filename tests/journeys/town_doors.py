"""The doors of a cycle over the test town: its HTTP clients, its commands, its hand-carried events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import click

from demo.world import Json, Refused
from shared.auth import Principal
from shared.provision import setting_of
from tests.town import Town

OWNERS = {
    "agencies": "enrolment",
    "staff": "enrolment",
    "budget": "budget",
    "programmes": "content",
    "survey": "surveys",
}
"""Whose command an import is."""


@dataclass
class TownDoors:
    """A town as the world of a cycle. `seed` makes the town carry in any order and twice."""

    town: Town
    seed: int | None = None
    calls: list[str] = field(default_factory=list)

    def call(
        self,
        method: str,
        service: str,
        path: str,
        by: Principal | None,
        body: Any = None,
        query: Mapping[str, Any] | None = None,
    ) -> Json:
        client = self.town.client(service, by)
        if method == "GET":
            answer = client.get(path, **(query or {}))
        elif method == "POST":
            answer = client.post(path, body)
        else:
            answer = client.put(path, body)
        read = answer.get_json(silent=True) or {}
        if answer.status_code >= 400:
            raise Refused(answer.status_code, read, f"{method} {service}{path}")
        return read if isinstance(read, dict) else {"items": read}

    def command(self, *words: str) -> None:
        service = OWNERS[words[1]]
        commands = self.town.services[service].commands
        assert commands is not None
        try:
            commands.main([*words], standalone_mode=False)
        except click.ClickException as error:
            raise RuntimeError(f"bangkom {' '.join(words)}: {error.format_message()}") from error
        except SystemExit as end:
            if end.code:
                raise RuntimeError(f"bangkom {' '.join(words)} ended with {end.code}") from end

    def travel(self, by: timedelta) -> None:
        self.town.travel(seconds=by.total_seconds())

    def rest(self) -> None:
        self.town.run(seed=self.seed)


def environment(town: Town) -> dict[str, str]:
    """The settings with which commands find the town's databases."""
    return {setting_of(name): engine.url.render_as_string(hide_password=False) for name, engine in town.engines.items()}
