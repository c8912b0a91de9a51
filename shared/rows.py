"""Rows of cells out of the bytes of a CSV or XLSX file, within bounds that a hostile file can't break."""

import codecs
import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from shared.errors import problem

MOST_BYTES = 64 * 1024 * 1024
MOST_UNPACKED_BYTES = 512 * 1024 * 1024
MOST_ROWS = 200_000
MOST_COLUMNS = 500
SAFE_DIGITS = 15
"""A spreadsheet number holds 15 digits; what is longer has been rounded."""
HEADER_WITHIN = 25
"""The header stands within so many rows; a title may come before it."""
_DELIMITERS = (",", ";", "\t", "|")

UNREADABLE = problem(
    "file.unreadable",
    422,
    "Berkas tidak dapat dibaca: {why}.",
    "The file can't be read: {why}.",
)
TOO_BIG = problem(
    "file.too_large",
    422,
    "Berkas terlalu besar: {what} melebihi {most}.",
    "The file is too large: {what} exceeds {most}.",
)
NOT_A_TABLE = problem(
    "file.not_a_table",
    422,
    "Berkas ini bukan CSV atau XLSX. Simpan sebagai .xlsx atau .csv lalu coba lagi.",
    "This file is neither CSV nor XLSX. Save it as .xlsx or .csv and try again.",
)


@dataclass(frozen=True)
class Cell:
    text: str
    lost: bool = False
    formula: bool = False


Row = tuple[int, list[Cell]]


def rows_of(data: bytes) -> Iterator[list[Row]]:
    """The rows of each sheet, numbered from 1 as the person sees them; a CSV has one sheet."""
    if len(data) > MOST_BYTES:
        raise TOO_BIG(what="ukuran", most=f"{MOST_BYTES // 1024 // 1024} MiB")
    if data.startswith(b"PK\x03\x04"):
        return _xlsx(data)
    if data.startswith((b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"Rar!", b"{\\rtf")):
        raise NOT_A_TABLE()
    return iter([_csv(data)])


_QUOTED_TEXT = re.compile(r'^="([^"]*)"$')
_FORMULA = re.compile(r"^(=|@|[+-][^\d\s.,])")
_SPACES = re.compile(r"[ \t\u00a0\u2007\u202f\ufeff]+")


def _text(raw: str) -> Cell:
    text = _SPACES.sub(" ", raw).strip()
    quoted = _QUOTED_TEXT.match(text)
    if quoted:
        return Cell(quoted.group(1).strip())
    if text.startswith("'"):
        return Cell(text[1:].strip())
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return Cell(text, formula=len(text) > 1 and _FORMULA.match(text) is not None)


# CSV


def _csv(data: bytes) -> list[Row]:
    text = _decoded(data)
    first, _, rest = text.partition("\n")
    if re.fullmatch(r"sep=.\r?", first):
        delimiter, text, before = first[4], rest, 1
    else:
        delimiter, before = _delimiter(text), 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    started = 1
    try:
        for values in reader:
            if len(values) > MOST_COLUMNS:
                raise TOO_BIG(what=f"baris {started + before}: kolom", most=MOST_COLUMNS)
            rows.append((started + before, [_text(value) for value in values]))
            if len(rows) > MOST_ROWS:
                raise TOO_BIG(what="jumlah baris", most=f"{MOST_ROWS:,}")
            started = reader.line_num + 1
    except csv.Error as error:
        raise UNREADABLE(why=f"baris {started + before}: {error}") from error
    return rows


def _decoded(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    elif len(data) >= 4 and data[:200].count(0) * 3 > len(data[:200]):
        encodings = ["utf-16-be" if data[0] == 0 else "utf-16-le"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise UNREADABLE(why="berisi karakter NUL / holds NUL characters")
        return text
    raise UNREADABLE(why="pengodean teks tidak dikenal / unknown text encoding")


def _delimiter(text: str) -> str:
    """The delimiter that splits the first lines most, the same number of times."""
    sample = [line for line in text[:20_000].splitlines() if line.strip()][:HEADER_WITHIN]
    counts = {mark: [re.sub(r'"[^"]*"', "", line).count(mark) for line in sample] for mark in _DELIMITERS}
    return max(_DELIMITERS, key=lambda mark: (max(counts[mark], default=0), -_DELIMITERS.index(mark)))


# XLSX

_CELL_AT = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')


def _xlsx(data: bytes) -> Iterator[list[Row]]:
    _check_archive(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = book.sheet_names
        for name in names[:20]:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield [(number, [_cell(value) for value in row]) for number, row in enumerate(rows, start=1)]
    except (CalamineError, OSError, ValueError) as error:
        raise UNREADABLE(why=str(error)[:200]) from error


def _check_archive(data: bytes) -> None:
    """Refuse what would unpack to too much, before anything allocates it: many bytes, or one cell at the far corner."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise NOT_A_TABLE()
            if len(parts) > 5_000 or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
                raise TOO_BIG(what="isi XLSX", most=f"{MOST_UNPACKED_BYTES // 1024 // 1024} MiB")
            for part in parts:
                if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                    _check_extent(archive, part)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise UNREADABLE(why=str(error)[:200]) from error


def _check_extent(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    rows, columns, seen = 0, 0, 0
    rest = b""
    with archive.open(part) as stream:
        while chunk := stream.read(1024 * 1024):
            seen += len(chunk)
            if seen > MOST_UNPACKED_BYTES:
                raise TOO_BIG(what="isi XLSX", most=f"{MOST_UNPACKED_BYTES // 1024 // 1024} MiB")
            chunk = rest + chunk
            for letters, digits in set(_CELL_AT.findall(chunk)):
                rows = max(rows, int(digits))
                columns = max(columns, _column_number(letters))
            rest = chunk[-40:]
            if rows > MOST_ROWS:
                raise TOO_BIG(what="jumlah baris", most=f"{MOST_ROWS:,}")
            if columns > MOST_COLUMNS:
                raise TOO_BIG(what="jumlah kolom", most=MOST_COLUMNS)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return Cell("true" if value else "false")
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return Cell(value.date().isoformat() if midnight else value.isoformat(timespec="seconds"))
    if isinstance(value, date | time):
        return Cell(value.isoformat())
    if isinstance(value, timedelta):
        return Cell(str(value))
    return Cell("" if value is None else str(value))


def _number(value: float) -> Cell:
    if value != value or value in (float("inf"), float("-inf")):
        return Cell(str(value), formula=True)
    whole = int(value)
    if whole == value:
        return Cell(str(whole), lost=len(str(abs(whole))) > SAFE_DIGITS)
    return Cell(format(value, ".15g"))
