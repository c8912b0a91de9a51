"""The bridge, composed: the only file that knows all the rooms."""

from pathlib import Path

from services.bridge.api import DOORS
from services.bridge.commands import COMMANDS
from services.bridge.effects import call_looks, call_places, call_receipts
from services.bridge.handlers import SUBSCRIPTIONS
from services.bridge.handlers.calls import settle, sweep_deadlines, sweep_retries
from services.bridge.handlers.facts import settle_looks, settle_receipts, sweep_looks
from services.bridge.handlers.records import audit, explain, say_again
from services.bridge.store import METADATA
from shared.service import EffectKind, Service, Sweep

SERVICE = Service(
    name="bridge",
    title="LMS bridge",
    metadata=METADATA,
    migrations=str(Path(__file__).parent / "migrations"),
    doors=DOORS,
    subscriptions=SUBSCRIPTIONS,
    effects=(
        EffectKind("place", call_places, settle),
        EffectKind("look", call_looks, settle_looks),
        EffectKind("receipt", call_receipts, settle_receipts),
    ),
    sweeps=(
        Sweep("deadlines", 5.0, sweep_deadlines),
        Sweep("retries", 5.0, sweep_retries),
        Sweep("looks", 5.0, sweep_looks),
    ),
    audit=audit,
    explain=explain,
    say_again=say_again,
    commands=COMMANDS,
)
