"""A file holds one idea. Three hundred lines is advice, four hundred the end; what is only declared may be longer."""

from pathlib import Path

import pytest

from tests.house.code import ROOT, files

MOST = 400
EXEMPT: dict[str, str] = {
    "tests/services/portal/answers.py": "a catalogue: what the services answer, row by row",
}
"""Declarative tables and catalogues, each with the reason; migrations are exempt as they are."""


def is_exempt(path: Path) -> bool:
    return "migrations/versions" in path.as_posix() or path.as_posix() in EXEMPT


@pytest.mark.parametrize("path", [path for path in files() if not is_exempt(path)], ids=str)
def test_a_file_is_short_enough_to_be_read(path: Path) -> None:
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) <= MOST


@pytest.mark.parametrize("name", EXEMPT)
def test_an_exemption_is_still_needed(name: str) -> None:
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) > MOST
