"""The employee number: text, 18 digits, real dates, one of two shapes; never shown whole outside its own screen."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.enrolment.domain.nip import mask_nip, parse_nip
from shared.errors import DomainError

TODAY = date(2026, 7, 1)


def code(text: str) -> str:
    with pytest.raises(DomainError) as no:
        parse_nip(text, TODAY)
    return no.value.code


def test_the_two_shapes_are_told_apart() -> None:
    assert parse_nip("200012312024121001", TODAY).status == "PNS"
    assert parse_nip("200012312024211001", TODAY).status == "PPPK"
    assert parse_nip("19850101 201001 1 001", TODAY).digits == "198501012010011001"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "nip.missing"),
        ("   ", "nip.missing"),
        ("1.98501E+17", "nip.number"),
        ("1,98501012010011E+17", "nip.number"),
        ("19850101201001100", "nip.length"),
        ("1985010120100110011", "nip.length"),
        ("19850101201001100O", "nip.digits"),
        ("１９８５０１０１２０１００１１００１", "nip.digits"),
        ("198513012010011001", "nip.birth"),
        ("198502302010011001", "nip.birth"),
        ("203001012050011001", "nip.birth"),
        ("198501012010131001", "nip.appointed"),
        ("198501012010201001", "nip.appointed"),
        ("198501011990011001", "nip.appointed"),
        ("198501012010013001", "nip.sex"),
        ("198501012010011000", "nip.serial"),
    ],
)
def test_each_mistake_has_its_sentence(text: str, expected: str) -> None:
    assert code(text) == expected


@given(
    born=st.dates(date(1960, 1, 1), date(2000, 12, 31)),
    after=st.integers(16, 25),
    month=st.integers(1, 12),
    contract=st.integers(1, 9),
    sex=st.sampled_from("12"),
    serial=st.integers(1, 999),
    pppk=st.booleans(),
)
def test_every_number_of_the_right_shape_is_read(
    born: date, after: int, month: int, contract: int, sex: str, serial: int, pppk: bool
) -> None:
    appointed = f"{born.year + after}" + (f"2{contract}" if pppk else f"{month:02d}")
    nip = parse_nip(f"{born:%Y%m%d}{appointed}{sex}{serial:03d}", TODAY)
    assert (nip.status, nip.born) == ("PPPK" if pppk else "PNS", born)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    refused: DomainError | None = None
    try:
        assert len(parse_nip(text, TODAY).digits) == 18
    except DomainError as no:
        refused = no
    assert refused is None or (refused.code.startswith("nip.") and refused.sentence("id"))


def test_a_mask_shows_the_year_of_birth_and_the_last_two_digits() -> None:
    assert mask_nip("198501012010011001") == "1985************01"
    assert mask_nip("12345") == "*****"
