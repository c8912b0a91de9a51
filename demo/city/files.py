"""The city as the files that a real one would send: XLSX and CSV with the columns such lists have, JSON for the rest.

The same city gives the same bytes: the workbooks carry a fixed date of creation.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from demo.city.agencies import INSTANCE
from demo.city.build import City
from demo.city.staff import StaffRow

_MADE = datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None)

STAFF_COLUMNS = (
    "NIP", "Nama", "Email", "Status Kepegawaian", "Golongan", "Jabatan", "Unit Kerja", "Kode OPD", "NIP Atasan",
    "Kedudukan Hukum",
)  # fmt: skip
AGENCY_COLUMNS = ("Kode OPD", "Nama OPD", "Kode Induk")
BUDGET_COLUMNS = (
    "Kode Daerah",
    "Tahun",
    "Kode SKPD",
    "Kode Sub Kegiatan",
    "Kode Rekening",
    "Uraian",
    "Sumber Dana",
    "Pagu",
)


@dataclass(frozen=True)
class CityFiles:
    """Where the files are."""

    agencies: Path
    staff: Sequence[Path]
    budget: Path
    programmes: Path
    instrument: Path


def write(city: City, folder: Path) -> CityFiles:
    """Write all files of a city into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    agencies = _csv(
        folder / "opd.csv",
        AGENCY_COLUMNS,
        ((row.code, row.name, row.parent) for row in city.agencies),
    )
    # The largest agency sends a workbook; the others come as one CSV with semicolons, as local spreadsheets write it.
    largest = max(city.agencies, key=lambda row: row.weight).code
    own = [row for row in city.staff if row.agency == largest]
    others = [row for row in city.staff if row.agency != largest]
    staff = (
        _xlsx(folder / "pegawai-dinas-pendidikan.xlsx", "Pegawai", STAFF_COLUMNS, map(_staff, own)),
        _csv(folder / "pegawai-opd-lain.csv", STAFF_COLUMNS, map(_staff, others), delimiter=";"),
    )
    budget = _xlsx(
        folder / "dpa.xlsx",
        "DPA",
        BUDGET_COLUMNS,
        (
            (INSTANCE, str(row.year), row.agency, row.sub_activity, row.account, row.name, row.fund, row.amount)
            for row in city.lines
        ),
    )
    return CityFiles(
        agencies=agencies,
        staff=staff,
        budget=budget,
        programmes=_json(folder / "program.json", list(city.programmes)),
        instrument=_json(folder / "survei.json", dict(city.instrument)),
    )


def _staff(row: StaffRow) -> tuple[str, ...]:
    return (
        row.nip, row.name, row.email, row.status, row.grade, row.position, row.unit, row.agency, row.supervisor,
        row.standing,
    )  # fmt: skip


def _csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, delimiter=delimiter, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows(rows)
    return path


def _xlsx(path: Path, sheet: str, columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Path:
    book = xlsxwriter.Workbook(
        str(path), {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": _MADE})
    page = book.add_worksheet(sheet)
    page.write_row(0, 0, columns, book.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            # Codes and NIPs are text: a spreadsheet keeps only 15 digits of a number.
            if isinstance(value, str):
                page.write_string(number, column, value)
            else:
                page.write_number(number, column, value)
    page.freeze_panes(1, 0)
    page.set_column(0, len(columns) - 1, 22)
    book.close()
    return path


def _json(path: Path, value: object) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path
