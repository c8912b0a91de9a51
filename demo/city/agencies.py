"""The 50 agencies (OPD): a city secretariat, 28 services and offices, 4 districts and their 17 wards.

The codes have the official form of an SKPD code (up to three fields of government, then a number). How the fields are
put together in a real city differs; these are an assumption.
"""

from dataclasses import dataclass

INSTANCE = "12.73"
"""Kemendagri code of the city whose shape the demo takes."""

TRAINING_OFFICE = "5.03.5.04.0.00.01.0000"
EDUCATION = "1.01.2.22.0.00.01.0000"


@dataclass(frozen=True)
class AgencyRow:
    """`weight` is the share of staff (any scale), `units` are the units below it, `parent` is the agency above."""

    code: str
    name: str
    weight: int
    units: tuple[str, ...]
    parent: str = ""


_OFFICE_UNITS = ("Sekretariat", "Bidang Pelayanan", "Bidang Perencanaan dan Pengendalian")

_SERVICES: tuple[tuple[str, str, int], ...] = (
    (TRAINING_OFFICE, "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia", 55),
    (EDUCATION, "Dinas Pendidikan dan Kebudayaan", 1900),
    ("1.02.0.00.0.00.01.0000", "Dinas Kesehatan", 560),
    ("2.16.2.20.2.21.01.0000", "Dinas Komunikasi dan Informatika", 60),
    ("4.01.0.00.0.00.01.0000", "Sekretariat Daerah", 190),
    ("4.02.0.00.0.00.01.0000", "Sekretariat DPRD", 65),
    ("6.01.0.00.0.00.01.0000", "Inspektorat Daerah", 55),
    ("5.01.5.05.0.00.01.0000", "Badan Perencanaan Pembangunan, Riset dan Inovasi Daerah", 55),
    ("5.02.0.00.0.00.01.0000", "Badan Pengelolaan Keuangan, Pendapatan dan Aset Daerah", 110),
    ("8.01.0.00.0.00.01.0000", "Badan Kesatuan Bangsa dan Politik", 35),
    ("1.05.0.00.0.00.02.0000", "Badan Penanggulangan Bencana Daerah", 60),
    ("1.02.0.00.0.00.02.0000", "Rumah Sakit Umum Daerah", 620),
    ("1.03.0.00.0.00.01.0000", "Dinas Pekerjaan Umum dan Penataan Ruang", 115),
    ("1.04.2.10.0.00.01.0000", "Dinas Perumahan, Kawasan Permukiman dan Pertanahan", 60),
    ("1.05.0.00.0.00.01.0000", "Satuan Polisi Pamong Praja dan Pemadam Kebakaran", 170),
    ("1.06.0.00.0.00.01.0000", "Dinas Sosial", 45),
    ("2.07.3.31.0.00.01.0000", "Dinas Tenaga Kerja dan Perindustrian", 40),
    ("2.09.3.27.0.00.01.0000", "Dinas Ketahanan Pangan dan Pertanian", 60),
    ("2.11.0.00.0.00.01.0000", "Dinas Lingkungan Hidup", 90),
    ("2.12.0.00.0.00.01.0000", "Dinas Kependudukan dan Pencatatan Sipil", 50),
    ("2.14.2.08.0.00.01.0000", "Dinas Pengendalian Penduduk, Pemberdayaan Perempuan dan Perlindungan Anak", 50),
    ("2.15.0.00.0.00.01.0000", "Dinas Perhubungan", 85),
    ("2.17.0.00.0.00.01.0000", "Dinas Koperasi, Usaha Kecil dan Menengah", 35),
    ("2.18.0.00.0.00.01.0000", "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu", 40),
    ("2.19.0.00.0.00.01.0000", "Dinas Kepemudaan dan Olahraga", 30),
    ("2.23.2.24.0.00.01.0000", "Dinas Perpustakaan dan Kearsipan", 30),
    ("3.25.0.00.0.00.01.0000", "Dinas Kelautan dan Perikanan", 55),
    ("3.26.0.00.0.00.01.0000", "Dinas Pariwisata", 35),
    ("3.30.0.00.0.00.01.0000", "Dinas Perdagangan", 45),
)

_DISTRICTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Sibolga Utara", ("Angin Nauli", "Huta Barangan", "Huta Tonga-Tonga", "Sibolga Ilir", "Simare-Mare")),
    ("Sibolga Kota", ("Kota Beringin", "Pancuran Gerobak", "Pasar Baru", "Pasar Belakang")),
    ("Sibolga Selatan", ("Aek Habil", "Aek Manis", "Aek Muara Pinang", "Aek Parombunan")),
    ("Sibolga Sambas", ("Pancuran Bambu", "Pancuran Dewa", "Pancuran Kerambil", "Pancuran Pinang")),
)

_UNITS = {
    TRAINING_OFFICE: ("Sekretariat", "Bidang Pengembangan Kompetensi", "Bidang Mutasi", "Bidang Penilaian Kinerja"),
    EDUCATION: (
        "Tata Usaha Sekolah Dasar",
        "Tata Usaha Sekolah Menengah Pertama",
        "Sekretariat",
        "Bidang Pembinaan SD",
        "Bidang Pembinaan SMP",
        "Bidang PAUD dan Pendidikan Nonformal",
    ),
    "1.02.0.00.0.00.01.0000": (
        "Sekretariat",
        "Bidang Pelayanan Kesehatan",
        "UPTD Puskesmas",
        "Bidang Kesehatan Masyarakat",
    ),
    "1.02.0.00.0.00.02.0000": ("Tata Usaha", "Bidang Keperawatan", "Bidang Pelayanan Medik", "Bidang Penunjang"),
}


def agencies() -> list[AgencyRow]:
    """All 50, most useful for a small city first: training office, education, health, communication."""
    rows = [AgencyRow(code, name, weight, _UNITS.get(code, _OFFICE_UNITS)) for code, name, weight in _SERVICES]
    for number, (district, wards) in enumerate(_DISTRICTS, start=1):
        code = f"7.01.0.00.0.00.{number:02d}.0000"
        rows.append(AgencyRow(code, f"Kecamatan {district}", 22, ("Sekretariat", "Seksi Pemerintahan")))
        rows += [
            AgencyRow(
                f"7.01.0.00.0.00.{number:02d}.{ward:04d}",
                f"Kelurahan {name}",
                9,
                ("Sekretariat", "Seksi Pelayanan"),
                code,
            )
            for ward, name in enumerate(wards, start=1)
        ]
    return rows
