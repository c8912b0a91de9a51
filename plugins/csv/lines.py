"""Reading what the LMS side wrote: every line is a fact or says why it isn't."""

import csv
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path

from plugins.csv.folder import MOST_BYTES
from services.bridge.contract import Fact, FactKind
from shared.errors import Problem, problem

MOST_LINES = 50_000
FILE_UNKNOWN = problem(
    "csv.file_unknown",
    422,
    "Nama berkas tidak dikenal; awali dengan completions, enrolled, refused, atau removed.",
    "The file's name is not known; begin it with completions, enrolled, refused or removed.",
)
FILE_TOO_LARGE = problem(
    "csv.file_too_large",
    422,
    "Berkas lebih besar dari 5 MB; bagi menjadi beberapa.",
    "The file is larger than 5 MB; split it.",
)
FILE_UNREADABLE = problem(
    "csv.file_unreadable",
    422,
    "Berkas bukan CSV yang dapat dibaca.",
    "The file is not CSV that can be read.",
)
HEADER_MISSING = problem(
    "csv.header_missing",
    422,
    "Baris judul tidak memuat kolom nip dan course (atau key).",
    "The header has no columns nip and course (or key).",
)
TOO_MANY_LINES = problem(
    "csv.too_many_lines",
    422,
    "Berkas lebih dari 50.000 baris; bagi menjadi beberapa.",
    "The file has more than 50,000 lines; split it.",
)
BAD_NIP = problem(
    "csv.bad_nip",
    422,
    "NIP bukan 18 angka.",
    "The NIP is not 18 digits.",
)
BAD_COURSE = problem(
    "csv.bad_course",
    422,
    "Kursus tidak terisi.",
    "The course is empty.",
)
BAD_KIND = problem(
    "csv.bad_kind",
    422,
    "Jenis tidak dikenal; pakai completed, opened, atau scored.",
    "The kind is not known; use completed, opened or scored.",
)
BAD_NUMBER = problem(
    "csv.bad_number",
    422,
    "Nilai harus bilangan bulat 0 sampai 100, detik bilangan bulat.",
    "The score must be a whole number 0 to 100, the seconds a whole number.",
)
BAD_MOMENT = problem(
    "csv.bad_moment",
    422,
    "Waktu tidak terbaca; tulis seperti 02-03-2026 14:30.",
    "The time can't be read; write it like 02-03-2026 14:30.",
)
BAD_KEY = problem(
    "csv.bad_key",
    422,
    "Kunci harus disalin utuh dari berkas di out.",
    "The key must be copied whole from the file in out.",
)
BAD_LENGTH = problem(
    "csv.bad_length",
    422,
    "Isian lebih dari 300 karakter.",
    "A cell has more than 300 characters.",
)

_FILE = re.compile(r"(completions|enrolled|refused|removed)([-_ ].*)?\.csv", re.IGNORECASE)
_COLUMNS = {
    "id": ("id", "fact_id"),
    "key": ("key", "kunci"),
    "nip": ("nip", "username", "idnumber"),
    "course": ("course", "kursus", "course_shortname"),
    "module": ("module", "modul"),
    "kind": ("kind", "jenis"),
    "score": ("score", "nilai", "grade"),
    "seconds": ("seconds", "detik"),
    "at": ("at", "waktu", "tanggal"),
    "code": ("code", "alasan"),
}
_KINDS = {"enrolled": FactKind.ENROLLED, "refused": FactKind.REFUSED, "removed": FactKind.REMOVED}
_PROGRESS = {
    "": FactKind.COMPLETED,
    "completed": FactKind.COMPLETED,
    "selesai": FactKind.COMPLETED,
    "opened": FactKind.OPENED,
    "dibuka": FactKind.OPENED,
    "scored": FactKind.SCORED,
    "dinilai": FactKind.SCORED,
}
_MOMENTS = ("%d-%m-%Y %H:%M:%S", "%d-%m-%Y %H:%M", "%d-%m-%Y", "%d/%m/%Y %H:%M", "%d/%m/%Y")
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Line:
    """One line of a file: its number in it, and the fact or the code that says why there is none."""

    number: int
    fact: Fact | None
    code: str = ""


@dataclass(frozen=True)
class Read:
    """One file: its digest, its lines, or the code that says why it can't be read at all."""

    digest: str
    lines: tuple[Line, ...] = ()
    code: str = ""


def read_file(path: Path, zone: tzinfo, kind: str = "") -> Read:
    """Read one file; times without a zone are in `zone`, and a line without a time has the file's. What its lines say
    is told by its name, unless `kind` is given."""
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    digest = hashlib.sha256(data).hexdigest()
    named = _FILE.fullmatch(path.name)
    if not kind and named is None:
        return Read(digest, code=FILE_UNKNOWN.code)
    kind = kind or (named.group(1).lower() if named else "")
    if len(data) > MOST_BYTES:
        return Read(digest, code=FILE_TOO_LARGE.code)
    if b"\x00" in data:
        return Read(digest, code=FILE_UNREADABLE.code)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return Read(digest, code=FILE_UNREADABLE.code)
    if len(rows) > MOST_LINES:
        return Read(digest, code=TOO_MANY_LINES.code)
    changed_at = datetime.fromtimestamp(path.stat().st_mtime, zone)
    return _lines(digest, rows, kind, zone, changed_at)


def _lines(digest: str, rows: list[list[str]], kind: str, zone: tzinfo, changed_at: datetime) -> Read:
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(cell.strip() for cell in row)]
    if not filled:
        return Read(digest)
    where = {name: at for at, word in enumerate(filled[0][1]) if (name := _column(word))}
    if not ({"nip", "course"} <= set(where) or ("key" in where and kind != "completions")):
        return Read(digest, code=HEADER_MISSING.code)
    made = []
    for number, row in filled[1:]:
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in where.items()}
        try:
            made.append(Line(number, _fact(cells, kind, zone, changed_at)))
        except _Bad as bad:
            made.append(Line(number, None, bad.code))
    return Read(digest, tuple(made))


class _Bad(Exception):
    def __init__(self, no: Problem) -> None:
        super().__init__(no.code)
        self.code = no.code


def _fact(cells: dict[str, str], kind: str, zone: tzinfo, changed_at: datetime) -> Fact:
    if any(len(cell) > 300 for cell in cells.values()):
        raise _Bad(BAD_LENGTH)
    key = cells.get("key", "").lstrip("'").lower()
    if key and not _KEY.fullmatch(key):
        raise _Bad(BAD_KEY)
    nip = re.sub(r"[\s'.]", "", cells.get("nip", ""))
    course = cells.get("course", "")
    if not key or kind == "completions":
        if not re.fullmatch(r"[0-9]{18}", nip, re.ASCII):
            raise _Bad(BAD_NIP)
        if not course:
            raise _Bad(BAD_COURSE)
    what = _KINDS.get(kind) or _PROGRESS.get(cells.get("kind", "").lower())
    if what is None:
        raise _Bad(BAD_KIND)
    said = cells.get("at", "")
    made = {
        "nip": nip,
        "course": course,
        "module": cells.get("module", ""),
        "score": _number(cells.get("score", ""), 100),
        "seconds": _number(cells.get("seconds", ""), 10_000_000),
        "key": key,
        "code": cells.get("code", ""),
    }
    if what is FactKind.SCORED and made["score"] is None:
        raise _Bad(BAD_NUMBER)
    words = "\x1f".join([what.value, said, *(str(value) for value in made.values())])
    fact_id = cells.get("id", "")[:190] or hashlib.sha256(words.encode()).hexdigest()[:32]
    return Fact(fact_id=f"csv:{fact_id}", kind=what, at=_moment(said, zone) if said else changed_at, **made)  # type: ignore[arg-type]


def _number(text: str, most: int) -> int | None:
    if not text:
        return None
    found = re.fullmatch(r"([0-9]{1,8})(?:[.,]0+)?", text, re.ASCII)
    if found is None or int(found.group(1)) > most:
        raise _Bad(BAD_NUMBER)
    return int(found.group(1))


def _moment(text: str, zone: tzinfo) -> datetime:
    made = None
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        for pattern in _MOMENTS:
            try:
                made = datetime.strptime(text, pattern)  # noqa: DTZ007 - the zone is given below
            except ValueError:
                continue
            break
    if made is None or not 2000 <= made.year <= 2100:
        raise _Bad(BAD_MOMENT)
    return made if made.tzinfo else made.replace(tzinfo=zone)


def _column(word: str) -> str | None:
    flat = word.strip().lstrip("'").lower().replace(" ", "_")
    return next((name for name, words in _COLUMNS.items() if flat in words), None)
