"""The demo city: the same seed gives the same files, and what is in them is valid."""

import json
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from demo.answers import FIRST_RUN, SECOND_RUN, TOO_HARD, draw
from demo.city import build, write
from demo.city.build import City
from demo.city.survey import DIFFICULTY
from services.content.schemas import DefinitionIn
from services.surveys.domain.instrument import check, read
from services.surveys.tools.intervals import wilson
from shared.spreadsheet import read_table

YEAR = 2026


@pytest.fixture(scope="module")
def city() -> City:
    return build(7, YEAR)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("one", 3), ("again", 3), ("other", 4)):
        write(build(seed, YEAR, agency_count=6, staff_count=200), tmp_path / name)
    assert _files(tmp_path / "one") == _files(tmp_path / "again")
    assert _files(tmp_path / "one") != _files(tmp_path / "other")


def test_it_has_fifty_agencies_and_five_thousand_staff(city: City) -> None:
    assert len({row.code for row in city.agencies}) == 50
    assert len({row.nip for row in city.staff}) == 5_000
    assert len({row.email for row in city.staff}) == 5_000
    codes = {row.code for row in city.agencies}
    assert {row.parent for row in city.agencies} - {""} <= codes
    assert {row.agency for row in city.staff} == codes


def test_numbers_have_the_shape_of_their_kind(city: City) -> None:
    kinds = Counter(row.status for row in city.staff)
    assert kinds["PNS"] > 1_000
    assert kinds["PPPK"] > 500
    for row in city.staff:
        assert re.fullmatch(r"\d{18}", row.nip)
        if row.status == "PNS":
            assert 1 <= int(row.nip[12:14]) <= 12
        else:
            assert row.nip[12] == "2"
            assert 1 <= int(row.nip[13]) <= 9
        assert row.nip[14] in "12"
        assert 1 <= int(row.nip[15:]) <= 999
        assert 18 <= int(row.nip[8:12]) - int(row.nip[:4]) <= 60


def test_every_supervisor_works_in_the_same_agency(city: City) -> None:
    agency = {row.nip: row.agency for row in city.staff}
    without = [row for row in city.staff if not row.supervisor]
    assert len(without) == len(city.agencies)
    assert all(agency[row.supervisor] == row.agency for row in city.staff if row.supervisor)


def test_no_address_can_exist(city: City) -> None:
    assert all(row.email.endswith(".example") for row in city.staff)


def test_budget_lines_have_codes_of_the_classification(city: City) -> None:
    keys = [(row.agency, row.sub_activity, row.account, row.fund) for row in city.lines]
    assert len(keys) == len(set(keys)) > 150
    for row in city.lines:
        assert re.fullmatch(r"(X|\d)\.(XX|\d{2})\.\d{2}\.\d\.\d{2}\.(\d{2}|\d{4})", row.sub_activity)
        assert re.fullmatch(r"\d\.\d\.\d{2}\.\d{2}\.\d{2}\.\d{4}", row.account)
        assert row.amount > 0


def test_a_long_number_survives_both_kinds_of_file(city: City, tmp_path: Path) -> None:
    files = write(city, tmp_path)
    aliases = {"nip": ["NIP"], "name": ["Nama"], "agency": ["Kode OPD"]}
    read_back = [line.values["nip"] for path in files.staff for line in read_table(path, aliases).lines]
    assert Counter(read_back) == Counter(row.nip for row in city.staff)
    sheet = CalamineWorkbook.from_path(str(files.budget)).get_sheet_by_index(0).to_python()
    assert len(sheet) == len(city.lines) + 1


def test_programmes_and_survey_are_what_the_services_read(city: City, tmp_path: Path) -> None:
    files = write(city, tmp_path)
    loaded = [DefinitionIn().load(one) for one in json.loads(files.programmes.read_text(encoding="utf-8"))]
    assert len(loaded) == 3
    items = read(json.loads(files.instrument.read_text(encoding="utf-8")))
    assert [item.kind for item in items if item.kind] == ["too_hard"]
    rng = random.Random(1)
    assert all(check(items, draw(FIRST_RUN, band, rng)) == {} for band in ("II", "III", "IX") * 50)


def test_nearly_every_seed_raises_a_finding_on_the_first_run_and_none_on_the_second() -> None:
    raised = {"first": 0, "second": 0}
    for seed in range(300):
        for run, mood in (("first", FIRST_RUN), ("second", SECOND_RUN)):
            rng = random.Random(seed)
            bands = ["II"] * 12 + ["III"] * 13
            hard = sum(draw(mood, band, rng)[DIFFICULTY] in TOO_HARD for band in bands)
            low = wilson(hard, len(bands)).low
            raised[run] += low > 1 / 3
    assert raised["first"] >= 0.95 * 300
    assert raised["second"] == 0
