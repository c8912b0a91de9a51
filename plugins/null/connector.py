"""The plugin that says yes to everything."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from services.bridge.contract import Answer, Capability, Facts, Health, Place, Result, Site


class Connector:
    """Gives and takes every place at once; nothing ever happens there."""

    capabilities: ClassVar[Capability] = Capability.ENROL | Capability.UNENROL

    def __init__(self, site: Site) -> None:
        self.site = site

    def check(self) -> Health:
        """Always well."""
        return Health(ok=True)

    def enrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Every place is given."""
        return [Answer(key=place.key, result=Result.DONE) for place in places]

    def unenrol(self, places: Sequence[Place]) -> Sequence[Answer]:
        """Every place is taken."""
        return [Answer(key=place.key, result=Result.DONE) for place in places]

    def facts(self) -> Facts:
        """Never called: FACTS is not declared."""
        return Facts(facts=())

    def kept(self, receipt: str, unread: Mapping[str, str]) -> None:
        """Never called: FACTS is not declared."""
