"""Instruments: what of a SurveyJS form is carried, what each question's scale is, and whether answers fit it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.surveys.domain.problems import BAD_INSTRUMENT, UNSUPPORTED

Texts = Mapping[str, str]
"""A sentence by language; `id` is always there."""

RATING, RADIOGROUP, BOOLEAN, COMMENT, TEXT = "rating", "radiogroup", "boolean", "comment", "text"
MOST_ITEMS = 100
MOST_CHOICES = 50
MOST_TEXT = 2000
_SHORT_TEXT = 300
_LONGEST_LABEL = 1000
_COMMON = {"type", "name", "title", "description", "isRequired", "bangkom"}
_OWN: Mapping[str, set[str]] = {
    RATING: {"rateMin", "rateMax", "rateStep", "minRateDescription", "maxRateDescription", "rateType", "displayMode"},
    RADIOGROUP: {"choices", "colCount"},
    BOOLEAN: {"labelTrue", "labelFalse", "renderAs"},
    COMMENT: {"maxLength", "rows", "placeholder"},
    TEXT: {"maxLength", "placeholder"},
}
_TOP = {"title", "description", "pages", "elements", "locale", "showQuestionNumbers", "completeText", "bangkom"}
_PAGE = {"name", "title", "description", "elements"}
_MEANING = {"kind", "counts", "threshold", "said", "element"}


@dataclass(frozen=True)
class Scale:
    """Where answers lie: `least` to `most` in steps; `labels` are the sentences at the two ends."""

    least: int
    most: int
    step: int
    labels: tuple[Texts, Texts]


@dataclass(frozen=True)
class Item:
    """One question. Answers among `counts` count for a finding of `kind`, raised above `threshold`; `element` numbers
    the elements of a satisfaction index. `scale` is None where answers have no order in numbers."""

    name: str
    type: str
    title: Texts
    required: bool
    scale: Scale | None = None
    choices: tuple[Any, ...] = ()
    longest: int = 0
    kind: str = ""
    counts: tuple[Any, ...] = ()
    threshold: Fraction | None = None
    said: Texts | None = None
    element: int | None = None

    def on_100(self, answer: Any) -> Fraction | None:
        """An answer on 0..100; None where it has no place on a scale."""
        if self.scale is None or self.scale.most == self.scale.least:
            return None
        return Fraction(int(answer) - self.scale.least, self.scale.most - self.scale.least) * 100


def read(definition: Mapping[str, Any], thresholds: Mapping[str, Fraction] | None = None) -> tuple[Item, ...]:
    """The items of a SurveyJS form; DomainError names the first construct that can't be carried.

    `thresholds` by kind stand where an item has none of its own.
    """
    _only(definition, _TOP, "survey")
    pages = definition.get("pages", [])
    if not isinstance(pages, list) or ("elements" in definition and pages):
        raise BAD_INSTRUMENT(place="survey", reason="pages")
    for page in pages:
        _only(page, _PAGE, "page")
    lists = [page.get("elements", []) for page in pages] + [definition.get("elements", [])]
    if not all(isinstance(elements, list) for elements in lists):
        raise BAD_INSTRUMENT(place="survey", reason="elements")
    items = tuple(_item(element, thresholds or {}) for elements in lists for element in elements)
    if not 1 <= len(items) <= MOST_ITEMS:
        raise BAD_INSTRUMENT(place="survey", reason=f"1..{MOST_ITEMS} elements")
    names = [item.name for item in items]
    if len(set(names)) != len(names):
        raise BAD_INSTRUMENT(place="survey", reason="name twice")
    return items


def texts(value: Any, place: str, default: str = "") -> Texts:
    """A SurveyJS text, one for all languages or {default|id, en}, as {id, en}."""
    if value is None:
        return {"id": default, "en": default}
    if isinstance(value, str):
        value = {"id": value}
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        raise BAD_INSTRUMENT(place=place, reason="text")
    indonesian = value.get("id") or value.get("default") or value.get("en") or default
    english = value.get("en") or indonesian
    if max(len(indonesian), len(english)) > _LONGEST_LABEL:
        raise BAD_INSTRUMENT(place=place, reason=f"text > {_LONGEST_LABEL}")
    return {"id": indonesian, "en": english}


def public(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The form as it is shown to who answers: without what answers will count for."""

    def shown(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: shown(value) for name, value in part.items() if name != "bangkom"}
        return [shown(value) for value in part] if isinstance(part, list) else part

    return dict(shown(definition))


def check(items: Sequence[Item], answers: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with answers: item name -> required, type, range, choice, length or unknown; empty where nothing
    is."""
    known = {item.name: item for item in items}
    wrong = {name[:100]: "unknown" for name in answers if name not in known}
    for item in items:
        given = answers.get(item.name)
        if given is None or given == "":
            if item.required:
                wrong[item.name] = "required"
        elif problem := _misfit(item, given):
            wrong[item.name] = problem
    return wrong


def tidy(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers as they are kept: what was left empty is left out."""
    kept = {name: value.strip() if isinstance(value, str) else value for name, value in answers.items()}
    return {name: value for name, value in kept.items() if value is not None and value != ""}


def _misfit(item: Item, given: Any) -> str:
    if item.type in (COMMENT, TEXT):
        if not isinstance(given, str) or "\x00" in given:
            return "type"
        return "length" if len(given) > item.longest else ""
    if item.type == BOOLEAN:
        return "" if isinstance(given, bool) else "type"
    if item.type == RADIOGROUP:
        if isinstance(given, bool) or not isinstance(given, str | int):
            return "type"
        return "" if any(type(given) is type(choice) and given == choice for choice in item.choices) else "choice"
    if isinstance(given, bool) or not isinstance(given, int):
        return "type"
    scale = item.scale
    fits = scale and scale.least <= given <= scale.most and (given - scale.least) % scale.step == 0
    return "" if fits else "range"


def _only(part: Any, allowed: set[str], place: str) -> None:
    if not isinstance(part, dict):
        raise BAD_INSTRUMENT(place=place, reason="object")
    unknown = sorted(str(name) for name in part if name not in allowed)
    if unknown:
        raise UNSUPPORTED(construct=f"{place}: {unknown[0][:100]}")


def _item(element: Any, thresholds: Mapping[str, Fraction]) -> Item:
    if not isinstance(element, dict):
        raise BAD_INSTRUMENT(place="element", reason="object")
    kind, name = element.get("type"), element.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= 100:
        raise BAD_INSTRUMENT(place="element", reason="name")
    if not isinstance(kind, str) or kind not in _OWN:
        raise UNSUPPORTED(construct=f"{name}: type {str(kind)[:100]}")
    _only(element, _COMMON | _OWN[kind], name)
    if not isinstance(element.get("isRequired", False), bool):
        raise BAD_INSTRUMENT(place=name, reason="isRequired")
    scale, choices = _scale(element, kind, name), _choices(element, name) if kind == RADIOGROUP else ()
    if choices and all(isinstance(choice, int) for choice in choices):
        scale = Scale(min(choices), max(choices), 1, _ends(element, name))
    item = Item(
        name=name,
        type=kind,
        title=texts(element.get("title"), name, default=name),
        required=element.get("isRequired", False),
        scale=scale,
        choices=choices,
        longest=_whole(element, "maxLength", MOST_TEXT if kind == COMMENT else _SHORT_TEXT, name, 1, MOST_TEXT),
    )
    return _with_meaning(item, element["bangkom"], thresholds) if "bangkom" in element else item


def _scale(element: Mapping[str, Any], kind: str, name: str) -> Scale | None:
    if kind == BOOLEAN:
        ends = texts(element.get("labelFalse"), name, "Tidak"), texts(element.get("labelTrue"), name, "Ya")
        return Scale(0, 1, 1, ends)
    if kind != RATING:
        return None
    least = _whole(element, "rateMin", 1, name, -100, 100)
    most = _whole(element, "rateMax", 5, name, -100, 100)
    step = _whole(element, "rateStep", 1, name, 1, 100)
    if least >= most or (most - least) % step:
        raise BAD_INSTRUMENT(place=name, reason="rateMin, rateMax, rateStep")
    return Scale(least, most, step, _ends(element, name))


def _ends(element: Mapping[str, Any], name: str) -> tuple[Texts, Texts]:
    return texts(element.get("minRateDescription"), name), texts(element.get("maxRateDescription"), name)


def _choices(element: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    given = element.get("choices")
    if not isinstance(given, list) or not 2 <= len(given) <= MOST_CHOICES:
        raise BAD_INSTRUMENT(place=name, reason=f"2..{MOST_CHOICES} choices")
    values = []
    for choice in given:
        if isinstance(choice, dict):
            _only(choice, {"value", "text"}, name)
            texts(choice.get("text"), name)
            choice = choice.get("value")
        if isinstance(choice, bool) or not isinstance(choice, str | int) or len(str(choice)) > 100:
            raise BAD_INSTRUMENT(place=name, reason="choice")
        values.append(choice)
    if len(set(values)) != len(values):
        raise BAD_INSTRUMENT(place=name, reason="choice twice")
    return tuple(values)


def _whole(element: Mapping[str, Any], prop: str, default: int, name: str, least: int, most: int) -> int:
    value = element.get(prop, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BAD_INSTRUMENT(place=name, reason=prop)
    return value


def _with_meaning(item: Item, meaning: Any, thresholds: Mapping[str, Fraction]) -> Item:
    _only(meaning, _MEANING, f"{item.name}: bangkom")
    kind, counts, element = meaning.get("kind", ""), meaning.get("counts", []), meaning.get("element")
    if not isinstance(kind, str) or len(kind) > 50 or not isinstance(counts, list) or bool(kind) != bool(counts):
        raise BAD_INSTRUMENT(place=item.name, reason="kind, counts")
    if kind and (item.type in (COMMENT, TEXT) or any(_misfit(item, answer) for answer in counts)):
        raise BAD_INSTRUMENT(place=item.name, reason="counts")
    on_four = item.scale is not None and (item.scale.least, item.scale.most) == (1, 4)
    if element is not None and (isinstance(element, bool) or not isinstance(element, int) or not on_four):
        raise BAD_INSTRUMENT(place=item.name, reason="element (1..4)")
    threshold = _threshold(meaning.get("threshold"), item.name) if kind else None
    changed = {
        "kind": kind,
        "counts": tuple(counts),
        "threshold": threshold if threshold is not None else thresholds.get(kind) if kind else None,
        "said": texts(meaning["said"], item.name) if "said" in meaning else None,
        "element": element,
    }
    return Item(**{**item.__dict__, **changed})


def _threshold(given: Any, name: str) -> Fraction | None:
    """A threshold as 0.3333 or "1/3"; exactly what was written, not its nearest binary fraction."""
    if given is None:
        return None
    try:
        value = Fraction(given) if isinstance(given, str) else Fraction(Decimal(str(given)))
    except (ValueError, ArithmeticError):
        value = Fraction(0)
    if isinstance(given, bool) or not 0 < value < 1 or len(str(given)) > 30:
        raise BAD_INSTRUMENT(place=name, reason="threshold")
    return value
