"""The sentences of the timeline: what one seat is told in figures, several are told in words."""

import pytest

from services.enrolment.domain.happenings import CODES, sentences

ONE_SEAT = {
    "code": "no_money",
    "step": 1,
    "attempt": 2,
    "amount": 350_000,
    "asked": 350_000,
    "available": 0,
    "help_role": "budget_officer",
    "jp": 14,
    "presence": 100,
}
SEATS = sorted(code for code in CODES if code.startswith("seat."))


@pytest.mark.parametrize("code", SEATS)
def test_several_seats_are_told_of_without_a_gap_where_a_figure_would_stand(code: str) -> None:
    for told in sentences(code, {"code": "no_money"}).values():
        assert " - " not in f" {told} "
        assert " -)" not in told
        assert " -." not in told
        assert "{" not in told
        assert told.endswith(".")


@pytest.mark.parametrize("code", SEATS)
def test_a_figure_that_is_known_is_told(code: str) -> None:
    one, several = sentences(code, ONE_SEAT), sentences(code, {"code": "no_money"})
    figures = {"seat.approved": "1", "seat.reserving": "2", "seat.completed": "14 JP", "seat.enrolling": "Rp350.000"}
    for language in ("id", "en"):
        assert figures.get(code, "") in one[language]
        assert (figures.get(code) is None) or one[language] != several[language]


def test_a_figure_that_is_there_but_empty_is_none() -> None:
    assert sentences("seat.completed", {"jp": None, "presence": 80})["id"] == "Lulus."


def test_a_code_without_a_sentence_is_shown_as_it_is() -> None:
    assert sentences("seat.unheard_of", {}) == {"id": "seat.unheard_of", "en": "seat.unheard_of"}
