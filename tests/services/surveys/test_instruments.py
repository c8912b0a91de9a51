"""What of a SurveyJS form is carried, what is refused by name, and how instruments are kept and imported."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from services.surveys.commands import commands
from services.surveys.domain.instrument import check, public, read
from services.surveys.handlers.instruments import default_definition
from shared.auth import AUDITOR, LEARNER
from shared.errors import DomainError
from tests.services.surveys.scene import Scene, guests
from tests.town import who

RATING = {"type": "rating", "name": "q", "bangkom": {"kind": "too_hard", "counts": [4, 5], "threshold": 0.3333}}


def form(*elements: Any) -> Any:
    return {"pages": [{"name": "p", "elements": list(elements)}]}


def test_each_item_keeps_its_scale_and_what_counts() -> None:
    element = RATING | {
        "rateMin": 1,
        "rateMax": 5,
        "minRateDescription": {"default": "mudah", "en": "easy"},
        "maxRateDescription": "sulit",
    }
    (item,) = read(form(element))
    assert item.scale is not None
    assert (item.scale.least, item.scale.most, item.scale.step) == (1, 5, 1)
    assert item.scale.labels == ({"id": "mudah", "en": "easy"}, {"id": "sulit", "en": "sulit"})
    assert (item.kind, item.counts, item.threshold) == ("too_hard", (4, 5), Fraction(3333, 10000))
    assert [item.on_100(answer) for answer in (1, 3, 5)] == [0, 50, 100]


def test_a_threshold_is_the_fraction_that_was_written() -> None:
    (item,) = read(form(RATING | {"bangkom": RATING["bangkom"] | {"threshold": "1/3"}}))  # type: ignore[operator]
    assert item.threshold == Fraction(1, 3)
    (item,) = read(
        form({"type": "boolean", "name": "q", "bangkom": {"kind": "k", "counts": [False]}}), {"k": Fraction(1, 4)}
    )
    assert item.threshold == Fraction(1, 4)


@pytest.mark.parametrize(
    ("elements", "construct"),
    [
        ([{"type": "matrix", "name": "q"}], "q: type matrix"),
        ([{"type": "checkbox", "name": "q", "choices": [1, 2]}], "q: type checkbox"),
        ([{"type": "panel", "name": "q", "elements": []}], "q: type panel"),
        ([{"name": "q"}], "q: type None"),
        ([RATING | {"visibleIf": "{a} = 1"}], "q: visibleIf"),
        ([RATING | {"rateValues": [1, 2]}], "q: rateValues"),
        ([{"type": "text", "name": "q", "inputType": "date"}], "q: inputType"),
        ([{"type": "radiogroup", "name": "q", "choices": [1, 2], "showOtherItem": True}], "q: showOtherItem"),
        ([RATING | {"bangkom": {"color": 1}}], "q: bangkom: color"),
    ],
)
def test_what_is_not_carried_is_refused_by_name(elements: Any, construct: str) -> None:
    with pytest.raises(DomainError) as no:
        read(form(*elements))
    assert (no.value.code, no.value.facts["construct"]) == ("survey.unsupported", construct)


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"pages": {}},
        {"pages": [[]]},
        {"pages": [], "elements": "x"},
        form(),
        form(RATING, RATING),
        form(RATING | {"name": ""}),
        form(RATING | {"name": 1}),
        form(RATING | {"rateMin": 5, "rateMax": 1}),
        form(RATING | {"rateMax": 10**9}),
        form(RATING | {"rateMax": "5"}),
        form(RATING | {"isRequired": "yes"}),
        form(RATING | {"title": ["x"]}),
        form(RATING | {"title": "x" * 1001}),
        form(RATING | {"bangkom": {"kind": "k", "counts": [6]}}),
        form(RATING | {"bangkom": {"kind": "k"}}),
        form(RATING | {"bangkom": {"kind": "k", "counts": [4], "threshold": 1.5}}),
        form(RATING | {"bangkom": {"kind": "k", "counts": [4], "threshold": "a"}}),
        form(RATING | {"bangkom": {"kind": "k", "counts": [4], "threshold": True}}),
        form(RATING | {"bangkom": {"element": 1}}),
        form({"type": "radiogroup", "name": "q", "choices": []}),
        form({"type": "radiogroup", "name": "q", "choices": [1, 1]}),
        form({"type": "comment", "name": "q", "maxLength": -1}),
        form(*({"type": "boolean", "name": f"q{n}"} for n in range(101))),
    ],
)
def test_a_form_that_is_not_right_is_refused(definition: Any) -> None:
    with pytest.raises(DomainError) as no:
        read(definition)
    assert no.value.code in ("survey.bad_instrument", "survey.unsupported")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)
PROPERTIES = st.sampled_from(
    ["type", "name", "title", "isRequired", "rateMin", "rateMax", "rateStep", "choices", "bangkom"]
)


@given(st.dictionaries(PROPERTIES, JSON | st.sampled_from(["rating", "radiogroup", "boolean", "text"])))
def test_any_json_is_read_or_refused_never_broken(element: Any) -> None:
    refused = None
    try:
        read(form(element))
    except DomainError as no:
        refused = no
    assert refused is None or (refused.status == 422 and refused.sentence("id"))


@given(st.dictionaries(st.sampled_from(["difficulty", "pace", "suggestion", "would_recommend", "x"]), JSON))
def test_any_answers_are_checked_never_broken(answers: Any) -> None:
    items = read(default_definition())
    wrong = check(items, answers)
    assert set(wrong.values()) <= {"required", "type", "range", "choice", "length", "unknown"}
    if not wrong:
        assert set(answers) >= {"difficulty", "pace", "usefulness"}


def test_choices_keep_their_type() -> None:
    items = read(form({"type": "radiogroup", "name": "q", "choices": [{"value": 1, "text": "satu"}, 2, "3"]}))
    assert check(items, {"q": 1}) == {}
    assert check(items, {"q": "1"}) == {"q": "choice"}
    assert check(items, {"q": 3}) == {"q": "choice"}
    assert check(items, {"q": True}) == {"q": "type"}


def test_the_form_that_is_shown_says_nothing_of_what_counts() -> None:
    assert "bangkom" not in json.dumps(public(default_definition()))


def test_the_form_that_comes_with_the_house_is_there_after_the_first_batch(scene: Scene) -> None:
    assert scene.client().get("/v1/instruments").json["items"] == []
    scene.ran(guests(III=5))
    scene.ran(guests(III=5))
    (kept,) = scene.client().get("/v1/instruments").json["items"]
    assert (kept["code"], kept["revision"], kept["title"]["en"]) == ("reaction", 1, "Your view of the training")
    whole = scene.client().get(f"/v1/instruments/{kept['instrument_id']}").json
    assert whole["definition"] == default_definition()


def test_an_instrument_given_for_the_programme_is_asked_there_and_nowhere_else(scene: Scene) -> None:
    body = {"code": "etika", "programme_code": "TM-01", "definition": form(RATING)}
    given_ = scene.client().post("/v1/instruments", body)
    assert (given_.status_code, given_.json["state"], given_.json["revision"]) == (201, "new", 1)
    assert scene.client().post("/v1/instruments", body).json["state"] == "same"
    body["definition"] = form(RATING | {"title": "lain"})
    assert scene.client().post("/v1/instruments", body).json["revision"] == 2
    scene.publish(code="TM-01")
    scene.ran(guests(III=5))
    other = Scene(scene.town, evaluator=scene.evaluator)
    other.publish(code="LD-02")
    other.ran(guests(III=5))
    asked = [campaign["instrument"] for campaign in scene.client().get("/v1/campaigns").json["items"]]
    assert asked == [{"code": "reaction", "revision": 1}, {"code": "etika", "revision": 2}]


def test_who_may_give_an_instrument_and_how_a_bad_one_is_answered(scene: Scene) -> None:
    body: Any = {"code": "etika", "definition": form(RATING)}
    for role in (AUDITOR, LEARNER):
        assert scene.client(who(role)).post("/v1/instruments", body).status_code == 403
    bad = scene.client().post("/v1/instruments", body | {"definition": form({"type": "file", "name": "q"})})
    assert (bad.status_code, bad.json["code"]) == (422, "survey.unsupported")
    assert "q: type file" in bad.json["detail"]
    changes: list[Any] = [{"code": "Not a code"}, {"definition": []}, {"extra": 1}]
    for wrong in changes:
        assert scene.client().post("/v1/instruments", body | wrong).json["code"] == "request.invalid"


def imported(scene: Scene, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    url = scene.town.engines["surveys"].url.render_as_string(hide_password=False)
    monkeypatch.setenv("BANGKOM_SURVEYS_DATABASE_URL", url)
    return CliRunner().invoke(commands, ["import", "survey", *arguments, "--json"])


def test_a_file_is_imported_once_and_reported_question_by_question(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "Literasi data.json"
    file.write_text(json.dumps(form(RATING, {"type": "comment", "name": "c"})), encoding="utf-8")
    dry = imported(scene, monkeypatch, str(file), "--dry-run")
    assert (dry.exit_code, json.loads(dry.output)["counts"]["new"]) == (0, 2)
    assert scene.client().get("/v1/instruments").json["items"] == []
    first = json.loads(imported(scene, monkeypatch, str(file), "--programme", "LD-02").output)
    again = json.loads(imported(scene, monkeypatch, str(file), "--programme", "LD-02").output)
    assert (first["written"], first["counts"]["new"], again["counts"]["same"]) == (True, 2, 2)
    (kept,) = scene.client().get("/v1/instruments").json["items"]
    assert (kept["code"], kept["programme_code"], kept["revision"]) == ("literasi-data", "LD-02", 1)


def test_a_file_that_can_not_be_carried_is_named_and_nothing_is_written(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "f.json"
    file.write_text(json.dumps(form(RATING, {"type": "matrix", "name": "m"})), encoding="utf-8")
    for options in ((), ("--skip-bad",)):
        ran = imported(scene, monkeypatch, str(file), *options)
        assert ran.exit_code == (0 if options else 1)
        (line,) = json.loads(ran.output)["lines"]
        assert line["problems"][0]["code"] == "survey.unsupported"
    file.write_text("{", encoding="utf-8")
    assert imported(scene, monkeypatch, str(file)).exit_code == 1
    assert scene.client().get("/v1/instruments").json["items"] == []
