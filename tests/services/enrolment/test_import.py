"""Staff and agencies from files: every line is reported, nothing is half written, a second run says nothing."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from sqlalchemy import func, select

from services.enrolment.handlers.imports import import_agencies
from services.enrolment.store.tables import agency, person
from services.enrolment.tools.staff import AGENCY_ALIASES, STAFF_ALIASES
from shared.events.enrolment import AgenciesChanged, PeopleChanged
from shared.imports import LineState, Report
from shared.spreadsheet import read_table, read_table_bytes
from tests.services.enrolment.scene import OPTIONS, load, nip_of, staff_csv
from tests.town import Town, only

REAL = Path(__file__).resolve().parents[4] / "shared" / "data" / "moodle" / "uploaduser_example.csv"
SAMPLES = Path(__file__).parent / "samples"


def states(report: Report) -> list[str]:
    return [line.state.value for line in report.lines]


def codes(report: Report) -> list[list[str]]:
    return [[no.code for no in line.problems] for line in report.lines]


def people(town: Town) -> int:
    with town.unit("enrolment") as unit:
        return unit.db.scalar(select(func.count()).select_from(person)) or 0


def test_a_file_is_imported_once_and_a_second_run_says_nothing(town: Town) -> None:
    report = load(town, staff_csv(6))
    assert (report.counts["new"], report.written, report.extra) == (6, True, {"agencies_made": 2})
    said = town.run()
    assert {len(event.people) for event in only(said, PeopleChanged)} == {3}
    assert len(only(said, AgenciesChanged)) == 1
    again = load(town, staff_csv(6))
    assert again.counts == {"new": 0, "changed": 0, "same": 6, "bad": 0}
    assert again.data()["lines"] == []
    assert town.run() == []


def test_only_what_changed_is_said_with_a_higher_rev(town: Town) -> None:
    load(town, staff_csv(4))
    town.run()
    report = load(town, staff_csv(4).replace("Pegawai 2;", "Pegawai Dua;").replace("Bidang A", "Bidang B", 1))
    assert sorted(line.changes for line in report.lines if line.state is LineState.CHANGED) == [("name",), ("unit",)]
    [changed] = only(town.run(), PeopleChanged)
    assert [(one.name, one.rev) for one in changed.people] == [("Pegawai Dua", 2)]


def test_a_column_that_is_not_there_leaves_what_is_known(town: Town) -> None:
    load(town, staff_csv(2))
    report = load(town, f"nip,nama,kode opd\n{nip_of(1)},Pegawai 1,1.02\n")
    assert states(report) == ["same"]
    report = load(town, f"nip,nama,kode opd,email\n{nip_of(1)},Pegawai 1,1.02,\n")
    assert report.lines[0].changes == ("email",)


def test_nothing_is_written_where_a_line_is_bad_unless_it_is_skipped(town: Town) -> None:
    text = staff_csv(3) + "19850101;X;;1.01;;;;;\n"
    report = load(town, text)
    assert (report.written, people(town)) == (False, 0)
    assert codes(report)[-1] == ["nip.length"]
    assert load(town, text, replace(OPTIONS, dry_run=True, skip_bad=True)).written is False
    assert people(town) == 0
    assert load(town, text, replace(OPTIONS, skip_bad=True)).written is True
    assert people(town) == 3


def test_a_supervisor_may_come_later_and_a_missing_one_makes_the_line_bad(town: Town) -> None:
    head = "nip,nama,kode opd,nip atasan\n"
    later = load(town, f"{head}{nip_of(1)},Satu,1.01,{nip_of(2)}\n{nip_of(2)},Dua,1.01,-\n")
    assert states(later) == ["new", "new"]
    chain = load(town, f"{head}{nip_of(3)},Tiga,1.01,{nip_of(4)}\n{nip_of(4)},Empat,1.01,{nip_of(5)}\n")
    assert codes(chain) == [["person.supervisor"], ["person.supervisor"]]
    own = load(town, f"{head}{nip_of(6)},Enam,1.01,{nip_of(6)}\n")
    assert codes(own) == [["person.own_supervisor"]]
    with town.unit("enrolment") as unit:
        above = unit.db.scalar(select(person.c.supervisor_id).where(person.c.nip == nip_of(1)))
        assert above == unit.db.scalar(select(person.c.person_id).where(person.c.nip == nip_of(2)))


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("{nip},,1.01,,", "person.name"),
        ("{nip},Nama,,,", "person.agency"),
        ("{nip},Nama,1.01,salah@,", "person.email"),
        ("{nip},Nama,1.01,,PPPK", "person.status"),
        ("{nip},=HYPERLINK(),1.01,,", "cell.formula"),
        ("1.98501E+17,Nama,1.01,,", "nip.number"),
        (",Nama,1.01,,", "nip.missing"),
        ("{nip},Nama,1.01,,,,tambahan", "line.shifted"),
    ],
)
def test_each_bad_line_says_what_is_wrong(town: Town, cells: str, code: str) -> None:
    report = load(town, "nip,nama,kode opd,email,status pegawai\n" + cells.format(nip=nip_of(1)) + "\n")
    assert code in codes(report)[0]
    assert nip_of(1) not in str(report.data())


def test_the_same_number_twice_is_bad(town: Town) -> None:
    report = load(town, staff_csv(2) + staff_csv(2).split("\n")[2] + "\n")
    assert (codes(report)[2], report.lines[2].number) == (["line.twice"], 4)


def test_ones_own_headers_are_mapped_and_agencies_may_have_names_only(town: Town) -> None:
    text = f"NOMOR INDUK|NAMA PEGAWAI|SATKER\n{nip_of(1)}|Satu|Dinas Pendidikan\n{nip_of(2)}|Dua|dinas pendidikan\n"
    mapping = {"NOMOR INDUK": "nip", "SATKER": "agency_code"}
    report = load(town, text, replace(OPTIONS, mapping=mapping))
    assert states(report) == ["new", "new"]
    with town.unit("enrolment") as unit:
        assert unit.db.execute(select(agency.c.code, agency.c.name)).all() == [("DINAS-PENDIDIKAN", "Dinas Pendidikan")]


def test_numbers_that_a_spreadsheet_has_rounded_are_refused(town: Town) -> None:
    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Daftar pegawai"])
    sheet.write_row(2, 0, ["NIP", "Nama", "Kode OPD"])
    sheet.write_row(3, 0, [nip_of(1), "Teks", "1.01"])
    sheet.write_row(4, 0, [int(nip_of(2)), "Angka", "1.01"])
    book.close()
    table = read_table_bytes(data.getvalue(), STAFF_ALIASES)
    assert [line.number for line in table.lines] == [4, 5]
    assert [[no.code for no in line.problems] for line in table.lines] == [[], ["cell.lost_digits"]]


@pytest.mark.parametrize("path", [path for path in (SAMPLES / "uploaduser.csv", REAL) if path.exists()], ids=str)
def test_moodles_upload_file_is_read(town: Town, path: Path) -> None:
    table = read_table(path, STAFF_ALIASES)
    assert {"username", "firstname", "lastname", "email"} <= set(table.columns)
    report = load(town, path.read_text(encoding="utf-8"), agency="1.01")
    for line in report.lines:
        assert line.state is LineState.NEW or line.problems[0].code.startswith("nip.")


def test_five_thousand_lines_take_a_few_statements(town: Town) -> None:
    text = staff_csv(5_000, agencies=9)
    assert load(town, text).counts["new"] == 5_000
    said = only(town.run(), PeopleChanged)
    assert sum(len(event.people) for event in said) == 5_000
    assert max(len(event.people) for event in said) <= 500
    assert load(town, text.replace("Bidang A", "Bidang B")).counts["changed"] == 5_000


def test_agencies_come_with_their_parents_in_any_order(town: Town) -> None:
    def run(text: str) -> Report:
        with town.unit("enrolment") as unit:
            return import_agencies(unit, read_table_bytes(text.encode(), AGENCY_ALIASES), OPTIONS, instance="12.73")

    text = "kode;nama;kode induk\n1.01.01;UPTD;1.01\n1.01;Dinas;\n"
    assert states(run(text)) == ["new", "new"]
    assert states(run(text)) == ["same", "same"]
    assert states(run(text.replace("UPTD", "UPT"))) == ["changed", "same"]
    assert [[each.rev for each in event.agencies] for event in only(town.run(), AgenciesChanged)] == [[1, 1], [2]]
    round_about = run("kode;nama;kode induk\n1.01;Dinas;1.01.01\n1.01.01;UPT;1.01\n9;Lain;8\n")
    assert codes(round_about) == [["agency.parent"], ["agency.parent"], ["agency.parent"]]
