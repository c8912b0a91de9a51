"""The development issuer: tokens for personas of the demo city, so that one can sign in without an identity provider.

Only in development; elsewhere nothing here is reachable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from services.portal.backend import Backend, Down, over_requests
from services.portal.settings import Settings


@dataclass(frozen=True)
class Persona:
    """Someone of the demo city. `key` is what the issuer knows them by."""

    key: str
    name: str
    roles: tuple[str, ...]
    agency: str = ""


class Issuer(Protocol):
    """Knows the personas and makes their tokens."""

    def personas(self) -> Sequence[Persona]:
        """Everyone one may sign in as."""
        ...

    def token(self, key: str) -> str:
        """A token for one of them; KeyError for someone unknown."""
        ...


@dataclass(frozen=True)
class _OverHttp:
    backend: Backend

    def personas(self) -> Sequence[Persona]:
        answer = self.backend.asker(None, "id", "").get("issuer", "/personas")
        return [
            Persona(str(item["key"]), str(item["name"]), tuple(item.get("roles", ())), str(item.get("agency", "")))
            for item in answer.get("items", [])
        ]

    def token(self, key: str) -> str:
        answer = self.backend.asker(None, "id", "").post("issuer", "/tokens", {"key": key}, None)
        token = answer.get("token") or answer.get("access_token")
        if not isinstance(token, str):
            raise Down("issuer", "no token")
        return token


def issuer_over_http(settings: Settings) -> Issuer | None:
    """The issuer at the address in the settings; None where there is none or this is not development."""
    if not settings.development or not settings.issuer_url:
        return None
    return _OverHttp(Backend({"issuer": settings.issuer_url}, over_requests(), settings.time_out))
