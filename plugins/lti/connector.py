"""The plugin as the bridge loads it: an LMS that opens Bangkom, and otherwise can't be told anything."""

from typing import ClassVar

from plugins.lti import messages, registration, services
from services.bridge.contract import Capability, Health, Site
from services.bridge.launching import Launcher


class Lti:
    """LTI 1.3 Advantage, as `Launcher` says it."""

    location = staticmethod(messages.location)
    read = staticmethod(messages.read)
    register = staticmethod(registration.register)
    keys = staticmethod(services.keys)
    chosen = staticmethod(services.chosen)
    grade = staticmethod(services.grade)
    roster = staticmethod(services.roster)


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
