"""Codes of a line by the national patterns, and their names."""

import csv
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.budget.domain.codes import ACCOUNT, SUB_ACTIVITY, Codes, codes
from services.budget.tools import names

GOOD = {
    "instance": "12.73",
    "agency_code": "5.03.5.04.0.00.01.0000",
    "sub_activity": "5.04.02.2.01.0003",
    "account": "5.1.02.02.12.0003",
    "fund": "PAD",
}


def test_good_codes_are_kept_as_they_are() -> None:
    assert codes("2027", **GOOD) == Codes(year=2027, **GOOD)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("instance", "1273"),
        ("agency_code", ""),
        ("agency_code", "x" * 41),
        ("sub_activity", "5.04.02.2.01.003"),
        ("sub_activity", "5.04.02.2.01.0003\n"),
        ("sub_activity", "５.04.02.2.01.0003"),
        ("account", "5.1.2.02.12.0003"),
        ("account", "5.1.02.02.12"),
        ("fund", "=1"),
    ],
)
def test_a_code_of_another_form_is_named(column: str, value: str) -> None:
    wrong = codes("2027", **(GOOD | {column: value}))

    assert isinstance(wrong, list)
    assert [no.facts["column"] for no in wrong] == [column]
    assert all("?" not in no.sentence("id") for no in wrong)


@pytest.mark.parametrize("year", ["", "27", "1999", "2101", "20270", "２０２７"])
def test_a_year_out_of_reach_is_named(year: str) -> None:
    wrong = codes(year, **GOOD)

    assert isinstance(wrong, list)
    assert [no.facts["column"] for no in wrong] == ["year"]


@given(st.from_regex(SUB_ACTIVITY, fullmatch=True), st.from_regex(ACCOUNT, fullmatch=True))
def test_names_of_any_code_are_a_name_or_none(sub_activity: str, account: str) -> None:
    assert names.sub_activity(sub_activity) != ""
    assert names.account(account) != ""


def test_a_sub_activity_of_every_agency_is_known_under_its_own_field_of_government() -> None:
    assert names.sub_activity("1.01.01.2.05.0009") == "Pendidikan dan Pelatihan Pegawai Berdasarkan Tugas dan Fungsi"


@pytest.mark.parametrize(("file", "pattern"), [("sub_kegiatan.csv", SUB_ACTIVITY), ("account_codes.csv", ACCOUNT)])
def test_the_carried_reference_rows_have_the_form_of_their_codes(file: str, pattern: object) -> None:
    with files("services.budget").joinpath("reference", file).open(encoding="utf-8") as source:
        rows = list(csv.DictReader(source))
    assert rows
    assert all(pattern.fullmatch(row["code"]) and row["name"] for row in rows)  # type: ignore[attr-defined]
