"""Money, numbers, shares and moments are written as the field writes them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.portal import formats


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "Rp0"), (1_234_567, "Rp1.234.567"), (-5_000_000, "−Rp5.000.000"), (None, "–"), (999, "Rp999")],
)
def test_money_is_written_with_dots(amount: int | None, text: str) -> None:
    assert formats.money(amount) == text


@given(st.integers(min_value=-(10**13), max_value=10**13))
def test_money_loses_no_rupiah(amount: int) -> None:
    digits = formats.money(amount).replace("Rp", "").replace(".", "").replace("−", "-")
    assert int(digits) == amount


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [(1234, "id", "1.234"), (1234, "en", "1,234"), (12.5, "id", "12,5"), (12.5, "en", "12.5"), (None, "id", "–")],
)
def test_numbers_follow_the_language(value: float | None, language: str, text: str) -> None:
    assert formats.number(value, language) == text


@pytest.mark.parametrize(
    ("zone", "moment", "hours", "day"),
    [
        ("Asia/Jakarta", "1 Januari 2026 23.30 WIB", "23.30", "1 Januari 2026"),
        ("Asia/Makassar", "2 Januari 2026 00.30 WITA", "00.30", "2 Januari 2026"),
        ("Asia/Jayapura", "2 Januari 2026 01.30 WIT", "01.30", "2 Januari 2026"),
    ],
)
def test_a_moment_is_written_in_the_zone_of_the_city(zone: str, moment: str, hours: str, day: str) -> None:
    at = "2026-01-01T16:30:00+00:00"
    assert formats.moment(at, "id", ZoneInfo(zone)) == moment
    assert formats.hours(at, "id", ZoneInfo(zone)) == hours
    assert formats.day(at, "id", ZoneInfo(zone)) == day


def test_without_another_zone_a_moment_is_written_in_wib() -> None:
    assert formats.moment("2026-01-01T17:30:00+00:00") == "2 Januari 2026 00.30 WIB"
    assert formats.moment(datetime(2026, 1, 1, 17, 30, tzinfo=UTC), "en") == "2 January 2026 00:30 WIB"
    assert formats.moment(None) == "–"


@pytest.mark.parametrize("value", ["2026-01-02", "2026-01-01T17:30:00Z", "2026-01-01 17:30:00+00:00"])
def test_a_day_is_the_day_in_wib(value: str) -> None:
    assert formats.day(value) == "2 Januari 2026"


def test_shares_and_differences() -> None:
    assert formats.percent(0.6) == "60\u00a0%"
    assert formats.percent(0.263, "id", 1) == "26,3\u00a0%"
    assert formats.points(-0.421) == "−42"
    assert formats.points(0.05, "en") == "+5"
    assert formats.points(0.001) == "0"
