"""The plugin that says yes to everything."""

from collections.abc import Sequence
from typing import ClassVar

from services.bridge.contract import Answer, Capability, Health, Place, Result, Site


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
