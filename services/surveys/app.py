"""Composition of the surveys service; the only file that knows all others."""

from pathlib import Path

from services.surveys.api import DOORS
from services.surveys.commands import commands
from services.surveys.handlers import SUBSCRIPTIONS
from services.surveys.handlers.campaigns import sweep_closings, sweep_invitations, sweep_lots
from services.surveys.handlers.inspection import audit, explain, say_again
from services.surveys.handlers.keeping import sweep_words
from services.surveys.handlers.measuring import sweep_effects
from services.surveys.handlers.settings import settings
from services.surveys.store import METADATA
from services.surveys.store.figures import FIGURES
from shared.service import Service, Sweep

# Read once here so that a wrong setting stops the process at its start and not at the first answer.
settings()

SERVICE = Service(
    name="surveys",
    title="Surveys",
    metadata=METADATA,
    migrations=str(Path(__file__).parent / "migrations"),
    doors=DOORS,
    subscriptions=SUBSCRIPTIONS,
    sweeps=(
        Sweep("invitations", 1.0, sweep_invitations),
        Sweep("lots", 2.0, sweep_lots),
        Sweep("closings", 1.0, sweep_closings),
        Sweep("effects", 30.0, sweep_effects),
        Sweep("words", 3600.0, sweep_words),
    ),
    figures=FIGURES,
    audit=audit,
    explain=explain,
    say_again=say_again,
    commands=commands,
)
