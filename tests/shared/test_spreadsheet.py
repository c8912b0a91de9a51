"""Tables out of files: any delimiter and encoding gives the same text back; what can't be read says why."""

import csv
import io
import zipfile

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import DomainError
from shared.spreadsheet import Table, read_table, read_table_bytes

ALIASES = {"nip": ("nip baru",), "name": ("nama", "nama lengkap")}

# What a cell keeps: blanks around and in a row are taken away, and a formula's or a text's mark is not plain text.
PLAIN = st.from_regex(r"[A-Za-z0-9é,;|\"][A-Za-z0-9é .,;|\"']{0,20}[A-Za-z0-9é\"]", fullmatch=True).filter(
    lambda text: "  " not in text
)


def problem_of(data: bytes, **more: object) -> str:
    with pytest.raises(DomainError) as no:
        read_table_bytes(data, ALIASES, **more)  # type: ignore[arg-type]
    assert no.value.sentence("id")
    assert no.value.sentence("en")
    return no.value.code


def values(table: Table) -> list[tuple[str, str]]:
    return [(line.values["nip"], line.values["name"]) for line in table.lines]


@given(
    rows=st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(("utf-8", "utf-8-sig", "cp1252", "utf-16")),
)
def test_a_csv_gives_its_cells_back(rows: list[tuple[str, str]], delimiter: str, encoding: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(("NIP Baru", "Nama"))
    writer.writerows(rows)
    assert values(read_table_bytes(text.getvalue().encode(encoding), ALIASES)) == rows


@given(rows=st.lists(st.tuples(PLAIN, PLAIN), min_size=1, max_size=5))
def test_an_xlsx_gives_its_cells_back(rows: list[tuple[str, str]]) -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate([("NIP", "NAMA_LENGKAP"), *rows]):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
    book.close()
    assert values(read_table_bytes(data.getvalue(), ALIASES)) == rows


def test_the_header_may_come_after_a_title_and_blank_lines_are_left_out() -> None:
    table = read_table_bytes(b"Daftar Pegawai,,\n\nNo,NIP_BARU,Nama,Catatan\n1,12,Budi,\n,,,\n2,13,Ani,x\n", ALIASES)
    assert [(line.number, line.values["nip"]) for line in table.lines] == [(4, "12"), (6, "13")]
    assert table.unknown == ["No", "Catatan"]
    with pytest.raises(DomainError):
        table.require("nip", "email")


def test_marks_of_spreadsheet_programs_are_not_part_of_the_text() -> None:
    table = read_table_bytes(b'sep=;\r\nnip;nama\r\n\'0012;="0013"\r\n', ALIASES)
    assert values(table) == [("0012", "0013")]
    assert table.lines[0].number == 3


def test_a_mapping_comes_first_and_must_fit_the_file() -> None:
    data = b"nip,pegawai,nomor\n1,Budi,2\n"
    assert values(read_table_bytes(data, ALIASES, {"nomor": "nip", "Pegawai": "name"})) == [("2", "Budi")]
    assert problem_of(data, mapping={"nomor": "umur"}) == "file.bad_mapping"
    assert problem_of(data, mapping={"tidak ada": "nip"}) == "file.bad_mapping"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file.no_header"),
        (b"a,b\n1,2\n", "file.no_header"),
        (b"nip,nama\n1,\0\n", "file.unreadable"),
        (b'nip,nama\n1,"tak ditutup\n', "file.unreadable"),
        (b"nip,nama\n1," + b"x" * 200_000 + b"\n", "file.unreadable"),
        (b"nip," + b"," * 600, "file.too_large"),
        (b"nip\n" + b"1\n" * 200_001, "file.too_large"),
        (b"PK\x03\x04rusak", "file.unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file.not_a_table"),
        (b"%PDF-1.7", "file.not_a_table"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, code: str) -> None:
    assert problem_of(data) == code


def archive(**parts: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return data.getvalue()


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_does() -> None:
    bomb = archive(xl__workbook_xml=b"<workbook/>", xl__worksheets__sheet1_xml=b" " * (513 * 1024 * 1024))
    assert len(bomb) < 1024 * 1024
    assert problem_of(bomb) == "file.too_large"
    corner = archive(xl__workbook_xml=b"<workbook/>", xl__worksheets__sheet1_xml=b'<c r="XFD1048576"/>')
    assert problem_of(corner) == "file.too_large"
    assert problem_of(archive(word__document_xml=b"<w/>")) == "file.not_a_table"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    code = "file."
    try:
        read_table_bytes(b"nip,nama\n" + data, ALIASES)
    except DomainError as no:
        code = no.code
    assert code.startswith("file.")


def test_a_file_that_is_not_there_is_refused() -> None:
    with pytest.raises(DomainError):
        read_table("/nowhere/at/all.csv", ALIASES)
