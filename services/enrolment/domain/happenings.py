"""The sentences of the timeline, in Indonesian and English: what happened and why."""

from collections.abc import Mapping
from string import Formatter
from typing import Any

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "batch.opening": (
        "Angkatan dibuka; anggaran diminta memesan biaya tetap {amount}.",
        "The batch was opened; budget was asked to reserve its fixed cost of {amount}.",
    ),
    "batch.open": (
        "Biaya tetap {amount} dipesan; usulan dibuka.",
        "The fixed cost of {amount} is reserved; nominations are open.",
    ),
    "batch.refused": (
        "Anggaran menolak biaya tetap: {why}. Diminta {asked}, tersedia {available}. Yang dapat membantu: {help}.",
        "Budget refused the fixed cost: {why}. Asked {asked}, available {available}. Who can help: {help}.",
    ),
    "batch.asked_again": (
        "Belum ada jawaban tentang uang angkatan ini; ditanyakan lagi.",
        "No answer about this batch's money yet; it was asked again.",
    ),
    "batch.cancelled": ("Angkatan dibatalkan: {why}. {note}", "The batch was cancelled: {why}. {note}"),
    "batch.cancelled_again": (
        "Jawaban anggaran datang setelah pembatalan; pelepasan uang diminta lagi.",
        "Budget answered after the cancellation; the release of the money was asked again.",
    ),
    "batch.closed": ("Angkatan ditutup.", "The batch was closed."),
    "batch.money_freed": ("Biaya tetap {amount} sudah bebas.", "The fixed cost of {amount} is free again."),
    "batch.money_spent": ("Biaya tetap {amount} sudah direalisasikan.", "The fixed cost of {amount} is spent."),
    "batch.attendance": (
        "Presensi dicatat: {present} hadir dari {recorded}.",
        "Attendance was recorded: {present} of {recorded} present.",
    ),
    "seat.requested": ("Diusulkan.", "Nominated."),
    "seat.approved": ("Disetujui (langkah {step}).", "Approved (step {step})."),
    "seat.rejected": ("Usulan ditolak. {note}", "The nomination was rejected. {note}"),
    "seat.escalated": (
        "Persetujuan lewat tenggat; diteruskan ke BKPSDM.",
        "The approval is overdue; it was passed to the training office.",
    ),
    "seat.expired": ("Usulan kedaluwarsa: {why}.", "The nomination expired: {why}."),
    "seat.waiting": (
        "Kuota penuh; masuk daftar tunggu.",
        "The quota is full; the seat is on the waiting list.",
    ),
    "seat.reserving": (
        "Mendapat tempat; anggaran diminta memesan biayanya (percobaan {attempt}).",
        "It has a place; budget was asked to reserve its cost (attempt {attempt}).",
    ),
    "seat.enrolling": (
        "Biaya {amount} dipesan; LMS diminta mendaftarkan.",
        "The cost of {amount} is reserved; the LMS was asked to enrol.",
    ),
    "seat.confirmed": ("Kursi pasti.", "The seat is confirmed."),
    "seat.refused": (
        "Anggaran menolak: {why}. Diminta {asked}, tersedia {available}. Yang dapat membantu: {help}.",
        "Budget refused: {why}. Asked {asked}, available {available}. Who can help: {help}.",
    ),
    "seat.asked_again": (
        "Belum ada jawaban; ditanyakan lagi.",
        "No answer yet; it was asked again.",
    ),
    "seat.releasing": (
        "Kursi dilepas: {why}. Menunggu bukti bahwa uang dan tempat di LMS sudah bebas. {note}",
        "The seat is given up: {why}. Waiting for proof that its money and LMS place are free. {note}",
    ),
    "seat.released": (
        "Pelepasan terbukti: uang dan tempat di LMS sudah bebas.",
        "The release is proven: money and LMS place are free.",
    ),
    "seat.released_again": (
        "Jawaban terlambat datang untuk kursi yang sudah dilepas; pelepasan diminta lagi.",
        "A late yes came for a seat already given up; its release was asked again.",
    ),
    "seat.withdrawn": ("Usulan dicabut: {why}. {note}", "The nomination was withdrawn: {why}. {note}"),
    "seat.proof": ("Satu bukti pelepasan diterima.", "One proof of the release has come."),
    "seat.proof_overdue": (
        "Bukti dari layanan lain belum datang; diminta lagi.",
        "The proof from another service has not come; it was asked again.",
    ),
    "seat.place_stuck": (
        "LMS belum dapat mengeluarkan peserta; perlu diperiksa.",
        "The LMS can't take the participant out yet; somebody should look.",
    ),
    "seat.completed": (
        "Lulus: {jp} JP, kehadiran {presence} %.",
        "Completed: {jp} JP, presence {presence} %.",
    ),
    "seat.failed": ("Tidak lulus: {why} (kehadiran {presence} %).", "Not completed: {why} (presence {presence} %)."),
    "seat.money_freed": ("Biaya {amount} sudah bebas.", "The cost of {amount} is free again."),
    "seat.money_spent": ("Biaya {amount} sudah direalisasikan.", "The cost of {amount} is spent."),
    "seat.outside_enrolled": (
        "Didaftarkan langsung di LMS, di luar Bangkom.",
        "Enrolled in the LMS by hand, outside Bangkom.",
    ),
    "seat.outside_removed": (
        "Dikeluarkan langsung di LMS, di luar Bangkom.",
        "Removed in the LMS by hand, outside Bangkom.",
    ),
}

_SUMMED: Mapping[str, tuple[str, str]] = {
    "seat.approved": ("Disetujui.", "Approved."),
    "seat.reserving": (
        "Mendapat tempat; anggaran diminta memesan biayanya.",
        "It has a place; budget was asked to reserve its cost.",
    ),
    "seat.enrolling": (
        "Biaya dipesan; LMS diminta mendaftarkan.",
        "The cost is reserved; the LMS was asked to enrol.",
    ),
    "seat.refused": ("Anggaran menolak: {why}.", "Budget refused: {why}."),
    "seat.completed": ("Lulus.", "Completed."),
    "seat.failed": ("Tidak lulus: {why}.", "Not completed: {why}."),
    "seat.money_freed": ("Biayanya sudah bebas.", "The cost is free again."),
    "seat.money_spent": ("Biayanya sudah direalisasikan.", "The cost is spent."),
}
"""What is said of several seats at once: each has figures of its own, so that there is none to name."""

REASONS: Mapping[str, tuple[str, str]] = {
    "cancelled": ("dibatalkan", "cancelled"),
    "rejected": ("ditolak", "rejected"),
    "no_money": ("tidak ada anggaran", "no money"),
    "lms_refused": ("LMS menolak", "the LMS refused"),
    "quorum": ("peserta minimum tidak tercapai", "the quorum was not reached"),
    "timeout": ("tidak ada jawaban sampai tenggat", "no answer before the deadline"),
    "substituted": ("digantikan orang lain", "another person takes it"),
    "no_show": ("tidak hadir", "did not come"),
    "not_passed": ("syarat kelulusan belum terpenuhi", "the completion rule was not met"),
    "not_approved": ("tidak ada persetujuan sampai tenggat", "no approval before the deadline"),
    "nominations_ended": ("masa usulan berakhir", "nominations ended"),
    "budget.exhausted": ("sisa pagu tidak cukup", "not enough is left on the line"),
    "seat.withdrawn": ("kursi sudah dilepas", "the seat was given up already"),
}

_HELPERS: Mapping[str, tuple[str, str]] = {
    "budget_officer": ("pengelola anggaran (PPTK/bendahara)", "the budget officer"),
    "training_office": ("BKPSDM", "the training office"),
    "operator": ("operator sistem", "the operator"),
}

CODES = frozenset(_SENTENCES)
_MONEY = ("amount", "asked", "available")
_WORDED = frozenset({"why", "help", "note"})
"""What a template names that is made here out of the facts, or may be empty."""


def sentences(code: str, facts: Mapping[str, Any]) -> dict[str, str]:
    """What happened, `{"id": ..., "en": ...}`; a code that has no sentence here is shown as it is."""
    templates = _SENTENCES.get(code, (code, code))
    known = {name for name, value in facts.items() if value is not None}
    if code in _SUMMED and not known >= _named(templates[0]) - _WORDED:
        templates = _SUMMED[code]
    return {language: _filled(templates[at], facts, at) for at, language in enumerate(("id", "en"))}


def _named(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _filled(template: str, facts: Mapping[str, Any], language: int) -> str:
    values = _Blank({name: value for name, value in facts.items() if value is not None})
    for name in _MONEY:
        if isinstance(facts.get(name), int):
            values[name] = rupiah(facts[name])
    reason, helper = str(facts.get("code") or ""), str(facts.get("help_role") or "")
    values["why"] = REASONS[reason][language] if reason in REASONS else reason or "-"
    values["help"] = _HELPERS[helper][language] if helper in _HELPERS else helper or "-"
    values.setdefault("note", "")
    return template.format_map(values).strip()


def rupiah(amount: int) -> str:
    """An amount as people read it: Rp1.234.567."""
    return f"-Rp{-amount:,}".replace(",", ".") if amount < 0 else f"Rp{amount:,}".replace(",", ".")


class _Blank(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "-"
