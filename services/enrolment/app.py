"""Composition of the enrolment service; the only file that knows all others."""

from pathlib import Path

from services.enrolment.api import DOORS
from services.enrolment.commands import commands
from services.enrolment.handlers import SUBSCRIPTIONS
from services.enrolment.handlers.audit import audit, explain, say_again
from services.enrolment.handlers.sweeps import SWEEPS
from services.enrolment.store import METADATA
from services.enrolment.store.figures import FIGURES
from shared.service import Service

SERVICE = Service(
    name="enrolment",
    title="Enrolment",
    metadata=METADATA,
    migrations=str(Path(__file__).parent / "migrations"),
    doors=DOORS,
    subscriptions=SUBSCRIPTIONS,
    sweeps=SWEEPS,
    figures=FIGURES,
    audit=audit,
    explain=explain,
    say_again=say_again,
    commands=commands,
)
