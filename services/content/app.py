"""Content, composed: the only file that knows all the rooms."""

from pathlib import Path

from services.content.api import DOORS
from services.content.commands import COMMANDS
from services.content.handlers import SUBSCRIPTIONS
from services.content.handlers.records import audit, explain, say_again
from services.content.store import METADATA
from services.content.store.figures import FIGURES
from shared.service import Service

SERVICE = Service(
    name="content",
    title="Content",
    metadata=METADATA,
    migrations=str(Path(__file__).parent / "migrations"),
    doors=DOORS,
    subscriptions=SUBSCRIPTIONS,
    figures=FIGURES,
    audit=audit,
    explain=explain,
    say_again=say_again,
    commands=COMMANDS,
)
