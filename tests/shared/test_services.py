import pytest

from shared.services import names, service_named


def test_all_services_of_the_edition_are_known() -> None:
    assert {"enrolment", "content", "surveys", "budget", "bridge", "portal"} <= set(names())


def test_the_list_can_be_narrowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_SERVICES", "budget, content")
    assert names() == ["budget", "content"]
    assert names(["portal"]) == ["portal"]


def test_a_name_that_is_not_registered_is_an_error_and_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGKOM_SERVICES", "budget,budgett")
    with pytest.raises(ValueError, match="budgett"):
        names()
    with pytest.raises(ValueError, match="there are: "):
        service_named("nothing")


def test_each_service_is_registered_under_its_own_name() -> None:
    for name in names():
        assert service_named(name).name == name
