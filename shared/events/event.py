"""What every event has in common."""

from dataclasses import dataclass
from typing import Any, ClassVar

MOST_ITEMS = 500
"""What happens to many at once is said once: 1..500 items an event. A larger one is split by emit()."""

CATALOGUE: dict[str, type["Event"]] = {}
"""Every event by its type name, filled as the owner modules are imported."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all events. A subclass names itself, its key field and (if it has any) its field of items:

        @dataclass(frozen=True, kw_only=True)
        class SeatsReserved(Event, name="budget.seats_reserved", key="line_id", items="seats"): ...

    `TYPE` is the CloudEvents type and the routing key, `bangkom.<owner>.<past_tense>.v<N>`; personal data gets the
    routing prefix `personal.` so that only queues bound to it receive it.
    """

    TYPE: ClassVar[str]
    OWNER: ClassVar[str]
    KEY: ClassVar[str]
    ITEMS: ClassVar[str | None]
    ROUTING_KEY: ClassVar[str]

    def __init_subclass__(
        cls, *, name: str, key: str, items: str | None = None, version: int = 1, personal: bool = False, **rest: Any
    ) -> None:
        super().__init_subclass__(**rest)
        cls.OWNER = name.partition(".")[0]
        cls.TYPE = f"bangkom.{name}.v{version}"
        cls.KEY = key
        cls.ITEMS = items
        cls.ROUTING_KEY = f"personal.{cls.TYPE}" if personal else cls.TYPE
        CATALOGUE[cls.TYPE] = cls

    @property
    def key(self) -> str:
        """The value of the key field; all items of an event share it."""
        return str(getattr(self, self.KEY))

    @property
    def items(self) -> tuple[Any, ...]:
        """The items of an event of many; an event of one has none."""
        return getattr(self, self.ITEMS) if self.ITEMS else ()
