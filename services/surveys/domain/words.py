"""The sentences people read: what you said, what we did, and how a share is written."""

from collections.abc import Mapping
from fractions import Fraction

from services.surveys.domain.instrument import Texts
from services.surveys.domain.results import Shown
from shared.events.surveys import Change

_SAID: Mapping[str, Texts] = {
    "too_hard": {"id": "menilai materinya terlalu sulit", "en": "found the material too hard"},
    "too_easy": {"id": "menilai materinya terlalu mudah", "en": "found the material too easy"},
    "too_fast": {"id": "menilai penyampaiannya terlalu cepat", "en": "found the pace too fast"},
    "too_slow": {"id": "menilai penyampaiannya terlalu lambat", "en": "found the pace too slow"},
    "not_useful": {"id": "menilai materinya kurang berguna untuk pekerjaan", "en": "found the material of little use"},
    "trainer_unclear": {"id": "menilai penjelasan pengajar kurang jelas", "en": "found the trainer hard to follow"},
    "venue_poor": {"id": "menilai tempatnya kurang memadai", "en": "found the venue poor"},
    "time_unfit": {"id": "menilai waktunya kurang sesuai", "en": "found the schedule unsuitable"},
}
_LEVELS = {
    "basic": {"id": "dasar", "en": "basic"},
    "intermediate": {"id": "menengah", "en": "intermediate"},
    "advanced": {"id": "lanjut", "en": "advanced"},
}
_MODES = {
    "classroom": {"id": "tatap muka", "en": "classroom"},
    "online": {"id": "daring", "en": "online"},
    "hybrid": {"id": "campuran", "en": "hybrid"},
}
_DID: Mapping[str, Texts] = {
    "level": {"id": "Tingkat materi diubah menjadi {level}", "en": "The level became {level}"},
    "duration": {"id": "Lama pelatihan diubah menjadi {jp} JP", "en": "The length became {jp} JP"},
    "bridging_module": {
        "id": "Modul pengantar “{module_title}” ditambahkan",
        "en": "The bridging module “{module_title}” was added",
    },
    "prerequisite": {"id": "Program prasyarat ditambahkan", "en": "A prerequisite programme was added"},
    "material": {"id": "Materi “{module_title}” diperbarui", "en": "The material “{module_title}” was renewed"},
    "mode": {"id": "Cara belajar diubah menjadi {mode}", "en": "The mode became {mode}"},
    "trainer": {"id": "Pengajar diganti", "en": "The trainer was changed"},
    "venue": {"id": "Tempat dipindahkan ke {place}", "en": "The venue was moved to {place}"},
    "quota": {"id": "Jumlah peserta diubah menjadi {capacity}", "en": "The number of participants became {capacity}"},
    "schedule": {"id": "Jadwal diubah", "en": "The schedule was changed"},
}


def percent(share: Fraction | float) -> str:
    """A share for people: whole percent, halves up."""
    return f"{int(Fraction(share) * 100 + Fraction(1, 2))} %"


def figure(share: Shown) -> str:
    """A share as it may be shown: `60 %`, `> 80 %`, `< 20 %` or `40–60 %`."""
    if share.exact is not None:
        return percent(share.exact)
    low, high = share.band or (Fraction(0), Fraction(1))
    if high == 1:
        return f"> {percent(low)}"
    if low == 0:
        return f"< {percent(high)}"
    return f"{int(low * 100)}–{percent(high)}"


def said(kind: str, title: Texts, own: Texts | None, share: Shown, n: int) -> Texts:
    """What the people of a run said, as a sentence."""
    texts = own or _SAID.get(kind) or {"id": f"memberi tanda pada “{title['id']}”", "en": f"marked “{title['en']}”"}
    return {
        "id": f"{_spoken(share, 'id')} dari {n} peserta {texts['id']}",
        "en": f"{_spoken(share, 'en')} of {n} participants {texts['en']}",
    }


def did(change: Change, version: int | None, batch: str | None) -> Texts:
    """What was done about it, and from when on."""
    made = {}
    for language, since_version, since_batch in (
        ("id", "mulai versi", "mulai angkatan"),
        ("en", "from version", "from the batch"),
    ):
        sentence = _DID[change.kind][language].format(
            level=_LEVELS.get(change.level or "", {}).get(language, change.level),
            mode=_MODES.get(change.mode or "", {}).get(language, change.mode),
            jp=change.jp,
            module_title=change.module_title,
            place=change.place,
            capacity=change.capacity,
        )
        since = f" {since_version} {version}" if version is not None else f" {since_batch} {batch}" if batch else ""
        made[language] = f"{sentence}{since}"
    return made


def _spoken(share: Shown, language: str) -> str:
    if share.exact is not None:
        return percent(share.exact)
    low, high = share.band or (Fraction(0), Fraction(1))
    if high == 1:
        return f"{'Lebih dari' if language == 'id' else 'More than'} {percent(low)}"
    if low == 0:
        return f"{'Kurang dari' if language == 'id' else 'Less than'} {percent(high)}"
    return f"{int(low * 100)}–{percent(high)}"
