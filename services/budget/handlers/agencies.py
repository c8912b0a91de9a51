"""Agencies as enrolment knows them: their names for display, their codes for whose lines an officer sees."""

from services.budget.store import lines as store
from shared.events.enrolment import AgenciesChanged
from shared.unit import Unit


def on_agencies_changed(unit: Unit, event: AgenciesChanged) -> None:
    """Keep each agency in its newest revision."""
    store.keep_agencies(unit.db, event.instance, event.agencies)
