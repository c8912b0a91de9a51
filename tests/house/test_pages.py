"""The pages of docs/ say what the code does."""

import pytest

from shared.errors import CATALOGUE
from tests.house.code import ROOT
from tests.house.pages import PAGES, declared, errors_page, variables_in_code, variables_on_page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name](), "run `make pages`"


def test_every_setting_is_explained_once_and_none_that_does_not_exist() -> None:
    on_page = variables_on_page()
    assert sorted(on_page) == sorted(set(on_page))
    assert set(on_page) == variables_in_code()


def test_every_code_word_names_its_owner_and_its_case() -> None:
    assert errors_page()
    for known in CATALOGUE.values():
        owner, dot, case = known.code.partition(".")
        assert dot, known.code
        assert f"{owner}{case}".replace("_", "a").isalnum(), known.code
        assert known.code.islower(), known.code
        assert 400 <= known.status < 600, known.code


def test_every_metric_is_named_alike() -> None:
    found = list(declared())
    assert found
    for metric in found:
        assert metric._name.startswith("bangkom_")
        assert not set(metric._labelnames) & {"person", "path", "nip", "token", "url"}
