"""`bangkom import budget FILE`: a report per line, nothing written where a line is bad, the same file twice changes
nothing.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.budget.app import SERVICE
from services.budget.domain.ledger import Balance
from services.budget.handlers import documents
from services.budget.store.tables import DOCUMENT, DOCUMENT_LINE, LINE
from services.budget.tools.amounts import MOST_RUPIAH, readable
from shared.events.budget import MoneyFreed, SeatsReserved
from shared.ids import id_of, new_id
from tests.services.budget.givens import AGENCY_CODE, INSTANCE, YEAR, approved, balance, codes, entries, outbox, seats
from tests.town import Town, only

HEADER = ("Tahun", "Kode SKPD", "Nama SKPD", "Kode Sub Kegiatan", "Kode Rekening", "Sumber Dana", "Pagu")
ACCOUNTS = ("5.1.02.02.12.0001", "5.1.02.02.12.0003", "5.1.02.04.01.0003")
Amount = str | int


def line_of(account: str, fund: str = "PAD") -> UUID:
    return documents.line_id(codes(fund, account=account))


def cells(account: str, amount: Amount, *, fund: str = "PAD", sub: str = "5.04.02.2.01.0003") -> tuple[Amount, ...]:
    return (str(YEAR), AGENCY_CODE, "BKPSDM", sub, account, fund, amount)


def csv_file(path: Path, rows: Iterable[Sequence[Amount]], header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])
    return path


def xlsx_file(path: Path, rows: Iterable[Sequence[Amount]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("DPA")
        sheet.write_row(0, 0, ["Dokumen Pelaksanaan Anggaran"])
        for number, values in enumerate([HEADER, *rows], start=2):
            sheet.write_row(number, 0, values)
    return path


@pytest.fixture
def run(town: Town, monkeypatch: pytest.MonkeyPatch) -> Any:
    url = town.engines["budget"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_BUDGET_DATABASE_URL", url)

    def run(file: Path, *options: str, instance: str | None = INSTANCE) -> Result:
        named = ["--instance", instance] if instance else []
        assert SERVICE.commands is not None
        return CliRunner().invoke(SERVICE.commands, ["import", "budget", str(file), *named, *options])

    return run


def report_of(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.strip().splitlines()[-1])
    return found


def counted(town: Town) -> tuple[int, int, int]:
    with town.unit("budget") as unit:
        sizes = [unit.db.scalar(select(func.count()).select_from(table)) for table in (LINE, DOCUMENT, DOCUMENT_LINE)]
    return sizes[0] or 0, sizes[1] or 0, sizes[2] or 0


def test_a_dpa_makes_lines_with_names_and_original_entries(town: Town, run: Any, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "dpa.csv", [cells(ACCOUNTS[0], "120.000.000,00"), cells(ACCOUNTS[1], "17500000")])

    result = run(file, "--number", "DPA/A.1/5.04/001/2027")

    assert result.exit_code == 0, result.output
    assert balance(town, line_of(ACCOUNTS[0])) == Balance(original=120_000_000)
    assert [(entry.kind, entry.amount) for entry in entries(town)] == [
        ("original", 120_000_000),
        ("original", 17_500_000),
    ]
    with town.unit("budget") as unit:
        row = unit.db.execute(select(*LINE.c).where(LINE.c.line_id == line_of(ACCOUNTS[1]))).one()
    assert row.account_name == "Belanja Bimbingan Teknis"
    assert row.sub_activity_name.startswith("Penyelenggaraan Pengembangan Kompetensi Teknis")
    assert row.agency_name == "BKPSDM"


def test_the_id_of_a_line_is_made_of_its_codes() -> None:
    of = codes()
    assert documents.line_id(of) == id_of("line", *vars(of).values())
    assert list(vars(of)) == ["instance", "year", "agency_code", "sub_activity", "account", "fund"]


@pytest.mark.parametrize("make", [csv_file, xlsx_file], ids=["csv", "xlsx"])
def test_the_same_file_again_changes_nothing(town: Town, run: Any, tmp_path: Path, make: Any) -> None:
    file = make(tmp_path / "dpa", [cells(ACCOUNTS[0], 1_000_000), cells(ACCOUNTS[1], 0)])
    run(file)
    before, booked, said = counted(town), entries(town), outbox(town)

    result = run(file, "--json")

    assert result.exit_code == 0
    assert report_of(result)["counts"] == {"new": 0, "changed": 0, "same": 2, "bad": 0}
    assert (counted(town), entries(town), outbox(town)) == (before, booked, said)


def test_a_csv_and_an_xlsx_of_the_same_content_are_the_same_document(town: Town, run: Any, tmp_path: Path) -> None:
    rows = [cells(account, "2.000.000") for account in ACCOUNTS]
    run(csv_file(tmp_path / "dpa.csv", rows))

    run(xlsx_file(tmp_path / "dpa.xlsx", reversed(rows)))

    assert counted(town) == (3, 1, 3)


def test_the_first_document_again_after_a_shift_does_not_undo_the_shift(town: Town, run: Any, tmp_path: Path) -> None:
    first = csv_file(tmp_path / "dpa.csv", [cells(ACCOUNTS[0], 100), cells(ACCOUNTS[1], 100)])
    shift = csv_file(tmp_path / "shift.csv", [cells(ACCOUNTS[0], 60), cells(ACCOUNTS[1], 140)])
    run(first)
    run(shift, "--document", "pergeseran", "--number", "1")

    run(first)

    assert balance(town, line_of(ACCOUNTS[0])) == Balance(original=100, shifts=-40)
    assert balance(town, line_of(ACCOUNTS[1])) == Balance(original=100, shifts=40)


def test_each_kind_of_document_books_its_own_kind_of_entry(town: Town, run: Any, tmp_path: Path) -> None:
    for amount, options in (
        (50, ["--document", "rka"]),
        (100, ["--document", "dpa"]),
        (130, ["--document", "pergeseran", "--number", "1"]),
        (120, ["--document", "pergeseran", "--number", "2"]),
        (200, ["--document", "dppa"]),
    ):
        file = csv_file(tmp_path / f"{amount}.csv", [cells(ACCOUNTS[0], amount)])
        assert run(file, *options).exit_code == 0

    line_id = line_of(ACCOUNTS[0])
    kinds = [(entry.kind, entry.amount) for entry in entries(town, line_id)]
    assert kinds == [("original", 100), ("shift", 30), ("shift", -10), ("amendment", 80)]
    assert balance(town, line_id) == Balance(original=100, shifts=20, amendment=80)


def test_the_report_names_before_after_and_difference(town: Town, run: Any, tmp_path: Path) -> None:
    run(csv_file(tmp_path / "dpa.csv", [cells(ACCOUNTS[0], 1_000_000), cells(ACCOUNTS[1], 500_000)]))

    file = csv_file(tmp_path / "dppa.csv", [cells(ACCOUNTS[0], 1_250_000), cells(ACCOUNTS[1], 400_000)])
    result = run(file, "--document", "dppa", "--dry-run", "--json", "--date", "2027-09-30")

    report = report_of(result)
    assert [line["changes"] for line in report["lines"]] == [
        ["pagu Rp1.000.000 -> Rp1.250.000 (+Rp250.000)"],
        ["pagu Rp500.000 -> Rp400.000 (-Rp100.000)"],
    ]
    assert (report["before"], report["after"], report["difference"]) == (1_500_000, 1_650_000, 150_000)
    assert report["differences"][0] | {"line_id": None} == {
        "line": 2,
        "line_id": None,
        "before": 1_000_000,
        "after": 1_250_000,
        "difference": 250_000,
    }
    assert (report["document"], report["date"], report["written"]) == ("dppa", "2027-09-30", False)
    assert balance(town, line_of(ACCOUNTS[0])).amendment == 0


def test_nothing_is_written_when_a_line_is_bad_unless_bad_ones_are_skipped(
    town: Town, run: Any, tmp_path: Path
) -> None:
    bad = [
        cells(ACCOUNTS[0], "1.000,50"),
        cells("5.1.2", 10),
        cells(ACCOUNTS[1], 10, sub="9.99.99.9.99.9999"),
        cells(ACCOUNTS[2], 10),
        cells(ACCOUNTS[2], 11),
        cells(ACCOUNTS[2], 12, fund="=HYPERLINK(1)"),
    ]
    file = csv_file(tmp_path / "dpa.csv", bad)

    refused = run(file, "--json")

    assert refused.exit_code == 1
    assert counted(town) == (0, 0, 0)
    codes_of = {line["line"]: [no["code"] for no in line["problems"]] for line in report_of(refused)["lines"]}
    assert codes_of == {
        2: ["budget.bad_amount"],
        3: ["budget.bad_code"],
        4: ["budget.unknown_code"],
        5: [],
        6: ["budget.repeated_row"],
        7: ["cell.formula", "budget.bad_code"],
    }

    skipped = run(file, "--skip-bad", "--json")

    assert skipped.exit_code == 0
    assert counted(town) == (1, 1, 1)
    assert report_of(skipped)["written"] is True


def test_a_document_imported_in_part_may_be_completed_but_never_changed(town: Town, run: Any, tmp_path: Path) -> None:
    file = tmp_path / "dpa.csv"
    run(csv_file(file, [cells(ACCOUNTS[0], 100), cells(ACCOUNTS[1], "?")]), "--number", "1", "--skip-bad")

    completed = run(csv_file(file, [cells(ACCOUNTS[0], 100), cells(ACCOUNTS[1], 50)]), "--number", "1", "--json")
    changed = run(csv_file(file, [cells(ACCOUNTS[0], 101), cells(ACCOUNTS[1], 50)]), "--number", "1", "--json")

    assert report_of(completed)["counts"] == {"new": 1, "changed": 0, "same": 1, "bad": 0}
    assert changed.exit_code == 1
    assert [no["code"] for no in report_of(changed)["lines"][0]["problems"]] == ["budget.document_differs"]
    assert counted(town) == (2, 1, 2)


def test_a_budget_below_what_is_used_is_refused_for_that_line(town: Town, run: Any, tmp_path: Path) -> None:
    run(csv_file(tmp_path / "dpa.csv", [cells(ACCOUNTS[0], 1000), cells(ACCOUNTS[1], 1000)]))
    town.hear("budget", approved(line_of(ACCOUNTS[0]), *seats(4), amount=200))

    file = csv_file(tmp_path / "dppa.csv", [cells(ACCOUNTS[0], 799), cells(ACCOUNTS[1], 900)])
    result = run(file, "--document", "dppa", "--skip-bad", "--json")

    [bad] = [line for line in report_of(result)["lines"] if line["state"] == "bad"]
    assert [no["code"] for no in bad["problems"]] == ["budget.below_used"]
    assert balance(town, line_of(ACCOUNTS[0])) == Balance(original=1000, reserved=800)
    assert balance(town, line_of(ACCOUNTS[1])) == Balance(original=1000, amendment=-100)
    exact = csv_file(tmp_path / "exact.csv", [cells(ACCOUNTS[0], 800)])
    assert run(exact, "--document", "dppa").exit_code == 0
    assert balance(town, line_of(ACCOUNTS[0])).available == 0


def test_an_older_document_comes_too_late_for_a_line_that_a_newer_one_set(town: Town, run: Any, tmp_path: Path) -> None:
    run(csv_file(tmp_path / "dppa.csv", [cells(ACCOUNTS[0], 100)]), "--document", "dppa", "--date", "2027-09-30")

    file = csv_file(tmp_path / "dpa.csv", [cells(ACCOUNTS[0], 70)])
    result = run(file, "--date", "2027-01-04", "--json")

    assert result.exit_code == 1
    assert [no["code"] for no in report_of(result)["lines"][0]["problems"]] == ["budget.older_document"]


def test_money_that_comes_is_told(town: Town, run: Any, tmp_path: Path) -> None:
    line_id = line_of(ACCOUNTS[0])
    town.hear("budget", approved(line_id, *seats(1), amount=90))

    run(csv_file(tmp_path / "dpa.csv", [cells(ACCOUNTS[0], 100)]))

    assert only(outbox(town), MoneyFreed) == [MoneyFreed(line_id=line_id, amount=100)]
    town.hear("budget", approved(line_id, new_id(), amount=90))
    assert len(only(outbox(town), SeatsReserved)) == 1


def test_the_institution_is_the_columns_else_the_options_else_the_installations(
    town: Town, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = (str(YEAR), AGENCY_CODE, "5.04.02.2.01.0003", ACCOUNTS[0], "PAD", 5)
    header = ("Tahun", "Kode SKPD", "Kode Sub Kegiatan", "Kode Rekening", "Sumber Dana", "Pagu")
    monkeypatch.setenv("BANGKOM_INSTANCE", "12.01")

    run(csv_file(tmp_path / "a.csv", [row], header), instance=None)
    run(csv_file(tmp_path / "b.csv", [row], header), instance="12.02")
    run(csv_file(tmp_path / "c.csv", [(*row, "12.03")], (*header, "Kode Daerah")), instance="12.02")

    with town.unit("budget") as unit:
        found = unit.db.scalars(select(LINE.c.instance).order_by(LINE.c.position)).all()
    assert found == ["12.01", "12.02", "12.03"]


def test_headers_may_be_mapped_and_year_given_for_all_lines(town: Town, run: Any, tmp_path: Path) -> None:
    header = ("OPD", "Sub", "Akun", "Dana", "Rp")
    file = csv_file(tmp_path / "x.csv", [(AGENCY_CODE, "5.04.02.2.01.0003", ACCOUNTS[0], "PAD", "1.000")], header)

    mapped = [f"--map={name}" for name in ("Sub=sub_activity", "Dana=fund", "Rp=amount")]
    result = run(file, "--year", str(YEAR), *mapped)

    assert result.exit_code == 0, result.output
    assert balance(town, line_of(ACCOUNTS[0])).original == 1000


def test_a_file_without_a_needed_column_says_which(town: Town, run: Any, tmp_path: Path) -> None:
    result = run(csv_file(tmp_path / "x.csv", [("2027", AGENCY_CODE)], ("Tahun", "Kode SKPD")))

    assert result.exit_code == 1
    assert "amount" in result.output
    assert counted(town) == (0, 0, 0)


@settings(max_examples=15)
@given(amounts=st.lists(st.integers(0, MOST_RUPIAH), min_size=1, max_size=3), data=st.data())
def test_any_document_is_idempotent_and_sets_the_lines_to_what_it_says(
    town: Town, run: Any, tmp_path: Path, amounts: list[int], data: st.DataObject
) -> None:
    fund = new_id().hex[:20]
    rows = []
    for account, amount in zip(ACCOUNTS, amounts, strict=False):
        written = data.draw(st.sampled_from([str(amount), readable(amount), f"{readable(amount)},00"]))
        rows.append(cells(account, written, fund=fund))
    kind = data.draw(st.sampled_from(["dpa", "pergeseran", "dppa"]))
    file = csv_file(tmp_path / "any.csv", rows)

    for expected in ("new", "same"):
        result = run(file, "--document", kind, "--json")
        assert report_of(result)["counts"][expected] == len(amounts)
    for account, amount in zip(ACCOUNTS, amounts, strict=False):
        assert balance(town, line_of(account, fund)).effective == amount
