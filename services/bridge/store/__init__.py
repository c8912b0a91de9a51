"""Tables and queries of the bridge.

Rows are locked in this order: site; then place by (site, person_id, course); then everything below one of them. A
worker that settles a call holds its effect row before it locks places, so whoever holds a place touches an open effect
row only where it is not locked (SKIP LOCKED); what is missed is seen when the call is settled, or by the sweep.
"""

from . import launch_tables, sign_in
from .tables import METADATA

__all__ = ["METADATA", "launch_tables", "sign_in"]
