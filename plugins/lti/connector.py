"""The plugin as the bridge loads it: an LMS that opens Bangkom, and otherwise can't be told anything."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from plugins.lti import messages, registration, services
from services.bridge.contract import Capability, Health, Site
from services.bridge.launching import Item, Launch, Launcher, Member, Platform, SigningKey, Tool
from shared.http import Outside


class Lti:
    """LTI 1.3 Advantage."""

    def location(self, platform: Platform, tool: Tool, asked: Mapping[str, str], state: str, nonce: str) -> str:
        """Where the browser goes to be signed in."""
        return messages.location(platform, tool, asked, state, nonce)

    def read(self, platform: Platform, id_token: str, nonce: str, keys: Mapping[str, Any], now: float) -> Launch:
        """The launch that a token holds."""
        return messages.read(platform, id_token, nonce, keys, now)

    def keys(self, outside: Outside, platform: Platform) -> Mapping[str, Any]:
        """The platform's public keys."""
        return services.keys(outside, platform)

    def register(self, outside: Outside, tool: Tool, configuration: str, token: str) -> Platform:
        """Register the tool at a platform."""
        return registration.register(outside, tool, configuration, token)

    def chosen(
        self,
        platform: Platform,
        tool: Tool,
        deployment: str,
        choose: Mapping[str, Any],
        items: Sequence[Item],
        key: SigningKey,
    ) -> tuple[str, str]:
        """Where to send what was chosen, and the signed message."""
        return services.chosen(platform, tool.launch_url, deployment, choose, items, key)

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
        """Put a grade into the gradebook."""
        services.grade(outside, platform, key, line_item, user_id, score, at)

    def roster(self, outside: Outside, platform: Platform, key: SigningKey, url: str) -> Iterator[Member]:
        """Everybody in a course."""
        return services.roster(outside, platform, key, url)


class Connector:
    """Nothing can be done at such an LMS through the contract: it has neither enrolment nor facts. What it can do
    belongs to launches."""

    capabilities: ClassVar[Capability] = Capability(0)
    LAUNCHER: ClassVar[Launcher] = Lti()

    def __init__(self, site: Site) -> None:
        self.site = site

    def check(self) -> Health:
        """Well; whether it registered is for the operator's command to say."""
        return Health(ok=True)
