"""The invariants that no service can check alone: facts of all services are joined here, by pure functions.

Each service answers /internal/audit with lines of facts (see Service.audit); `join` answers the rows that break a
rule. A fact that is younger than its step's deadline is still on its way and breaks nothing, unless the house says it
is settled. The services are asked one after the other while the town goes on working, so a row counts as broken only
when it is broken in two readings in a row: `lasting`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shared.events.surveys import CONTENT_CHANGES

Fact = Mapping[str, Any]

GRACE = timedelta(minutes=20)
"""Longer than the deadline of any step that waits for another service's proof (15 minutes)."""

WITH_MONEY = frozenset({"reserved", "enrolling", "confirmed"})
OVER = frozenset({"completed", "failed"})
GONE = frozenset({"released", "refused", "rejected", "expired"})

RULES: Mapping[str, tuple[str, str]] = {
    "seat.without_money": ("Kursi dipesan tanpa uangnya", "A seat from reserved on has no money"),
    "seat.without_place": ("Kursi pasti tanpa tempat di LMS", "A confirmed seat has no place in the LMS"),
    "seat.place_left": ("Kursi dilepas, tempat di LMS masih ada", "A released seat still has its place in the LMS"),
    "seat.beyond_capacity": ("Kursi melebihi kapasitas", "Seats beyond the capacity of a batch"),
    "seat.completed_without_proof": (
        "Lulus tanpa presensi atau kemajuan",
        "Completed without attendance or progress",
    ),
    "seat.money_unsettled": ("Kursi selesai, uangnya belum dibukukan", "A finished seat whose money is not settled"),
    "money.without_seat": ("Uang dipesan untuk kursi yang tidak hidup", "Money reserved for a seat that does not live"),
    "release.unproven": ("Pelepasan belum terbukti", "A release without its proofs past the deadline"),
    "batch.without_money": ("Angkatan berjalan tanpa biaya tetapnya", "An open batch without its fixed cost"),
    "batch.money_left": ("Angkatan batal, biayanya masih dipesan", "A cancelled batch whose money is still reserved"),
    "line.unbalanced": (
        "Pagu tidak sama dengan komitmen + realisasi + sisa",
        "effective is not reserved + realised + available",
    ),
    "budget.line_off_ledger": (
        "Saldo pagu bukan jumlah buku besarnya",
        "A line's balance is not the sum of its ledger",
    ),
    "budget.claim_without_entries": ("Jawaban uang tanpa catatan buku besar", "An answered claim without its entries"),
    "content.completion_without_access": ("Kemajuan tanpa hak akses", "Progress of somebody without access"),
    "content.completion_without_module": ("Tamat tanpa modul yang selesai", "A completion without completed modules"),
    "surveys.effective_without_answer": (
        "Perubahan berlaku, peserta belum diberi tahu",
        "A change is in effect and nobody was told",
    ),
    "surveys.answers_not_participations": (
        "Jumlah jawaban tidak sama dengan tautan terpakai",
        "Answers are not as many as used links",
    ),
    "bridge.wanted_by_nobody": ("Tempat di LMS tanpa permintaan", "A place in the LMS that nobody asked for"),
    "event.unclaimed": ("Peristiwa terkirim belum diterima", "A sent event that a listener neither claimed nor buried"),
    "event.dead": ("Ada surat mati", "A dead letter waits for an operator"),
    "change.forgotten": ("Keputusan perubahan tidak ditindaklanjuti", "A decided change that nobody took up"),
    "outbox.unsent": ("Kotak keluar belum kosong", "An outbox is not empty"),
    "outbox.parked": ("Ada peristiwa yang gagal dikirim", "Events are parked after too many failed sendings"),
}
"""Every rule with its sentence in Indonesian and English."""

REMEDIES: Mapping[str, tuple[str, str, str]] = {
    "seat.without_money": ("enrolment", "seat", "seat_id"),
    "seat.without_place": ("enrolment", "seat", "seat_id"),
    "seat.place_left": ("enrolment", "seat", "seat_id"),
    "seat.money_unsettled": ("enrolment", "seat", "seat_id"),
    "money.without_seat": ("enrolment", "seat", "seat_id"),
    "release.unproven": ("enrolment", "seat", "seat_id"),
    "batch.without_money": ("enrolment", "batch", "batch_id"),
    "batch.money_left": ("enrolment", "batch", "batch_id"),
    "event.unclaimed": ("", "event", "event_id"),
    "change.forgotten": ("surveys", "finding", "finding_id"),
}
"""Who says what again to mend a broken row: service, kind, the field with the id. An empty service is the row's own."""


@dataclass(frozen=True)
class Report:
    """What an audit found: `checked` facts were joined; `broken` rows each have `rule` and the facts that show it."""

    checked: int
    broken: tuple[dict[str, Any], ...] = field(default=())

    @property
    def ok(self) -> bool:
        return not self.broken


def join(
    facts: Iterable[Fact],
    now: datetime,
    listeners: Mapping[str, frozenset[str]],
    *,
    settled: bool = False,
    real_now: datetime | None = None,
) -> Report:
    """Join the facts of all services. `listeners` says which services hear a type of event. `settled` takes away the
    grace of what is on its way and demands empty outboxes. `now` is the domain's moment; `real_now` is the real one
    that transport goes by, where a development clock makes the two differ."""
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    broken: list[dict[str, Any]] = []
    checked = 0
    for fact in facts:
        checked += 1
        if "broken" in fact:
            broken.append({"rule": fact["broken"], **{k: v for k, v in fact.items() if k != "broken"}})
        else:
            by_kind[fact["fact"]].append(fact)
    due = _Due(now, settled)
    broken += _seats(by_kind, due)
    broken += _money(by_kind, due)
    broken += _batches(by_kind, due)
    broken += _lines(by_kind)
    broken += _changes(by_kind, due)
    broken += _events(by_kind, _Due(real_now or now, settled), listeners)
    return Report(checked, tuple(broken))


def lasting(first: Report, second: Report) -> Report:
    """What both readings found broken: the rest was on its way while the services were asked."""
    seen = {_same(row) for row in first.broken}
    return Report(second.checked, tuple(row for row in second.broken if _same(row) in seen))


def _same(row: Mapping[str, Any]) -> tuple[Any, ...]:
    ids = ("seat_id", "attempt", "batch_id", "line_id", "finding_id", "event_id", "service", "listener")
    return (row["rule"], *(row.get(name) for name in ids))


@dataclass(frozen=True)
class _Due:
    now: datetime
    settled: bool

    def over(self, since: str | None) -> bool:
        """Whether what has been so `since` then should have been followed by now."""
        return self.settled or since is None or datetime.fromisoformat(since) + GRACE < self.now


def _seats(by_kind: Mapping[str, list[Fact]], due: _Due) -> Iterator[dict[str, Any]]:
    money = {(fact["seat_id"], fact["attempt"]): fact["state"] for fact in by_kind["seat_money"]}
    places = {fact["seat_id"]: fact for fact in by_kind["place"]}
    for seat in by_kind["seat"]:
        state, paid = seat["state"], money.get((seat["seat_id"], seat["attempt"]))
        place = places.get(seat["seat_id"], {}).get("actual", "absent")
        if state in WITH_MONEY and paid != "reserved":
            yield _row("seat.without_money", seat, money=paid)
        if state == "confirmed" and seat["site"] is not None and place != "enrolled":
            yield _row("seat.without_place", seat, place=place)
        if state == "completed" and not (seat["present"] or seat["progressed"]):
            yield _row("seat.completed_without_proof", seat)
        if state in OVER and paid not in ("realised", "released") and due.over(seat["since"]):
            yield _row("seat.money_unsettled", seat, money=paid)
        if state in GONE and place == "enrolled" and due.over(seat["since"]):
            yield _row("seat.place_left", seat, place=place)
        if state == "releasing" and due.over(seat["since"]):
            yield _row("release.unproven", seat, money=paid, place=place)


def _money(by_kind: Mapping[str, list[Fact]], due: _Due) -> Iterator[dict[str, Any]]:
    seats = {fact["seat_id"]: fact for fact in by_kind["seat"]}
    for fact in by_kind["seat_money"]:
        if fact["state"] != "reserved" or not due.over(fact["since"]):
            continue
        seat = seats.get(fact["seat_id"])
        if seat is None or seat["attempt"] != fact["attempt"] or seat["state"] in GONE:
            yield _row("money.without_seat", fact, seat=seat and seat["state"])


def _batches(by_kind: Mapping[str, list[Fact]], due: _Due) -> Iterator[dict[str, Any]]:
    money = {(fact["batch_id"], fact["attempt"]): fact["state"] for fact in by_kind["batch_money"]}
    for batch in by_kind["batch"]:
        paid = money.get((batch["batch_id"], batch["attempt"]))
        if batch["state"] in ("open", "running") and paid != "reserved":
            yield _row("batch.without_money", batch, money=paid)
        if batch["state"] == "closed" and paid != "realised" and due.over(batch["since"]):
            yield _row("batch.without_money", batch, money=paid)
        if batch["state"] in ("cancelled", "refused") and paid == "reserved" and due.over(batch["since"]):
            yield _row("batch.money_left", batch, money=paid)


def _lines(by_kind: Mapping[str, list[Fact]]) -> Iterator[dict[str, Any]]:
    for line in by_kind["line"]:
        if line["effective"] != line["reserved"] + line["realised"] + line["available"] or line["available"] < 0:
            yield _row("line.unbalanced", line)


def _changes(by_kind: Mapping[str, list[Fact]], due: _Due) -> Iterator[dict[str, Any]]:
    drafted = {fact["finding_id"] for fact in by_kind["change"]}
    taken_up = {fact["finding_id"] for fact in by_kind["run_change"]}
    for decision in by_kind["decision"]:
        known = drafted if decision["kind"] in CONTENT_CHANGES else taken_up
        if decision["finding_id"] not in known and due.over(decision["since"]):
            yield _row("change.forgotten", decision)


def _events(
    by_kind: Mapping[str, list[Fact]], due: _Due, listeners: Mapping[str, frozenset[str]]
) -> Iterator[dict[str, Any]]:
    claimed: dict[str, set[str]] = defaultdict(set)
    for fact in by_kind["claimed"]:
        claimed[fact["service"]].add(fact["event_id"])
    dead: dict[str, set[str]] = defaultdict(set)
    for fact in by_kind["dead"]:
        dead[fact["service"]].add(fact["event_id"])
        yield _row("event.dead", fact)
    for fact in by_kind["sent"]:
        for listener in sorted(listeners.get(fact["type"], ())):
            known = fact["event_id"] in claimed[listener] or fact["event_id"] in dead[listener]
            if not known and due.over(fact["sent_at"]):
                yield _row("event.unclaimed", fact, listener=listener)
    for fact in by_kind["outbox"]:
        if fact["parked"]:
            yield _row("outbox.parked", fact)
        if fact["unsent"] and due.settled:
            yield _row("outbox.unsent", fact)


def _row(rule: str, fact: Fact, **more: Any) -> dict[str, Any]:
    return {"rule": rule, **{name: value for name, value in fact.items() if name != "fact"}, **more}
