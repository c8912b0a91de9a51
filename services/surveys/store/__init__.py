"""Tables and every query. Rows are locked in this order: campaign, participation, held answer, answer, finding."""

from services.surveys.store.tables import METADATA

__all__ = ["METADATA"]
