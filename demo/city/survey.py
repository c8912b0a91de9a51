"""The survey as SurveyJS JSON, in Indonesian and English. What an answer counts for stands beside its question."""

from typing import Any

DIFFICULTY = "tingkat_kesulitan"
"""The question whose answers 4 and 5 say too hard."""
RATINGS = ("kecukupan_waktu", "kejelasan_materi", "penguasaan_narasumber", "manfaat_pekerjaan")
REMARK = "saran"


def instrument() -> dict[str, Any]:
    """Six questions on one page; the first asks how hard it was."""
    return {
        "title": _text("Evaluasi Pelatihan", "Evaluation of the training"),
        "description": _text(
            "Jawaban Anda tidak memuat nama dan hanya ditampilkan bersama jawaban orang lain.",
            "Your answers carry no name and are shown only together with those of others.",
        ),
        "pages": [
            {
                "name": "pelatihan",
                "elements": [
                    {
                        "type": "rating",
                        "name": DIFFICULTY,
                        "title": _text(
                            "Bagi saya, tingkat kesulitan materi ini", "For me, the level of this training was"
                        ),
                        "isRequired": True,
                        "rateMin": 1,
                        "rateMax": 5,
                        "minRateDescription": _text("terlalu mudah", "far too easy"),
                        "maxRateDescription": _text("terlalu sulit", "far too hard"),
                        "bangkom": {
                            "kind": "too_hard",
                            "counts": [4, 5],
                            "said": _text("menilai materinya terlalu sulit", "found the material too hard"),
                        },
                    },
                    _rating("kecukupan_waktu", "Waktu yang disediakan cukup", "There was enough time"),
                    _rating("kejelasan_materi", "Materi disajikan dengan jelas", "The material was presented clearly"),
                    _rating("penguasaan_narasumber", "Narasumber menguasai materi", "The trainer knew the subject"),
                    _rating(
                        "manfaat_pekerjaan", "Materi berguna bagi pekerjaan saya", "The material is of use in my work"
                    ),
                    {
                        "type": "comment",
                        "name": REMARK,
                        "title": _text("Saran untuk angkatan berikutnya", "What should be better next time"),
                        "maxLength": 1000,
                    },
                ],
            }
        ],
    }


def _rating(name: str, indonesian: str, english: str) -> dict[str, Any]:
    return {
        "type": "rating",
        "name": name,
        "title": _text(indonesian, english),
        "rateMin": 1,
        "rateMax": 5,
        "minRateDescription": _text("tidak setuju", "disagree"),
        "maxRateDescription": _text("sangat setuju", "agree fully"),
    }


def _text(indonesian: str, english: str) -> dict[str, str]:
    return {"id": indonesian, "en": english}
