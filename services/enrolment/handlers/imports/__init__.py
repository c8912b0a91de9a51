"""Importing people and agencies: nothing is written where a line is bad, a line that changes nothing says nothing."""

from services.enrolment.handlers.imports.agencies import import_agencies
from services.enrolment.handlers.imports.staff import import_staff

__all__ = ["import_agencies", "import_staff"]
