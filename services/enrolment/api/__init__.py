"""The HTTP door of enrolment."""

from services.enrolment.api import batches, people, seats

DOORS = (batches.door, seats.door, people.door)
