"""What this service forgets: words go, figures and the trail of findings stay."""

from datetime import timedelta

from services.surveys.handlers.settings import settings
from services.surveys.store import answers
from shared.unit import Unit

_MOST = 1_000


def sweep_words(unit: Unit) -> int:
    """Take what people wrote in their own words out of the answers of surveys closed long ago."""
    return answers.forget_words(unit.db, unit.now - timedelta(days=settings().words_days), _MOST)
