"""Parts that names are drawn from: common Indonesian given names and common family names of the region.

Any likeness with a living person is chance: parts are combined by the seed alone.
"""

import random

MALE = (
    "Andi", "Benny", "Binsar", "Budi", "Charles", "Dedi", "Dony", "Edward", "Eko", "Fajar", "Ferdinan", "Gunawan",
    "Hasan", "Hendra", "Ilham", "Iwan", "Jefri", "Joko", "Jonatan", "Kurnia", "Lamhot", "Mangasi", "Marlon",
    "Muhammad", "Nelson", "Parlin", "Poltak", "Rahmat", "Ramli", "Ridwan", "Rudi", "Sahat", "Sahala", "Saut",
    "Surya", "Tigor", "Togar", "Tumpal", "Wahyu", "Yusuf",
)  # fmt: skip
FEMALE = (
    "Agustina", "Anita", "Asima", "Berliana", "Citra", "Delima", "Desi", "Dewi", "Elfrida", "Erlina", "Fatimah",
    "Fitri", "Hotmaida", "Ida", "Indah", "Juliana", "Kartika", "Lasma", "Lestari", "Lina", "Marintan", "Maya",
    "Melati", "Murni", "Nurhayati", "Nurlela", "Putri", "Ratna", "Rina", "Risma", "Rohani", "Rosmaida", "Rumondang",
    "Sari", "Siti", "Sri", "Tiurma", "Uli", "Wati", "Yanti",
)  # fmt: skip
MIDDLE = (
    "", "", "", "Adi", "Ayu", "Bintang", "Dame", "Dian", "Eka", "Hotma", "Indra", "Kasih", "Mulia", "Pangihutan",
    "Permata", "Prima", "Ria", "Sinta", "Tetap", "Tiara", "Tri", "Wira",
)  # fmt: skip
FAMILY = (
    "Aritonang", "Batubara", "Caniago", "Gea", "Gulo", "Gultom", "Harahap", "Harefa", "Hasibuan", "Hidayat",
    "Hutabarat", "Hutagalung", "Hutapea", "Koto", "Lubis", "Lumbantobing", "Manalu", "Marbun", "Nainggolan",
    "Nasution", "Napitupulu", "Panggabean", "Pasaribu", "Pohan", "Pratama", "Purba", "Saragih", "Siahaan",
    "Sianturi", "Sibarani", "Silaban", "Silalahi", "Simamora", "Simanjuntak", "Simatupang", "Sinaga", "Siregar",
    "Situmeang", "Situmorang", "Tampubolon", "Tanjung", "Telaumbanua", "Wibowo", "Zebua", "Zega",
)  # fmt: skip


def name_of(rng: random.Random, sex: int) -> str:
    """A name; `sex` is 1 (male) or 2 (female), as in a NIP."""
    parts = (rng.choice(MALE if sex == 1 else FEMALE), rng.choice(MIDDLE), rng.choice(FAMILY))
    return " ".join(part for part in parts if part)
