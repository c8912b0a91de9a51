"""Tables and queries of content.

Rows are locked in this order: programme; then access by seat_id; then everything below one of them.
"""

from .tables import METADATA

__all__ = ["METADATA"]
