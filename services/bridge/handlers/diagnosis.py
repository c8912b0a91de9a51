"""What the bridge itself knows of how it gets on with a site, for the operator's diagnosis."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from services.bridge.contract import Capability, Finding
from services.bridge.plugins import capabilities
from services.bridge.store import comparisons, facts, keys, sites
from shared.unit import Unit

QUIET = timedelta(days=1)
LACKING = {
    Capability.ENROL: ("memberi tempat", "give places"),
    Capability.UNENROL: ("mengambil tempat", "take places away"),
    Capability.SUSPEND: ("membekukan tempat", "suspend places"),
    Capability.COURSES: ("membuat kursus", "make courses"),
    Capability.GRADES: ("menerima nilai", "take grades"),
    Capability.MESSAGES: ("menyampaikan pesan", "pass on messages"),
    Capability.ROSTER: ("memberi daftar peserta untuk dibandingkan", "give its roster to compare"),
    Capability.COMPLETION: ("memberi daftar kelulusan untuk dibandingkan", "give its completions to compare"),
}


def own_findings(unit: Unit, site: Row[Any]) -> list[Finding]:
    """Keys, the last call, calls that rest or wait, courses that are gone; and what the plugin cannot do."""
    now = datetime.now(UTC)
    living = [key for key in keys.keys_of(unit.db, site.code) if key.retired_at is None]
    resting = site.closed_until is not None and site.closed_until > now
    (waiting, error) = next(
        ((row.waiting or 0, row.last_error or "") for row in sites.sites(unit.db) if row.code == site.code), (0, "")
    )
    gone = facts.courses_gone(unit.db, site.code)
    differing = comparisons.differing(unit.db, site.code)
    made = [
        Finding(
            what="calls",
            ok=not resting and not error,
            seen=f"{waiting} {error}".strip(),
            indonesian="Panggilan gagal dan diulang sendiri; perbaiki penyebab di atas.",
            english="Calls fail and are repeated by themselves; see to the cause above.",
        ),
        Finding(
            what="courses",
            ok=not gone,
            seen=", ".join(f"{row.course} ({'x' if row.deleted else '-'})" for row in gone)[:300],
            indonesian="Kursus yang dipakai angkatan disembunyikan (-) atau dihapus (x) di LMS.",
            english="Courses that batches use are hidden (-) or deleted (x) in the LMS.",
        ),
        Finding(
            what="drift",
            ok=not differing,
            seen=", ".join(f"{row.course} ({row.missing}/{row.left_over}/{row.outside})" for row in differing)[:300],
            indonesian=f"Pendaftaran berbeda (hilang/tertinggal/di luar): bangkom lms sync {site.code}, lalu --fix.",
            english=f"Enrolments differ (missing/left over/outside): bangkom lms sync {site.code}, then --fix.",
        ),
    ]
    if Capability.TELLS in capabilities(site.plugin):
        quiet = site.heard_at is None or unit.now - site.heard_at > QUIET
        made += [
            Finding(
                what="key",
                ok=bool(living),
                seen=", ".join(key.key_id for key in living),
                indonesian=f"Buat kunci: bangkom lms key {site.code}, lalu isi di LMS.",
                english=f"Make a key: bangkom lms key {site.code}, and enter it in the LMS.",
            ),
            Finding(
                what="heard",
                ok=not quiet,
                seen=site.heard_at.isoformat(timespec="minutes") if site.heard_at else "-",
                indonesian="LMS belum menghubungi sejak sehari: uji sambungan di halaman setelan Bangkom di sana.",
                english="The LMS has not called for a day: test the connection on Bangkom's settings page there.",
            ),
        ]
    return made


def lacking(site: Row[Any], language: str) -> list[str]:
    """What the plugin of a site cannot do, in words."""
    able = capabilities(site.plugin)
    cannot = [words for one, words in LACKING.items() if one not in able]
    if not able & (Capability.FACTS | Capability.TELLS):
        cannot.append(("memberi tahu apa yang terjadi di sana", "tell what happens there"))
    return [words[language == "en"] for words in cannot]
