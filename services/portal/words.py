"""The words for what the services name by code: states, kinds, roles, reasons.

`tone` is how a state looks: good, warn, bad, info, mute.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask_babel import LazyString, gettext, lazy_gettext

from shared.auth import (
    AGENCY_OFFICER,
    AUDITOR,
    BUDGET_OFFICER,
    EVALUATOR,
    LEARNER,
    OPERATOR,
    SUPERVISOR,
    TRAINER,
    TRAINING_OFFICE,
)

_ = lazy_gettext


class Word(NamedTuple):
    """A state for people: its words, its tone and (for seats) its colour in a bar."""

    text: LazyString | str
    tone: str = "mute"
    colour: int = 5


SEAT_STATES = {
    "completed": Word(_("Lulus"), "good", 1),
    "confirmed": Word(_("Pasti ikut"), "good", 1),
    "enrolling": Word(_("Sedang didaftarkan ke LMS"), "info", 2),
    "reserving": Word(_("Menunggu dana"), "info", 2),
    "requested": Word(_("Menunggu persetujuan"), "warn", 3),
    "waiting": Word(_("Daftar tunggu"), "warn", 3),
    "failed": Word(_("Tidak lulus"), "bad", 4),
    "refused": Word(_("Ditolak: dana"), "bad", 4),
    "rejected": Word(_("Tidak disetujui"), "bad", 4),
    "releasing": Word(_("Sedang dilepas"), "mute", 5),
    "released": Word(_("Dilepas"), "mute", 5),
    "expired": Word(_("Lewat batas waktu"), "mute", 5),
}
BATCH_STATES = {
    "opening": Word(_("Menunggu dana"), "info"),
    "open": Word(_("Menerima usulan"), "good"),
    "running": Word(_("Berjalan"), "info"),
    "closed": Word(_("Selesai"), "mute"),
    "cancelled": Word(_("Dibatalkan"), "bad"),
    "refused": Word(_("Dana ditolak"), "bad"),
}
FINDING_STATES = {
    "raised": Word(_("Perlu keputusan"), "warn"),
    "decided": Word(_("Sudah diputuskan"), "info"),
    "drafted": Word(_("Sudah di rancangan"), "info"),
    "applied": Word(_("Dijalankan"), "info"),
    "in_effect": Word(_("Berlaku"), "good"),
    "measured": Word(_("Sudah diukur"), "good"),
    "refused": Word(_("Tidak dapat dijalankan"), "bad"),
}
DECISION_STATES = {
    "open": Word(_("Menunggu dijalankan"), "info"),
    "drafted": FINDING_STATES["drafted"],
    "applied": FINDING_STATES["applied"],
    "refused": FINDING_STATES["refused"],
    "in_effect": FINDING_STATES["in_effect"],
}
EFFECT_STATES = {
    "improved": Word(_("Membaik"), "good"),
    "no_effect": Word(_("Tidak berubah"), "mute"),
    "worse": Word(_("Memburuk"), "bad"),
    "too_few": Word(_("Data belum cukup"), "warn"),
}
CAMPAIGN_STATES = {
    "waiting": Word(_("Belum dimulai"), "mute"),
    "open": Word(_("Menerima jawaban"), "info"),
    "closed": Word(_("Ditutup"), "mute"),
    "cancelled": Word(_("Dibatalkan"), "bad"),
}
FINDING_KINDS = {
    "too_hard": _("terlalu sulit"),
    "too_easy": _("terlalu mudah"),
    "too_fast": _("terlalu cepat"),
    "too_slow": _("terlalu lambat"),
    "too_long": _("terlalu lama"),
    "too_short": _("terlalu singkat"),
    "not_relevant": _("kurang sesuai pekerjaan"),
    "not_useful": _("kurang berguna untuk pekerjaan"),
    "time_unfit": _("waktunya kurang sesuai"),
    "trainer_unclear": _("penjelasan narasumber kurang jelas"),
    "venue_poor": _("tempat kurang layak"),
}
CHANGE_KINDS = {
    "level": _("Tingkat"),
    "duration": _("Lama pelatihan (JP)"),
    "bridging_module": _("Modul jembatan"),
    "prerequisite": _("Prasyarat"),
    "material": _("Bahan ajar"),
    "mode": _("Cara penyelenggaraan"),
    "trainer": _("Narasumber"),
    "venue": _("Tempat"),
    "quota": _("Kuota"),
    "schedule": _("Jadwal"),
}
LEVELS = {"basic": _("dasar"), "intermediate": _("menengah"), "advanced": _("lanjutan")}
MODES = {"classroom": _("tatap muka"), "online": _("daring"), "hybrid": _("campuran")}
SEGMENTS = {"grade_band": _("golongan"), "agency": _("perangkat daerah"), "unit": _("unit kerja")}
ROLE_NAMES = {
    LEARNER: _("peserta"),
    SUPERVISOR: _("atasan langsung"),
    AGENCY_OFFICER: _("pengelola kepegawaian perangkat daerah"),
    TRAINING_OFFICE: _("BKPSDM"),
    TRAINER: _("narasumber"),
    EVALUATOR: _("evaluator"),
    BUDGET_OFFICER: _("pengelola anggaran"),
    OPERATOR: _("operator"),
    AUDITOR: _("pemeriksa"),
}
SERVICE_NAMES = {
    "enrolment": _("Kepesertaan"),
    "content": _("Program dan materi"),
    "surveys": _("Survei dan temuan"),
    "budget": _("Anggaran"),
    "bridge": _("Sambungan LMS"),
}
ENTRY_KINDS = {
    "original": _("pagu murni"),
    "shift": _("pergeseran"),
    "amendment": _("perubahan"),
    "reserved": _("dipesan"),
    "reserve": _("dipesan"),
    "released": _("dilepas"),
    "release": _("dilepas"),
    "realised": _("direalisasikan"),
    "realise": _("direalisasikan"),
}
APPROVALS = {
    "later": _("menunggu giliran"),
    "open": _("menunggu"),
    "given": _("disetujui"),
    "rejected": _("ditolak"),
    "void": _("tidak diperlukan lagi"),
}
REASONS = {
    "cancelled": _("dibatalkan"),
    "rejected": _("tidak disetujui"),
    "no_money": _("dana tidak cukup"),
    "lms_refused": _("LMS menolak pendaftarannya"),
    "quorum": _("peserta kurang dari jumlah paling sedikit"),
    "timeout": _("lewat batas waktu"),
    "substituted": _("digantikan pegawai lain"),
    "no_show": _("tidak hadir"),
    "not_approved": _("tidak ada persetujuan sampai batas waktunya"),
    "nominations_ended": _("masa usulan sudah berakhir"),
    "not_passed": _("syarat lulus belum terpenuhi"),
    "budget.exhausted": _("sisa pagu tidak cukup"),
    "request.not_found": _("Pegawai ini tidak ada, atau di luar lingkup Anda."),
    "seat.not_eligible": _("Hanya pegawai aktif yang dapat diusulkan."),
    "seat.already": _("Pegawai ini sudah punya kursi di angkatan ini."),
    "seat.prerequisite": _("Program prasyarat belum diselesaikan."),
    "seat.agency": _("Angkatan ini tidak dibuka untuk perangkat daerahnya."),
    "seat.withdrawn": _("kursinya sudah dilepas"),
    "seat.not_for_approval": _("Usulan ini tidak menunggu persetujuan Anda."),
    "batch.not_open": _("Angkatan ini tidak menerima usulan."),
    "batch.begun": _("Sesi pertama sudah dimulai."),
}


def made_of(change: Mapping[str, Any]) -> str:
    """What a decided change sets, as one phrase; empty where its sentence says all there is."""
    if change.get("level") in LEVELS:
        return str(LEVELS[change["level"]])
    if change.get("mode") in MODES:
        return str(MODES[change["mode"]])
    if change.get("jp"):
        return f"{change['jp']} JP"
    if change.get("module_title"):
        minutes = change.get("module_minutes")
        length = f" ({gettext('%(n)s menit', n=minutes)})" if minutes else ""
        return f"{change['module_title']}{length}"
    if change.get("capacity"):
        return str(gettext("%(n)s kursi", n=change["capacity"]))
    return str(change.get("place") or "")


def word(words: dict[str, Word], code: str | None) -> Word:
    """The word for a code; a code that this edition does not know is shown as it is."""
    return words.get(code or "", Word(code or "–"))
