"""Every word a person reads stands in the catalogue, in both languages."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from services.portal import i18n

PORTAL = Path(i18n.__file__).parent
TEMPLATES = sorted((PORTAL / "templates").rglob("*.html"))
OWN_NAMES = {"Bangkom", "NIP", "JP", "WIB", "n", "Indonesia", "emsp"}
"""Words that are the same in every language."""


def used() -> set[str]:
    with (PORTAL / "babel.cfg").open() as source:
        method_map, options_map = parse_mapping_cfg(source)  # type: ignore[no-untyped-call]
    keywords = {"_": None, "gettext": None, "lazy_gettext": None}
    found = extract_from_dir(PORTAL, method_map, options_map, keywords=keywords)
    return {str(message) for _, _, message, _, _ in found}


def english() -> Catalog:
    with (PORTAL / "translations" / "en" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale="en")


def test_every_word_in_the_code_has_its_english() -> None:
    translated = {message.id for message in english() if message.id and message.string and not message.fuzzy}
    assert used() - translated == set()


def test_the_catalogue_holds_nothing_that_is_not_said() -> None:
    assert {str(message.id) for message in english() if message.id} - used() == set()


def test_both_languages_fill_in_the_same_things() -> None:
    for message in english():
        names = [re.findall(r"%\(\w+\)s|%%", str(text)) for text in (message.id, message.string)]
        assert sorted(names[0]) == sorted(names[1]), message.id


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_nothing_outside_the_catalogue(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", " ", text, flags=re.DOTALL)
    spoken = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', text)
    text = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)
    text = re.sub(r'[a-z-]+="[^"]*"', " ", text)  # attributes that a macro writes by themselves
    words = set(re.findall(r"[A-Za-z]+", " ".join([text, *spoken])))
    assert words - OWN_NAMES == set()
