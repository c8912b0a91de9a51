"""What happened to the money of a line, a seat or a batch, oldest first, in words."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from services.budget.domain.ledger import EVERY_ATTEMPT, REFUSED
from services.budget.store import audit as audit_store
from services.budget.store import lines as store
from services.budget.tools.amounts import readable
from shared.errors import CATALOGUE, DomainError
from shared.unit import Unit

MOST_TOLD = 500
"""The newest entries of a line that are told; its page shows them all."""

_DONE = {
    "original": ("{amount} pagu murni ditetapkan", "{amount} of original budget was set"),
    "shift": ("{amount} bergeser oleh pergeseran", "{amount} was moved by a shift"),
    "amendment": ("{amount} berubah oleh perubahan anggaran", "{amount} was changed by an amendment"),
    "reserve": ("{amount} dipesan", "{amount} was reserved"),
    "release": ("{amount} dilepas", "{amount} was released"),
    "realise": ("{amount} direalisasikan", "{amount} was realised"),
}
_ASKED = {
    "seat": ("Uang kursi ditolak: {why}", "Money for the seat was refused: {why}"),
    "batch": ("Biaya tetap angkatan ditolak: {why}", "The fixed cost of the batch was refused: {why}"),
}
_GIVEN_UP = {
    "seat": ("Kursi dilepas; {amount} bebas kembali", "The seat was given up; {amount} became free"),
    "batch": ("Angkatan dibatalkan; {amount} bebas kembali", "The batch was cancelled; {amount} became free"),
}


def explain(unit: Unit, thing_id: UUID) -> Iterator[dict[str, Any]]:
    """What happened to the line, seat or batch with this id; nothing for any other."""
    entries = store.page_of_entries(unit.db, thing_id, limit=MOST_TOLD, newest_first=True)
    for entry in reversed(entries):
        about = {"batch_id": str(entry.batch_id), entry.subject: str(entry.subject_id)} if entry.subject else {}
        document = f"{entry.document_kind.upper()} {entry.document_number}" if entry.document_number else None
        yield _told(entry.moment, _DONE[entry.kind], readable(entry.amount), **about, document=document)
    told = [
        (entry.moment, _told(entry.moment, _DONE[entry.kind], readable(entry.amount), **_of(entry)))
        for entry in store.entries_of_subject(unit.db, thing_id, MOST_TOLD)
    ]
    claims, withdrawals = audit_store.history(unit.db, thing_id)
    told += [(claim.since, _refusal(claim)) for claim in claims if claim.state == REFUSED]
    told += [
        (one.moment, _told(one.moment, _GIVEN_UP[one.kind], readable(one.freed), **_of(one))) for one in withdrawals
    ]
    yield from (what for _, what in sorted(told, key=lambda pair: pair[0]))


def _of(row: Any) -> dict[str, Any]:
    attempt = None if row.attempt == EVERY_ATTEMPT else row.attempt
    return {"line_id": str(row.line_id), "batch_id": str(row.batch_id), "attempt": attempt}


def _refusal(claim: Any) -> dict[str, Any]:
    facts = {"asked": f"{claim.asked:,}".replace(",", "."), "available": f"{claim.available:,}".replace(",", ".")}
    no = DomainError(CATALOGUE[claim.code], **facts)
    indonesian, english = _ASKED[claim.kind]
    return {
        "at": claim.since.isoformat(),
        "what": {"id": indonesian.format(why=no.sentence("id")), "en": english.format(why=no.sentence("en"))},
        "code": claim.code,
        **_of(claim),
    }


def _told(at: Any, words: tuple[str, str], amount: str, **more: Any) -> dict[str, Any]:
    indonesian, english = words
    what = {"id": indonesian.format(amount=amount), "en": english.format(amount=amount)}
    return {"at": at.isoformat(), "what": what} | {name: value for name, value in more.items() if value is not None}
