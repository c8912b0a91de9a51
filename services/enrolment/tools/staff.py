"""One line of a staff or agency file: headers by which columns are known, and what the cells mean."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from services.enrolment.domain.nip import Nip, parse_nip
from services.enrolment.domain.people import ACTIVE, LEAVE, LEFT, plain_grade
from shared.errors import DomainError, problem

STAFF_ALIASES: Mapping[str, tuple[str, ...]] = {
    "nip": ("nip baru", "nipbaru", "nip/ni pppk", "ni pppk", "nip 18", "profile_field_nip", "idnumber", "employee id"),
    "name": ("nama", "nama lengkap", "nama pegawai", "nama asn", "full name"),
    "front_title": ("gelar depan",),
    "back_title": ("gelar belakang",),
    "firstname": ("first name", "nama depan"),
    "lastname": ("last name", "nama belakang"),
    "username": ("user name", "nama pengguna"),
    "email": ("e-mail", "surel", "alamat email", "email dinas"),
    "agency_code": (
        "kode opd",
        "kode skpd",
        "kode perangkat daerah",
        "kode unit organisasi",
        "opd",
        "skpd",
        "profile_field_kode_opd",
        "profile_field_opd",
        "agency code",
    ),
    "agency_name": (
        "nama opd",
        "nama skpd",
        "perangkat daerah",
        "unit organisasi",
        "unit kerja induk",
        "profile_field_nama_opd",
        "institution",
        "agency",
    ),
    "unit": ("unit kerja", "bidang", "sub unit", "profile_field_unit", "department"),
    "grade": ("golongan", "gol", "gol ruang", "golongan ruang", "pangkat golongan", "profile_field_golongan"),
    "position": ("jabatan", "nama jabatan", "profile_field_jabatan"),
    "position_kind": ("jenis jabatan", "profile_field_jenis_jabatan"),
    "status": ("status pegawai", "status kepegawaian", "jenis pegawai", "status asn", "profile_field_status"),
    "standing": ("kedudukan", "kedudukan hukum", "kedudukan pegawai", "status aktif", "profile_field_kedudukan"),
    "supervisor_nip": ("nip atasan", "nip atasan langsung", "atasan", "profile_field_nip_atasan", "supervisor"),
}
AGENCY_ALIASES: Mapping[str, tuple[str, ...]] = {
    "code": ("kode", "kode opd", "kode skpd", "kode perangkat daerah", "sourcedid", "identifier"),
    "name": ("nama", "nama opd", "nama skpd", "perangkat daerah", "opd", "skpd"),
    "parent_code": ("kode induk", "kode opd induk", "induk", "parentsourcedid", "parent"),
}

NAME = problem("person.name", 422, "Nama kosong atau terlalu panjang.", "The name is empty or too long.")
EMAIL = problem("person.email", 422, "Alamat surel tidak benar: {email}.", "The e-mail address is not right: {email}.")
STATUS = problem(
    "person.status",
    422,
    "Status {status} tidak cocok dengan NIP, yang berbentuk {shown}.",
    "The status {status} doesn't fit the NIP, which has the shape of {shown}.",
)
STANDING = problem(
    "person.standing",
    422,
    "Kedudukan {standing} tidak dikenal. Yang dikenal antara lain: aktif, CLTN, tugas belajar, pensiun, pindah.",
    "The standing {standing} is not known. Known are: active, leave, study leave, left.",
)
AGENCY_MISSING = problem(
    "person.agency",
    422,
    "Perangkat daerah kosong. Isi kolom kode OPD, atau beri --agency KODE.",
    "The agency is empty. Fill in the agency code, or give --agency CODE.",
)
SUPERVISOR = problem(
    "person.supervisor",
    422,
    "NIP atasan tidak ada di berkas ini maupun di data.",
    "The supervisor's NIP is neither in this file nor in the records.",
)
OWN_SUPERVISOR = problem(
    "person.own_supervisor", 422, "NIP atasan sama dengan NIP pegawai.", "The supervisor's NIP is the person's own."
)
TWICE = problem(
    "line.twice",
    422,
    "Sudah ada di baris {line}.",
    "It stands in line {line} already.",
)
AGENCY_CODE = problem(
    "agency.code",
    422,
    "Kode perangkat daerah kosong atau bukan huruf, angka, titik, dan garis.",
    "The agency code is empty or not letters, digits, dots and dashes.",
)
AGENCY_PARENT = problem(
    "agency.parent",
    422,
    "Induk {code} tidak ada, atau menjadi bawahan dirinya sendiri.",
    "The parent {code} is not there, or would be below itself.",
)

_EMAIL = re.compile(r"^[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$")
_CODE = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,49}$")
_STATUSES = {
    "pns": "PNS",
    "cpns": "PNS",
    "pegawai negeri sipil": "PNS",
    "calon pns": "PNS",
    "pppk": "PPPK",
    "p3k": "PPPK",
    "pppk paruh waktu": "PPPK",
    "pegawai pemerintah dengan perjanjian kerja": "PPPK",
}
_STANDINGS = {
    "": ACTIVE,
    "aktif": ACTIVE,
    "active": ACTIVE,
    "pns aktif": ACTIVE,
    "pppk aktif": ACTIVE,
    "1": ACTIVE,
    "cuti": LEAVE,
    "leave": LEAVE,
    "cltn": LEAVE,
    "cuti di luar tanggungan negara": LEAVE,
    "tugas belajar": LEAVE,
    "diberhentikan sementara": LEAVE,
    "pensiun": LEFT,
    "left": LEFT,
    "meninggal": LEFT,
    "meninggal dunia": LEFT,
    "pindah": LEFT,
    "pindah instansi": LEFT,
    "mutasi keluar": LEFT,
    "berhenti": LEFT,
    "diberhentikan": LEFT,
    "tidak aktif": LEFT,
    "nonaktif": LEFT,
}


@dataclass(frozen=True)
class StaffLine:
    """A readable line. `given` holds the person's columns that the file has; agency and supervisor by their codes."""

    nip: Nip
    given: dict[str, str]
    agency_code: str | None
    agency_name: str | None
    supervisor_nip: str | None
    names_supervisor: bool


@dataclass
class _Reading:
    problems: list[DomainError] = field(default_factory=list)


def read_staff(values: Mapping[str, str], today: date, agency: str | None = None) -> StaffLine | list[DomainError]:
    """The line, or everything that is wrong with it. `agency` is the code for a line that names none."""
    reading = _Reading()
    nip = _nip(values.get("nip") or values.get("username", ""), today, reading)
    given: dict[str, str] = {}
    name = _name(values)
    if not name or len(name) > 200:
        reading.problems.append(NAME())
    given["name"] = name
    for column in ("unit", "position", "position_kind", "username"):
        if column in values:
            given[column] = values[column][:300]
    if "grade" in values:
        given["grade"] = plain_grade(values["grade"])[:20]
    if "email" in values:
        given["email"] = values["email"].lower()
        if given["email"] and not _EMAIL.match(given["email"]):
            reading.problems.append(EMAIL(email=values["email"][:60]))
    if "standing" in values:
        standing = _STANDINGS.get(_word(values["standing"]))
        if standing is None:
            reading.problems.append(STANDING(standing=values["standing"][:60]))
        given["standing"] = standing or ACTIVE
    status = _STATUSES.get(_word(values.get("status", "")), values.get("status", ""))
    if nip is not None and status and status != nip.status:
        reading.problems.append(STATUS(status=status[:40], shown=nip.status))
    code, agency_name = _agency(values, agency)
    if code is None and agency_name is None:
        reading.problems.append(AGENCY_MISSING())
    supervisor = values.get("supervisor_nip", "").strip(" -")
    above = _nip(supervisor, today, reading) if supervisor else None
    if above is not None and nip is not None and above.digits == nip.digits:
        reading.problems.append(OWN_SUPERVISOR())
    if reading.problems or nip is None:
        return reading.problems
    return StaffLine(nip, given, code, agency_name, above.digits if above else None, "supervisor_nip" in values)


def _nip(text: str, today: date, reading: _Reading) -> Nip | None:
    try:
        return parse_nip(text, today)
    except DomainError as no:
        reading.problems.append(no)
        return None


def _name(values: Mapping[str, str]) -> str:
    plain = values.get("name") or " ".join(
        part for part in (values.get("firstname", ""), values.get("lastname", "")) if part
    )
    front, back = values.get("front_title", ""), values.get("back_title", "")
    return " ".join(part for part in (front, f"{plain}, {back}" if back and plain else plain) if part)


def _word(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def _agency(values: Mapping[str, str], default: str | None) -> tuple[str | None, str | None]:
    """Code and name of the agency; a code column that holds a name (no digit in it) is read as a name."""
    code, name = values.get("agency_code", ""), values.get("agency_name", "")
    if code and (not any(letter.isdigit() for letter in code) or not _CODE.match(code)):
        code, name = "", name or code
    return code or (default if not name else None) or None, name[:200] or None


def code_of(name: str) -> str:
    """The code of an agency that has only a name: `Dinas Pendidikan` becomes DINAS-PENDIDIKAN."""
    return re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-")[:50] or "-"


@dataclass(frozen=True)
class AgencyLine:
    code: str
    name: str
    parent_code: str | None
    names_parent: bool


def read_agency(values: Mapping[str, str]) -> AgencyLine | list[DomainError]:
    """The line, or everything that is wrong with it."""
    problems: list[DomainError] = []
    code = values.get("code", "")
    if not _CODE.match(code):
        problems.append(AGENCY_CODE())
    name = values.get("name", "")
    if not name or len(name) > 200:
        problems.append(NAME())
    if problems:
        return problems
    return AgencyLine(code, name, values.get("parent_code", "").strip(" -") or None, "parent_code" in values)
