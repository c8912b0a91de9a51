"""Tables and every query of enrolment.

Locks are taken in this order everywhere: the import lock, batch rows by id, seat rows by id, approval rows, run changes
by finding, person rows by id, agency rows by id. Whoever changes a seat holds its batch's row first; capacity and the
waiting list are decided under that lock only. `rev` is raised under the owner's row lock.
"""

from services.enrolment.store.tables import METADATA

__all__ = ["METADATA"]
