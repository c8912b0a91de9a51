"""A SurveyJS form as plain questions that need no script: what is asked, and reading what came back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from services.portal.forms import Form

_LONGEST = 5000
_MOST_STEPS = 20
_SCALES = {"rating"}
_ONE = {"radiogroup", "dropdown", "imagepicker", "buttongroup"}
_MANY = {"checkbox", "tagbox"}
_TEXTS = {"text", "comment"}


@dataclass(frozen=True)
class Choice:
    """One answer that can be chosen. `sent` is what goes to the service, `value` what stands in the form."""

    value: str
    text: str
    sent: Any


@dataclass(frozen=True)
class Question:
    """One question; `kind` is scale, one, many, text, long or matrix. `low` and `high` name the ends of a scale."""

    name: str
    kind: str
    title: str
    needed: bool
    choices: tuple[Choice, ...] = ()
    rows: tuple[Choice, ...] = ()
    low: str = ""
    high: str = ""
    hint: str = ""
    numeric: bool = False
    most: int = field(default=_LONGEST)


def of(form: Mapping[str, Any], said: Callable[[Any], str]) -> list[Question]:
    """The questions of a form in order; what is only shown, not asked, is left out."""
    found: list[Question] = []
    for element in _elements(form):
        question = _question(element, said)
        if question is not None:
            found.append(question)
    return found


def read(asked: list[Question], form: Form) -> dict[str, Any]:
    """The answers by name; what is missing is marked in the form."""
    answers: dict[str, Any] = {}
    for question in asked:
        value = _matrix(question, form) if question.kind == "matrix" else _plain(question, form)
        if value in (None, "", [], {}):
            if question.needed:
                form.wrong[f"q.{question.name}"] = _("Jawab pertanyaan ini.")
            continue
        answers[question.name] = value
    return answers


def _plain(question: Question, form: Form) -> Any:
    field_name = f"q.{question.name}"
    if question.kind in {"text", "long"}:
        text = form.get(field_name).strip()
        if len(text) > question.most:
            form.wrong[field_name] = _("Paling banyak %(most)s huruf.", most=question.most)
        if question.numeric and text:
            try:
                return float(text.replace(",", ".")) if "." in text or "," in text else int(text)
            except ValueError:
                form.wrong[field_name] = _("Isi dengan angka.")
        return text
    known = {choice.value: choice.sent for choice in question.choices}
    chosen = [known[value] for value in form.all(field_name) if value in known]
    if question.kind == "many":
        return chosen
    return chosen[0] if chosen else None


def _matrix(question: Question, form: Form) -> dict[str, Any]:
    known = {choice.value: choice.sent for choice in question.choices}
    rows = {}
    for row in question.rows:
        value = form.get(f"q.{question.name}.{row.value}")
        if value in known:
            rows[str(row.sent)] = known[value]
        elif question.needed:
            form.wrong[f"q.{question.name}"] = _("Jawab setiap baris.")
    return rows


def _elements(form: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for holder in [*form.get("pages", []), form]:
        for element in [*holder.get("elements", []), *holder.get("questions", [])]:
            if element.get("type") == "panel":
                found += _elements(element)
            else:
                found.append(element)
    return found


def _question(element: Mapping[str, Any], said: Callable[[Any], str]) -> Question | None:
    kind, name = str(element.get("type", "")), str(element.get("name", ""))
    common: dict[str, Any] = {
        "name": name,
        "title": said(element.get("title")) or name,
        "needed": bool(element.get("isRequired")),
        "hint": said(element.get("description")),
    }
    if kind in _SCALES:
        return Question(
            kind="scale",
            choices=_rates(element, said),
            low=said(element.get("minRateDescription")),
            high=said(element.get("maxRateDescription")),
            **common,
        )
    if kind in _ONE or kind in _MANY:
        return Question(
            kind="many" if kind in _MANY else "one", choices=_choices(element.get("choices"), said), **common
        )
    if kind == "boolean":
        yes = Choice("true", said(element.get("labelTrue")) or _("Ya"), element.get("valueTrue", True))
        no = Choice("false", said(element.get("labelFalse")) or _("Tidak"), element.get("valueFalse", False))
        return Question(kind="one", choices=(yes, no), **common)
    if kind in _TEXTS:
        most = element.get("maxLength")
        return Question(
            kind="long" if kind == "comment" else "text",
            numeric=element.get("inputType") == "number",
            most=most if isinstance(most, int) and 0 < most < _LONGEST else _LONGEST,
            **common,
        )
    if kind == "matrix":
        rows, columns = _choices(element.get("rows"), said), _choices(element.get("columns"), said)
        return Question(kind="matrix", choices=columns, rows=rows, **common)
    return None


def _rates(element: Mapping[str, Any], said: Callable[[Any], str]) -> tuple[Choice, ...]:
    if element.get("rateValues"):
        return _choices(element["rateValues"], said)
    least, step = int(element.get("rateMin", 1)), max(1, int(element.get("rateStep", 1)))
    most = int(element.get("rateMax", least - 1 + int(element.get("rateCount", 5))))
    values = range(least, most + 1, step)[:_MOST_STEPS]
    return tuple(Choice(str(value), str(value), value) for value in values)


def _choices(choices: Any, said: Callable[[Any], str]) -> tuple[Choice, ...]:
    made: list[Choice] = []
    for choice in choices or []:
        if isinstance(choice, Mapping):
            value = choice.get("value")
            made.append(Choice(str(value), said(choice.get("text")) or str(value), value))
        else:
            made.append(Choice(str(choice), str(choice), choice))
    return tuple(made)
