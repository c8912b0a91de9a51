"""Rupiah in text: whole amounts in the ways people write them, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.budget.tools.amounts import MOST_RUPIAH, readable, rupiah


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("1500000", 1_500_000),
        ("1.500.000", 1_500_000),
        ("1.500.000,00", 1_500_000),
        ("1500000,00", 1_500_000),
        ("1500000.00", 1_500_000),
        ("Rp1.500.000,00", 1_500_000),
        ("Rp. 1.500.000", 1_500_000),
        ("rp\u00a01.500", 1_500),
        (" 250.000 ", 250_000),
    ],
)
def test_an_amount_is_read(text: str, amount: int) -> None:
    assert rupiah(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "-",
            "-5",
            "+5",
            "1,5",
            "1.500,5",
            "1.500.000,25",
            "1.50",
            "1.5000",
            "1,500,000",
            "1e6",
            "NaN",
            "٣",
            "12a",
        ),
        *("12a", "1 500", str(MOST_RUPIAH + 1), "9" * 16, "9" * 400),
    ],
)
def test_what_is_not_whole_rupiah_is_refused_never_guessed(text: str) -> None:
    assert rupiah(text) is None


@given(st.integers(0, MOST_RUPIAH))
def test_every_amount_comes_back_from_each_way_of_writing_it(amount: int) -> None:
    grouped = f"{amount:,}".replace(",", ".")
    for text in (str(amount), grouped, f"{grouped},00", f"Rp {grouped},0", readable(amount)):
        assert rupiah(text) == amount


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_none(text: str) -> None:
    amount = rupiah(text)
    assert amount is None or 0 <= amount <= MOST_RUPIAH


def test_a_difference_is_shown_with_its_sign() -> None:
    assert readable(-1_234_567) == "-Rp1.234.567"
