"""The bridge, composed: the only file that knows all the rooms."""

from pathlib import Path

from services.bridge.api import DOORS
from services.bridge.commands import COMMANDS
from services.bridge.effects import (
    MOST_PLACES,
    MOST_ROSTERS,
    call_comparisons,
    call_grades,
    call_looks,
    call_places,
    call_receipts,
)
from services.bridge.handlers import SUBSCRIPTIONS
from services.bridge.handlers.calls import settle, sweep_deadlines, sweep_retries
from services.bridge.handlers.circuit import note_failed, ready, ready_in_turn
from services.bridge.handlers.comparisons import COMPARE, settle_comparisons, sweep_comparisons
from services.bridge.handlers.facts import sweep_early
from services.bridge.handlers.keeping import sweep_facts
from services.bridge.handlers.launches import sweep_notes
from services.bridge.handlers.line_items import (
    LTI_GRADE,
    call_line_items,
    ready_line_items,
    settle_line_items,
    sweep_line_items,
)
from services.bridge.handlers.looks import settle_looks, settle_receipts, sweep_looks
from services.bridge.handlers.presence import settle_grades
from services.bridge.handlers.records import audit, explain, say_again
from services.bridge.handlers.sign_in import sweep_keys
from services.bridge.sealing import check_keys
from services.bridge.signed import sweep_signatures
from services.bridge.store import METADATA
from services.bridge.store.figures import FIGURES
from shared.service import EffectKind, Service, Sweep

SERVICE = Service(
    name="bridge",
    title="LMS bridge",
    metadata=METADATA,
    migrations=str(Path(__file__).parent / "migrations"),
    doors=DOORS,
    subscriptions=SUBSCRIPTIONS,
    effects=(
        EffectKind("place", call_places, settle, ready_in_turn, note_failed, MOST_PLACES),
        EffectKind("grade", call_grades, settle_grades, ready_in_turn, note_failed, MOST_PLACES),
        EffectKind("look", call_looks, settle_looks, ready),
        EffectKind("receipt", call_receipts, settle_receipts, ready),
        EffectKind(COMPARE, call_comparisons, settle_comparisons, ready_in_turn, most=MOST_ROSTERS),
        EffectKind(LTI_GRADE, call_line_items, settle_line_items, ready_line_items),
    ),
    sweeps=(
        Sweep("deadlines", 5.0, sweep_deadlines),
        Sweep("retries", 5.0, sweep_retries),
        Sweep("looks", 5.0, sweep_looks),
        Sweep("comparisons", 60.0, sweep_comparisons),
        Sweep("early", 5.0, sweep_early),
        Sweep("signatures", 60.0, sweep_signatures),
        Sweep("old_facts", 3600.0, sweep_facts),
        Sweep("keys", 600.0, sweep_keys),
        Sweep("lti_notes", 60.0, sweep_notes),
        Sweep("lti_grades", 60.0, sweep_line_items),
    ),
    figures=FIGURES,
    audit=audit,
    explain=explain,
    say_again=say_again,
    commands=COMMANDS,
    check_settings=check_keys,
)
