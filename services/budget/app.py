"""Composition of the budget service; the only file that knows all others."""

from pathlib import Path

from services.budget.api import door
from services.budget.commands import commands
from services.budget.handlers import SUBSCRIPTIONS
from services.budget.handlers.again import say_again
from services.budget.handlers.audit import audit
from services.budget.handlers.explain import explain
from services.budget.store import METADATA
from services.budget.store.figures import FIGURES
from shared.service import Service

SERVICE = Service(
    name="budget",
    title="Budget",
    metadata=METADATA,
    migrations=str(Path(__file__).parent / "migrations"),
    doors=(door,),
    subscriptions=SUBSCRIPTIONS,
    figures=FIGURES,
    audit=audit,
    explain=explain,
    say_again=say_again,
    commands=commands,
)
