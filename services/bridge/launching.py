"""What a plugin is that lets an LMS open Bangkom for its people (LTI 1.3). Its class is the attribute `LAUNCHER` of the
plugin that the entry point names.

It speaks the protocol and keeps nothing: registrations, words that are used once and keys are the bridge's. It is
handed everything, also the way outside, and never decides who somebody is.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from shared.http import Outside


class NotBelieved(Exception):
    """What an LMS sent is not to be believed. `why` is one word for an operator; it holds nothing of what was sent."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class KeyUnknown(NotBelieved):
    """It is signed with a key that is not among those we know of the platform."""

    def __init__(self) -> None:
        super().__init__("key")


class CallFailed(Exception):
    """A call to the platform did not go well. `again` says whether another try could."""

    def __init__(self, why: str, again: bool) -> None:
        super().__init__(why)
        self.why = why
        self.again = again


@dataclass(frozen=True, kw_only=True)
class Platform:
    """An LMS that has registered the tool. Without `deployments` the first that is seen is the one."""

    issuer: str
    client_id: str
    auth_url: str
    token_url: str
    jwks_url: str
    audience: str
    deployments: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Tool:
    """Bangkom as an LMS sees it: addresses, and its name and description in the language of the house."""

    base: str
    login_url: str
    launch_url: str
    jwks_url: str
    name: str = "Bangkom"
    description: str = "Pengembangan kompetensi ASN"


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """The tool's key: its name and its private JWK."""

    kid: str
    private: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Launch:
    """A launch whose signature, audience, times, nonce and deployment are right. Personal data: never log it.

    `nip` and `nip_by_link` are the number as the LMS's administration and as the single link says it; `target` what the
    link leads to; `origins` where the page stands that may show us in a frame; `choose` the deep linking settings where
    content is to be chosen."""

    user_id: str
    deployment: str
    nip: str = ""
    nip_by_link: str = ""
    email: str = ""
    teaches: bool = False
    target: str = ""
    course: str = ""
    context_id: str = ""
    roster_url: str = ""
    line_item: str = ""
    origins: tuple[str, ...] = ()
    choose: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Item:
    """Something to link to in a course: its title, where it leads, and whether it gets a grade of 0..100."""

    title: str
    target: str
    graded: bool = False


@dataclass(frozen=True, kw_only=True)
class Member:
    """Somebody in a course, as the platform tells. Personal data."""

    user_id: str
    nip: str
    active: bool
    teaches: bool


class Launcher(Protocol):
    """What LAUNCHER has."""

    def location(self, platform: Platform, tool: Tool, asked: Mapping[str, str], state: str, nonce: str) -> str:
        """Where the browser goes to be signed in at the LMS."""

    def read(self, platform: Platform, id_token: str, nonce: str, keys: Mapping[str, Any], now: float) -> Launch:
        """The launch that a token holds; NotBelieved, or KeyUnknown."""

    def keys(self, outside: Outside, platform: Platform) -> Mapping[str, Any]:
        """The platform's public keys; CallFailed."""

    def register(self, outside: Outside, tool: Tool, configuration: str, token: str) -> Platform:
        """Register the tool at a platform; NotBelieved or CallFailed."""

    def chosen(
        self,
        platform: Platform,
        tool: Tool,
        deployment: str,
        choose: Mapping[str, Any],
        items: Sequence[Item],
        key: SigningKey,
    ) -> tuple[str, str]:
        """Where to send what was chosen, and the signed message that says it."""

    def grade(
        self,
        outside: Outside,
        platform: Platform,
        key: SigningKey,
        line_item: str,
        user_id: str,
        score: int,
        at: datetime,
    ) -> None:
        """Put a grade of 0..100 into the gradebook; CallFailed."""

    def roster(self, outside: Outside, platform: Platform, key: SigningKey, url: str) -> Iterator[Member]:
        """Everybody in a course, page by page; CallFailed."""
