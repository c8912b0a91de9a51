"""Two toy services that talk to each other: `toyask` says asked, `toyanswer` answers every item, `toyask` hears the
answers.

Their events are in the catalogue only while a test uses them (`speaking`), so that tests of the real catalogue don't
see them.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Engine, Integer, Table, Text, Uuid, select, text
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.errors import NotYet
from shared.events import CATALOGUE, Event
from shared.outbox import emit
from shared.service import Service
from shared.tables import metadata
from shared.unit import Unit, unit_of


@dataclass(frozen=True, kw_only=True)
class Item:
    item_id: UUID
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked(Event, name="toyask.asked", key="topic", items="things"):
    topic: str
    things: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Answered(Event, name="toyanswer.answered", key="topic", items="things"):
    topic: str
    things: tuple[Item, ...]


@dataclass(frozen=True, kw_only=True)
class Whispered(Event, name="toyask.whispered", key="topic", personal=True):
    topic: str


TOYS = {kind.TYPE: CATALOGUE.pop(kind.TYPE) for kind in (Asked, Answered, Whispered)}
ASK = metadata("toyask")
ANSWER = metadata("toyanswer")


def _heard(made: Any) -> Table:
    return Table(
        "toy_heard",
        made,
        Column("item_id", Uuid, primary_key=True),
        Column("key", Text, nullable=False),
        Column("times", Integer, nullable=False, server_default="1"),
    )


ASK_HEARD = _heard(ASK)
ANSWER_HEARD = _heard(ANSWER)
KNOWN = Table("toy_known", ANSWER, Column("key", Text, primary_key=True))


def _note(unit: Unit, table: Table, key: str, things: Sequence[Item]) -> list[Item]:
    """Store items under their own keys; answers those that are new. `times` counts how often each was applied."""
    ids = [thing.item_id for thing in things]
    before = set(unit.db.scalars(select(table.c.item_id).where(table.c.item_id.in_(ids))))
    statement = upsert(table).values([{"item_id": item_id, "key": key} for item_id in sorted(ids)])
    unit.db.execute(statement.on_conflict_do_update(index_elements=["item_id"], set_={"times": table.c.times + 1}))
    return [thing for thing in things if thing.item_id not in before]


def on_asked(unit: Unit, event: Asked) -> None:
    if any(thing.note == "poison" for thing in event.things):
        raise RuntimeError("this item always fails")
    if any(thing.note == "later" for thing in event.things) and not unit.db.scalar(
        select(KNOWN.c.key).where(KNOWN.c.key == event.topic)
    ):
        raise NotYet(event.topic)
    # Repeats are answered again: a receiver must not care.
    _note(unit, ANSWER_HEARD, event.topic, event.things)
    emit(unit.db, Answered(topic=event.topic, things=event.things))


def on_answered(unit: Unit, event: Answered) -> None:
    _note(unit, ASK_HEARD, event.topic, event.things)


def on_whispered(unit: Unit, event: Whispered) -> None:
    unit.db.execute(upsert(KNOWN).values(key=event.topic).on_conflict_do_nothing())


TOY_ASK = Service(name="toyask", title="Toy", metadata=ASK, subscriptions={Answered: on_answered})
TOY_ANSWER = Service(
    name="toyanswer", title="Toy", metadata=ANSWER, subscriptions={Asked: on_asked, Whispered: on_whispered}
)
SERVICES = (TOY_ASK, TOY_ANSWER)


@contextlib.contextmanager
def speaking() -> Iterator[None]:
    """The toy events are part of the language."""
    CATALOGUE.update(TOYS)
    try:
        yield
    finally:
        for name in TOYS:
            CATALOGUE.pop(name, None)


def ask(engine: Engine, *events: Event) -> None:
    with unit_of(engine, "toyask") as unit:
        for event in events:
            emit(unit.db, event)


def heard(engine: Engine) -> dict[UUID, int]:
    """Items applied in a service's store, and how often."""
    with engine.connect() as connection:
        table = ASK_HEARD
        return {row.item_id: row.times for row in connection.execute(select(table.c.item_id, table.c.times))}


def count(engine: Engine, table: str, where: str = "true") -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"SELECT count(*) FROM {table} WHERE {where}")) or 0
