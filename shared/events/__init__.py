"""The published language: a module per owner, a frozen dataclass per event.

Pure data, standard library only, so that every domain may import it. How an event becomes bytes is shared.envelope's
matter. docs/events.md says who hears what and is tested against this package; tests/contracts/samples holds one stored
sample per version that today's code must still read.
"""

from shared.events.event import CATALOGUE, MOST_ITEMS, Event

__all__ = ["CATALOGUE", "MOST_ITEMS", "Event"]
