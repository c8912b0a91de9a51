"""What Moodle says of itself, looked at one by one, with what an operator is to do."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.bridge.contract import Finding
from shared.errors import CATALOGUE

OLDEST_MOODLE = 2024100700
"""Moodle 4.5."""
OLDEST_PLUGIN = 2026112400
MOST_SKEW = 60
MOST_CRON = 15 * 60
MOST_LAG = 15 * 60
_GRAVE = ("address", "moodle", "plugin", "rights")


def failed(code: str) -> Finding:
    """The one finding where the site as a whole fails."""
    known = CATALOGUE.get(code)
    words = (known().sentence("id"), known().sentence("en")) if known else ("", "")
    return Finding(what="address", ok=False, seen=code, indonesian=words[0], english=words[1])


def graver(finding: Finding) -> bool:
    """Whether nothing can be done at the site before this is seen to."""
    return finding.what in _GRAVE


def found(told: Mapping[str, Any], before: float, after: float) -> Sequence[Finding]:
    """What local_bangkom_check told between two moments here. KeyError, TypeError or ValueError where it is something
    else."""
    version, plugin = int(told["version"].split(".")[0]), int(told["plugin_version"])
    missing = [str(one)[:80] for one in told["missing_capabilities"]]
    skew = max(0, round(before - told["time"]), round(told["time"] - after))
    cron = round(after - told["cron_last"]) if told["cron_last"] else None
    waiting, oldest, parked = (int(told[f"outbox_{name}"]) for name in ("waiting", "oldest", "parked"))
    return (
        Finding(what="address", ok=True, seen=str(told["site_url"])[:200]),
        Finding(
            what="moodle",
            ok=version >= OLDEST_MOODLE,
            seen=str(told["release"])[:80],
            indonesian="Moodle terlalu lama: pakai 4.5 atau yang lebih baru.",
            english="Moodle is too old: use 4.5 or newer.",
        ),
        Finding(
            what="plugin",
            ok=plugin >= OLDEST_PLUGIN,
            seen=str(plugin),
            indonesian="Pasang local_bangkom yang lebih baru di Moodle.",
            english="Install a newer local_bangkom in Moodle.",
        ),
        Finding(
            what="rights",
            ok=not missing,
            seen=", ".join(missing)[:300],
            indonesian="Beri pengguna token hak yang kurang, di konteks sistem.",
            english="Give the token's user the missing capabilities in the system context.",
        ),
        Finding(
            what="clock",
            ok=skew <= MOST_SKEW,
            seen=f"{skew} s",
            indonesian="Samakan jam kedua server (NTP): panggilan yang selisihnya lima menit ditolak.",
            english="Set both servers' clocks (NTP): calls five minutes off are refused.",
        ),
        Finding(
            what="cron",
            ok=cron is not None and cron <= MOST_CRON,
            seen="-" if cron is None else f"{cron} s",
            indonesian="Jalankan cron Moodle tiap menit; tanpanya fakta tidak terkirim.",
            english="Run Moodle's cron every minute; without it no fact is sent.",
        ),
        Finding(
            what="block_list",
            ok=told["curl_blocked"] is False,
            indonesian="Keluarkan alamat Bangkom dari daftar blokir cURL Moodle, dan izinkan portnya.",
            english="Take Bangkom's address off Moodle's cURL block list, and allow its port.",
        ),
        Finding(
            what="id_number",
            ok=told["idnumber_locked"] is True,
            indonesian="Kunci isian Nomor ID di tiap cara masuk: yang mengisi NIP orang lain dianggap orang itu.",
            english="Lock ID number in every sign-in method: who enters another's NIP counts as them.",
        ),
        Finding(
            what="lti",
            ok=told["lti_pending"] == 0,
            seen=str(int(told["lti_pending"])),
            indonesian="Aktifkan alat LTI yang menunggu di Moodle: Kelola alat.",
            english="Activate the LTI tool that is pending in Moodle: Manage tools.",
        ),
        Finding(
            what="outbox",
            ok=oldest <= MOST_LAG and parked == 0,
            seen=f"{waiting} / {oldest} s / {parked}",
            indonesian="Fakta menumpuk di Moodle: lihat status Bangkom di sana; kirim ulang yang disisihkan.",
            english="Facts pile up in Moodle: look at Bangkom's status there; send again what was parked.",
        ),
    )
