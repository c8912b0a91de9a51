"""Three programmes as the JSON definitions that `bangkom import programmes` reads."""

from typing import Any

DATA_LITERACY = "LDTK"
TIME_MANAGEMENT = "MWKT"
ETHICS = "EPDR"


def definitions() -> list[dict[str, Any]]:
    """Data literacy (hybrid), time management (classroom), ethics (online). `form` is the national kind id."""
    return [
        {
            "code": DATA_LITERACY,
            "title": "Literasi Data bagi Tenaga Kependidikan",
            "goal": "Peserta dapat membaca, memeriksa, dan menyajikan data sekolah untuk mengambil keputusan.",
            "form": 8,
            "mode": "hybrid",
            "level": "intermediate",
            "jp": 20,
            "modules": [
                {"title": "Membaca tabel dan grafik", "minutes": 90},
                {"title": "Memeriksa mutu data pokok pendidikan", "minutes": 135},
                {"title": "Rumus dan tabel ringkasan", "minutes": 180},
            ],
            "rule": {"presence_percent": 80, "all_modules": True},
        },
        {
            "code": TIME_MANAGEMENT,
            "title": "Manajemen Waktu",
            "goal": "Peserta dapat menyusun prioritas dan menyelesaikan pekerjaan tepat waktu.",
            "form": 3,
            "mode": "classroom",
            "level": "basic",
            "jp": 10,
            "modules": [{"title": "Menyusun prioritas", "minutes": 90}],
            "rule": {"presence_percent": 80, "all_modules": False},
        },
        {
            "code": ETHICS,
            "title": "Etika Pemerintahan (Daring)",
            "goal": "Peserta dapat mengenali dan menyelesaikan benturan kepentingan dalam tugas sehari-hari.",
            "form": 16,
            "mode": "online",
            "level": "basic",
            "jp": 6,
            "modules": [
                {"title": "Nilai dasar dan kode etik ASN", "minutes": 60},
                {"title": "Benturan kepentingan dan gratifikasi", "minutes": 75},
            ],
            "rule": {"presence_percent": 0, "all_modules": True},
        },
    ]
