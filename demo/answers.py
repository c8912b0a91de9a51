"""How the people of the demo answer: drawn from a seeded model, person by person, never set to a wanted result."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo.city.survey import DIFFICULTY, RATINGS, REMARK

TOO_HARD = (4, 5)
"""Answers on the scale from 1 (far too easy) to 5 (far too hard) that say too hard."""

HARD_WORDS = (
    "Rumus tabel ringkasan terlalu cepat, saya tertinggal sejak hari pertama.",
    "Materi terlalu sulit untuk yang jarang memakai lembar kerja.",
    "Mohon ada pengantar dasar sebelum masuk ke rumus.",
    "Saya belum pernah memakai rumus, jadi sulit mengikuti latihan.",
    "Terlalu banyak istilah baru. Perlu modul pengenalan.",
    "Latihannya bagus tetapi terlalu sulit bagi saya.",
    "Contohnya langsung rumit; sebaiknya mulai dari membaca tabel sederhana.",
)
FINE_WORDS = (
    "Materinya pas dan langsung dapat dipakai di sekolah.",
    "Tidak terlalu sulit, narasumber sabar menjelaskan.",
    "Contoh datanya dekat dengan pekerjaan kami.",
    "Latihan berkelompok sangat membantu.",
    "Terima kasih, sekarang saya berani memeriksa data sendiri.",
    "Ruang kelas nyaman, waktunya cukup.",
    "Sudah baik, tambah waktu latihan.",
)


@dataclass(frozen=True)
class Mood:
    """How likely a person of a grade band finds it too hard; `otherwise` for bands not named."""

    hard: Mapping[str, float]
    otherwise: float
    remarks: float = 0.6

    def chance(self, band: str) -> float:
        return self.hard.get(band, self.otherwise)


FIRST_RUN = Mood({"II": 0.95}, 0.38)
"""Version 1 asks too much of those who seldom work with spreadsheets: mostly grade II."""

SECOND_RUN = Mood({"II": 0.25}, 0.12)
"""With a bridging module before it, fewer find it too hard."""

CONTENT = Mood({}, 0.06)
"""A programme that fits."""


def draw(mood: Mood, band: str, rng: random.Random) -> dict[str, Any]:
    """The answers of one person, by question name."""
    hard = rng.random() < mood.chance(band)
    answers: dict[str, Any] = {DIFFICULTY: rng.choice(TOO_HARD) if hard else rng.choices((1, 2, 3), (1, 3, 12))[0]}
    for name in RATINGS:
        answers[name] = rng.choices((2, 3, 4, 5), (3, 6, 8, 3) if hard else (1, 4, 10, 8))[0]
    if rng.random() < mood.remarks:
        answers[REMARK] = rng.choice(HARD_WORDS if hard else FINE_WORDS)
    return answers
