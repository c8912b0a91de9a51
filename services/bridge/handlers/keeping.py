"""What the bridge forgets of what LMSs told."""

from dataclasses import dataclass
from datetime import timedelta

from services.bridge.store import facts as store
from shared.config import read, setting, whole_number
from shared.unit import Unit

_MOST = 1_000


@dataclass(frozen=True, kw_only=True)
class KeepingSettings:
    """`fact_days` is for how long the id of a fact is known, so that a site may tell it again in that time."""

    fact_days: int = setting("BANGKOM_BRIDGE_FACT_DAYS", whole_number(30, 10_000), 400)


def sweep_facts(unit: Unit) -> int:
    """Forget ids of facts that no site tells again; what followed from them stays."""
    days = read(KeepingSettings, "bridge").fact_days
    return store.forget_facts(unit.db, unit.now - timedelta(days=days), _MOST)
