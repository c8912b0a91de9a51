"""What a budget document changes: the difference between the amount it names and the line's effective budget.

RKA (plan) changes nothing yet; DPA (murni) makes original entries, each pergeseran makes shifts, DPPA (perubahan)
makes amendments. Entries are tied to the line's codes, never to a document's version. Amounts are integer rupiah.
"""

from dataclasses import dataclass
from datetime import date

from services.budget.domain.ledger import AMENDMENT, ORIGINAL, SHIFT, Balance
from services.budget.domain.problems import BELOW_USED, OLDER_DOCUMENT
from shared.errors import DomainError

RKA = "rka"
DPA = "dpa"
PERGESERAN = "pergeseran"
DPPA = "dppa"
DOCUMENTS = (RKA, DPA, PERGESERAN, DPPA)

_ENTRY_OF = {DPA: ORIGINAL, PERGESERAN: SHIFT, DPPA: AMENDMENT}


@dataclass(frozen=True)
class Change:
    """What a document does to one line: `entry_kind` None where it books nothing."""

    entry_kind: str | None
    before: int
    after: int

    @property
    def difference(self) -> int:
        return self.after - self.before


def change(document: str, dated: date, amount: int, balance: Balance, last: date | None) -> Change | DomainError:
    """The change a document makes to a line, or why it can't. `last` is the date of the newest document that set the
    line: an older one comes too late. A budget below what is reserved or realised is refused."""
    entry_kind = _ENTRY_OF.get(document)
    if entry_kind is None:
        return Change(None, balance.effective, balance.effective)
    if last is not None and dated < last:
        return OLDER_DOCUMENT(newer=last.isoformat())
    if amount < balance.used:
        return BELOW_USED(after=amount, used=balance.used)
    return Change(entry_kind if amount != balance.effective else None, balance.effective, amount)
