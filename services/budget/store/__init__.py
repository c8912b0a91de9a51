"""The tables of money and every query on them."""

from services.budget.store.tables import METADATA

__all__ = ["METADATA"]
