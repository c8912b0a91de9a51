"""Rows out of the files that cities really send: CSV in any of four encodings and four delimiters, or XLSX.

    table = read_table(path, aliases={"nip": ["nip", "nip baru"], "name": ["nama"]}, mapping={"NIP PEGAWAI": "nip"})
    for line in table.lines:
        line.number         # as the person sees it in the spreadsheet program
        line.values["nip"]  # always text, trimmed; every known column of the file is there
        line.problems       # what is wrong with single cells (lost digits, formula, too long); the line is bad

Text stays text: an 18-digit number that a spreadsheet kept as a number has lost digits and is reported, never guessed.
A file that can't be read at all raises a DomainError with one of the problems here or in shared.rows.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.errors import DomainError, problem
from shared.rows import HEADER_WITHIN, MOST_BYTES, TOO_BIG, UNREADABLE, Cell, Row, rows_of

MOST_CHARACTERS = 4_000

NO_HEADER = problem(
    "file.no_header",
    422,
    'Baris judul tidak ditemukan. Kolom yang dikenal: {known}. Petakan kolom dengan --map "JUDUL=nama".',
    'No header row was found. Known columns: {known}. Map a column with --map "HEADER=name".',
)
NO_COLUMN = problem(
    "file.no_column",
    422,
    "Kolom wajib tidak ada: {columns}.",
    "Required columns are missing: {columns}.",
)
BAD_MAPPING = problem(
    "file.bad_mapping",
    422,
    "Pemetaan {header} = {column} tidak cocok: {why}.",
    "The mapping {header} = {column} doesn't fit: {why}.",
)
LOST_DIGITS = problem(
    "cell.lost_digits",
    422,
    "Kolom {column}: tersimpan sebagai angka sehingga digitnya hilang. Jadikan kolom berformat Teks, lalu isi lagi.",
    "Column {column}: stored as a number, so digits were lost. Format the column as Text and fill it in again.",
)
FORMULA = problem(
    "cell.formula",
    422,
    "Kolom {column}: berisi rumus, bukan nilai.",
    "Column {column}: holds a formula, not a value.",
)
TOO_LONG = problem(
    "cell.too_long",
    422,
    "Kolom {column}: lebih dari {most} karakter.",
    "Column {column}: more than {most} characters.",
)
SHIFTED = problem(
    "line.shifted",
    422,
    "Baris ini punya lebih banyak kolom daripada judulnya; mungkin ada pemisah di dalam isi.",
    "This line has more columns than the header; there may be a delimiter inside a value.",
)


@dataclass(frozen=True)
class Line:
    """One row: `number` counts from 1 as in the file; `values` has every known column of the file, trimmed text."""

    number: int
    values: dict[str, str]
    problems: tuple[DomainError, ...] = ()


@dataclass(frozen=True)
class Table:
    """`header` as it stands in the file; `columns` maps a field to its header; `unknown` headers are not read."""

    header: list[str]
    columns: dict[str, str]
    unknown: list[str]
    lines: list[Line]

    def require(self, *fields: str) -> None:
        """Refuse a file without these fields."""
        missing = [field for field in fields if field not in self.columns]
        if missing:
            raise NO_COLUMN(columns=", ".join(missing))


def read_table(
    path: Path | str,
    aliases: Mapping[str, Sequence[str]],
    mapping: Mapping[str, str] | None = None,
) -> Table:
    """The table in a file. `aliases` lists for each field the headers it is known by (the first that stands in the file
    is read; case, punctuation and spaces don't matter), `mapping` says header -> field and comes first."""
    path = Path(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise TOO_BIG(what="ukuran", most=f"{MOST_BYTES // 1024 // 1024} MiB")
        data = path.read_bytes()
    except OSError as error:
        raise UNREADABLE(why=error.strerror or "OSError") from error
    return read_table_bytes(data, aliases, mapping)


def read_table_bytes(
    data: bytes,
    aliases: Mapping[str, Sequence[str]],
    mapping: Mapping[str, str] | None = None,
) -> Table:
    """The same for content that came over HTTP."""
    known = {_plain(field): field for field in aliases}
    for field, names in aliases.items():
        for name in names:
            known.setdefault(_plain(name), field)
    wanted = _mapping(mapping or {}, aliases)
    best: tuple[int, list[Row], int] = (0, [], 0)
    for sheet in rows_of(data):
        for at, (_, cells) in enumerate(sheet[:HEADER_WITHIN]):
            found = len({(wanted.get(_plain(cell.text)) or known.get(_plain(cell.text))) for cell in cells} - {None})
            if found > best[0]:
                best = (found, sheet, at)
    if best[0] == 0:
        raise NO_HEADER(known=", ".join(aliases))
    _, rows, start = best
    return _table(rows[start], rows[start + 1 :], aliases, mapping or {})


def _mapping(mapping: Mapping[str, str], aliases: Mapping[str, Sequence[str]]) -> dict[str, str]:
    for header, field in mapping.items():
        if field not in aliases:
            raise BAD_MAPPING(header=header, column=field, why=f"{field} ? {', '.join(aliases)}")
    return {_plain(header): field for header, field in mapping.items()}


def _table(header_row: Row, rows: list[Row], aliases: Mapping[str, Sequence[str]], mapping: Mapping[str, str]) -> Table:
    header = [cell.text for cell in header_row[1]]
    while header and not header[-1]:
        header.pop()
    where: dict[str, int] = {}
    for position, name in enumerate(header):
        where.setdefault(_plain(name), position)
    columns: dict[str, int] = {}
    for name, field in mapping.items():
        if _plain(name) not in where:
            raise BAD_MAPPING(header=name, column=field, why="kolom itu tidak ada di berkas / no such column")
        columns[field] = where[_plain(name)]
    taken = set(columns.values())
    for field, names in aliases.items():
        if field in columns:
            continue
        for name in (field, *names):
            at = where.get(_plain(name))
            if at is not None and at not in taken:
                columns[field] = at
                taken.add(at)
                break
    lines = [_line(number, cells, columns, len(header)) for number, cells in rows if any(cell.text for cell in cells)]
    return Table(
        header=header,
        columns={field: header[position] for field, position in columns.items()},
        unknown=[name for position, name in enumerate(header) if name and position not in taken],
        lines=lines,
    )


def _line(number: int, cells: list[Cell], columns: Mapping[str, int], width: int) -> Line:
    values: dict[str, str] = {}
    problems: list[DomainError] = []
    for field, position in columns.items():
        cell = cells[position] if position < len(cells) else _EMPTY
        if cell.lost:
            problems.append(LOST_DIGITS(column=field))
        if cell.formula:
            problems.append(FORMULA(column=field))
        if len(cell.text) > MOST_CHARACTERS:
            problems.append(TOO_LONG(column=field, most=MOST_CHARACTERS))
        values[field] = cell.text[:MOST_CHARACTERS]
    if any(cell.text for cell in cells[width:]):
        problems.append(SHIFTED())
    return Line(number, values, tuple(problems))


_EMPTY = Cell("")
_SIMPLE = re.compile(r"[^\w]+|_+")


def _plain(header: str) -> str:
    """A header as it is compared: `NIP_Baru.` and `nip baru` are the same."""
    return _SIMPLE.sub(" ", unicodedata.normalize("NFKC", header).casefold()).strip()
